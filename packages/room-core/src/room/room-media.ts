import {
  type EntryActor,
  type FloorState,
  MediaFlag,
  type MediaFrame,
  type MediaState,
  type ParticipantRole,
  type PicturePin,
  type RoomClientMessage,
  type RoomConfiguration,
  type RoomServerMessage,
} from '@colloquy/live-protocol';
import type { VoiceTimeline } from '../attribution/voice-timeline.ts';
import type { TickClock } from '../audio/tick-clock.ts';
import { Floor, type Refusal } from '../media/floor.ts';
import type { RelaySource } from '../media/media-relay.ts';
import { Microphones } from '../media/microphones.ts';
import { PictureArbiter } from '../media/picture-arbiter.ts';
import type { ModelDesk } from '../model/model-desk.ts';
import type { Clock } from '../ports/clock.ts';
import type { PresenceChange } from '../presence/roster.ts';

/** What {@link RoomMedia} is made of. */
export interface RoomMediaOptions {
  readonly clock: Clock;
  readonly ticks: TickClock;
  readonly timeline: VoiceTimeline;
  /** `null`: nobody but people hears and sees. */
  readonly model: ModelDesk | null;
  readonly configuration: RoomConfiguration;
  readonly floorReleaseMs: number;
  readonly maxMicrophones: number;
  readonly maxPicturesPerSecond: number;
  readonly actorOf: (participantId: string) => EntryActor | null;
  readonly roleOf: (participantId: string) => ParticipantRole | null;
  readonly broadcast: (message: Extract<RoomServerMessage, { type: 'floor' | 'pin' }>) => void;
  readonly onSpeaking: (participantId: string, speaking: boolean) => void;
}

/** What the model hears and sees of people: mixed, chosen, and with names. */
export class RoomMedia {
  readonly #options: RoomMediaOptions;
  readonly #microphones: Microphones;
  readonly #pictures: PictureArbiter;
  readonly #floor: Floor;
  #configuration: RoomConfiguration;
  #pin: PicturePin | null = null;
  readonly #speaking = new Set<string>();
  #cued = '';

  constructor(options: RoomMediaOptions) {
    this.#options = options;
    const { broadcast, clock, configuration, floorReleaseMs, maxPicturesPerSecond, model, roleOf } = options;
    this.#configuration = configuration;
    const floorOptions = {
      clock,
      releaseMs: floorReleaseMs,
      isHost: (participantId: string) => roleOf(participantId) === 'host',
      maySpeak: (participantId: string) => !['viewer', null].includes(roleOf(participantId)),
      onChange: (floor: FloorState) => broadcast({ type: 'floor', floor }),
    };
    this.#floor = new Floor(floorOptions, configuration.floor, configuration.floorMode);
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

  /** What everybody is told at the beginning. */
  get shared(): { readonly floor: FloorState; readonly pin: PicturePin | null } {
    return { floor: this.#floor.state, pin: this.#pin };
  }

  /** The room's configuration changed; people may be talking. */
  configure(configuration: RoomConfiguration): void {
    const { floor, floorMode } = this.#configuration;
    this.#configuration = configuration;
    if (configuration.floor === floor && configuration.floorMode === floorMode) return;
    this.#floor.configure(configuration.floor, configuration.floorMode);
  }

  /** @returns why it was not done. */
  moveFloor(by: string, message: Extract<RoomClientMessage, { type: 'floor' }>): Refusal | null {
    const { action, participantId } = message;
    switch (action) {
      case 'request':
        return this.#floor.request(by);
      case 'release':
        this.#floor.release(by);
        return null;
      case 'grant':
        return this.#floor.grant(by, participantId ?? by);
      case 'revoke':
        return this.#floor.revoke(by, participantId ?? null);
    }
  }

  /** @returns why it was not done. */
  pin(by: string, pin: PicturePin | null): Refusal | null {
    const { broadcast, roleOf } = this.#options;
    if (roleOf(by) !== 'host') return { code: 'ERR_NOT_ALLOWED', message: 'Only a host can pin a picture.' };
    if (pin && roleOf(pin.participantId) === null) {
      return { code: 'ERR_ROOM_INPUT', message: 'Nobody here has that id; pin the picture of somebody present.' };
    }
    this.#pin = pin;
    broadcast({ type: 'pin', pin });
    return null;
  }

  /** People came, went or lost their connection. */
  peopleChanged({ changed, removed }: PresenceChange): void {
    for (const { participantId, status } of changed) if (status === 'away') this.#floor.release(participantId);
    for (const participantId of removed) this.#floor.release(participantId);
    if (this.#pin === null || !removed.includes(this.#pin.participantId)) return;
    this.#pin = null;
    this.#options.broadcast({ type: 'pin', pin: null });
  }

  /** Takes PCM16 at 16 kHz. @returns whether the model will hear it. */
  hear({ connectionId, participantId }: RelaySource, mediaTime: number, pcm: Uint8Array): boolean {
    return this.#microphones.receive(connectionId, participantId, mediaTime, pcm);
  }

  /** A microphone paused. */
  endBurst(connectionId: string): void {
    this.#microphones.endBurst(connectionId);
  }

  /** Takes a picture that the model may be shown. */
  see({ flags, payload }: MediaFrame): void {
    this.#pictures.offer(payload, (flags & MediaFlag.screen) !== 0);
  }

  setMedia(source: RelaySource, media: MediaState): void {
    this.#microphones.setOpen(source.connectionId, source.participantId, media.microphone);
  }

  /** The connection is gone. */
  remove(connectionId: string): void {
    this.#microphones.remove(connectionId);
  }

  dispose(): void {
    this.#microphones.dispose();
    this.#pictures.dispose();
    this.#floor.dispose();
    this.#speaking.clear();
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
    this.#floor.setSpeaking(participantId, speaking);
    if (this.#configuration.speakerCues !== 'none') this.#cue();
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
