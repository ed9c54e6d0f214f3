import {
  type EntryActor,
  MediaFlag,
  type MediaFrame,
  type MediaState,
  serializeMediaFrame,
} from '@colloquy/live-protocol';
import type { VoiceTimeline } from '../attribution/voice-timeline.ts';
import type { TickClock } from '../audio/tick-clock.ts';
import { Microphones } from '../media/microphones.ts';
import { PictureArbiter } from '../media/picture-arbiter.ts';
import type { ModelDesk } from '../model/model-desk.ts';
import type { Clock } from '../ports/clock.ts';

/** Whose media it is. */
export interface MediaSource {
  readonly connectionId: string;
  readonly participantId: string;
  readonly index: number;
}

/** What {@link RoomMedia} is made of. */
export interface RoomMediaOptions {
  readonly clock: Clock;
  readonly ticks: TickClock;
  readonly timeline: VoiceTimeline;
  /** `null`: nobody but people hears and sees. */
  readonly model: ModelDesk | null;
  readonly speakerCues: 'none' | 'text';
  readonly maxMicrophones: number;
  readonly maxPicturesPerSecond: number;
  readonly actorOf: (participantId: string) => EntryActor | null;
  readonly onSpeaking: (participantId: string, speaking: boolean) => void;
  /** To everybody but the person it comes from. */
  readonly relay: (frame: Uint8Array<ArrayBuffer>, fromParticipantId: string) => void;
}

/** What others may see of the flags that a client sets. */
const RELAYED_FLAGS = MediaFlag.voice | MediaFlag.endOfBurst | MediaFlag.muted | MediaFlag.keyFrame | MediaFlag.screen;

/** Media of people: to each other as it comes, to the model mixed and chosen. */
export class RoomMedia {
  readonly #options: RoomMediaOptions;
  readonly #microphones: Microphones;
  readonly #pictures: PictureArbiter;
  readonly #speaking = new Set<string>();
  #cued = '';

  constructor(options: RoomMediaOptions) {
    this.#options = options;
    const { clock, maxPicturesPerSecond, model } = options;
    this.#microphones = new Microphones({
      ticks: options.ticks,
      maxMicrophones: options.maxMicrophones,
      onMixed: (frame) => this.#sendMixed(frame),
      onPaused: () => model?.endAudio(),
      onVoiced: (participantId) => this.#mark(participantId),
      onSpeaking: (participantId, speaking) => this.#setSpeaking(participantId, speaking),
    });
    this.#pictures = new PictureArbiter({
      clock,
      maxPicturesPerSecond,
      send: (bytes) => model?.sendPicture(bytes, 'image/jpeg'),
    });
  }

  get anybodySpeaks(): boolean {
    return this.#speaking.size > 0;
  }

  /** @returns whether the model will hear it; people do in any case. */
  takeAudio(source: MediaSource, frame: MediaFrame): boolean {
    const { connectionId, participantId } = source;
    this.#relay(source, frame);
    const silent = (frame.flags & MediaFlag.muted) !== 0 || frame.payload.byteLength === 0;
    const heard = silent || this.#microphones.receive(connectionId, participantId, frame.mediaTime, frame.payload);
    if (silent || (frame.flags & MediaFlag.endOfBurst) !== 0) this.#microphones.endBurst(connectionId);
    return heard;
  }

  takePicture(source: MediaSource, frame: MediaFrame, forModel: boolean): void {
    this.#relay(source, frame);
    if (forModel) this.#pictures.offer(frame.payload, (frame.flags & MediaFlag.screen) !== 0);
  }

  setMedia(source: MediaSource, media: MediaState): void {
    this.#microphones.setOpen(source.connectionId, source.participantId, media.microphone);
  }

  /** The connection is gone. */
  remove(connectionId: string): void {
    this.#microphones.remove(connectionId);
  }

  dispose(): void {
    this.#microphones.dispose();
    this.#pictures.dispose();
    this.#speaking.clear();
  }

  #relay(source: MediaSource, frame: MediaFrame): void {
    const { kind, codec, seq, mediaTime, payload } = frame;
    const flags = frame.flags & RELAYED_FLAGS;
    const { index: participant, participantId } = source;
    const bytes = serializeMediaFrame({ kind, codec, flags, participant, seq, mediaTime, turn: 0, payload });
    this.#options.relay(bytes, participantId);
  }

  #mark(participantId: string): void {
    const { actorOf, clock, model, timeline } = this.#options;
    const actor = model?.hears ? actorOf(participantId) : null;
    if (actor) timeline.mark(actor, clock.now());
  }

  #sendMixed(frame: Int16Array): void {
    const { model, timeline } = this.#options;
    if (!model?.hears) return;
    model.sendAudio(frame);
    timeline.advance();
  }

  #setSpeaking(participantId: string, speaking: boolean): void {
    if (speaking) this.#speaking.add(participantId);
    else this.#speaking.delete(participantId);
    this.#options.onSpeaking(participantId, speaking);
    if (this.#options.speakerCues === 'text') this.#cue();
  }

  /** Tells the model whose voice it hears, when that is not who it was told last. */
  #cue(): void {
    const { actorOf, model } = this.#options;
    const names = [...this.#speaking].flatMap((participantId) => actorOf(participantId)?.name ?? []);
    const cue = names.toSorted().join(' and ');
    if (cue === '' || cue === this.#cued || !model?.hears) return;
    this.#cued = cue;
    model.tellContext(`[${cue} ${names.length > 1 ? 'are' : 'is'} speaking]`);
  }
}
