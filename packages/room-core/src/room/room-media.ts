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
import { BargeInRule } from '../media/barge-in.ts';
import { Floor, type Refusal } from '../media/floor.ts';
import type { RelaySource } from '../media/media-relay.ts';
import { ModelEar } from '../media/model-ear.ts';
import type { ModelSenses } from '../media/people-media.ts';
import { PictureArbiter, type PictureSource } from '../media/picture-arbiter.ts';
import type { RoomMeasurement } from '../metrics/measurement.ts';
import type { ModelDesk } from '../model/model-desk.ts';
import type { KeptMedia } from '../nodes/kept-media.ts';
import type { Clock } from '../ports/clock.ts';
import type { MixEvent, MixerPort, RoomMixer } from '../ports/room-mixer.ts';
import type { PresenceChange } from '../presence/presence-diffs.ts';

/** What {@link RoomMedia} is made of. */
export interface RoomMediaOptions {
  readonly clock: Clock;
  readonly mixers: MixerPort;
  readonly timeline: VoiceTimeline;
  /** `null`: nobody but people hears and sees. */
  readonly model: ModelDesk | null;
  readonly configuration: RoomConfiguration;
  readonly floorReleaseMs: number;
  readonly leaveOutEchoes: boolean;
  readonly limits: {
    readonly maxMicrophones: number;
    readonly maxPicturesPerSecond: number;
    readonly maxPicturesPerMinute: number;
  };
  readonly actorOf: (participantId: string) => EntryActor | null;
  readonly roleOf: (participantId: string) => ParticipantRole | null;
  readonly broadcast: (message: Extract<RoomServerMessage, { type: 'floor' | 'pin' }>) => void;
  readonly onSpeaking: (participantId: string, speaking: boolean) => void;
  readonly onMeasured: (measurement: RoomMeasurement) => void;
}

/** A frame of the mix that comes so long after the one before is late, milliseconds. */
const LATE_FRAME_MS = 60;

/** What the model hears and sees of people: mixed, chosen, and with names; and who may speak to it. */
export class RoomMedia implements ModelSenses {
  readonly #options: RoomMediaOptions;
  readonly #mixer: RoomMixer;
  readonly #ear: ModelEar | null;
  readonly #bargeIn: BargeInRule;
  readonly #pictures: PictureArbiter;
  readonly #floor: Floor;
  readonly #speaking = new Set<string>();
  #configuration: RoomConfiguration;
  #pin: PicturePin | null = null;
  /** When the last frame of the mix came; `null` while nobody is mixed. */
  #frameAt: number | null = null;
  /** The session that was shown pictures. */
  #shownTo: object | null = null;

  constructor(options: RoomMediaOptions) {
    this.#options = options;
    const { actorOf, clock, configuration, limits, model, roleOf, timeline } = options;
    this.#configuration = configuration;
    this.#floor = this.#createFloor();
    const { maxMicrophones } = limits;
    const { leaveOutEchoes } = options;
    this.#mixer = options.mixers.open({ maxMicrophones, leaveOutEchoes, onEvent: (event) => this.#mixed(event) });
    this.#mixer.setPolicy(configuration.floor, null);
    this.#ear =
      model &&
      new ModelEar({
        ...{ actorOf, clock, model, timeline },
        speakerCues: () => this.#configuration.speakerCues,
        mayGoOn: (participantId) => this.#mayGoOn(participantId),
      });
    this.#bargeIn = new BargeInRule({
      roleOf,
      answering: () => model?.answering ?? false,
      interrupt: () => model?.interrupt(),
    });
    this.#pictures = new PictureArbiter({
      ...{ clock, ...limits },
      send: (bytes) => model?.sendPicture(bytes, 'image/jpeg'),
      onSourceChanged: (source) => this.#namePictures(source),
    });
  }

  get anybodySpeaks(): boolean {
    return this.#speaking.size > 0;
  }

  /** What everybody is told at the beginning. */
  get shared(): { readonly floor: FloorState; readonly pin: PicturePin | null } {
    return { floor: this.#floor.state, pin: this.#pin };
  }

  /** What people had arranged when the room ran on another server, as far as they are still here. */
  restore({ floor, pin }: Pick<KeptMedia, 'floor' | 'pin'>): void {
    this.#floor.restore(floor);
    if (pin && this.#options.roleOf(pin.participantId) !== null) this.#setPin(pin);
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
    const { roleOf } = this.#options;
    if (roleOf(by) !== 'host') return { code: 'ERR_NOT_ALLOWED', message: 'Only a host can pin a picture.' };
    if (pin && roleOf(pin.participantId) === null) {
      return { code: 'ERR_ROOM_INPUT', message: 'Nobody here has that id; pin the picture of somebody present.' };
    }
    this.#setPin(pin);
    return null;
  }

  /** From now on the model is shown this share of the pictures that the limits allow, 0 to 1. */
  sharePictures(share: number): void {
    this.#pictures.setBudget(this.#options.limits.maxPicturesPerMinute * share);
  }

  /** People came, went, lost their connection or got another role. */
  peopleChanged({ changed, removed }: PresenceChange): void {
    for (const { participantId, role, status } of changed) {
      if (status === 'away' || role === 'viewer') this.#floor.release(participantId);
    }
    for (const participantId of removed) this.#floor.release(participantId);
    if (this.#pin && removed.includes(this.#pin.participantId)) this.#setPin(null);
  }

  /** Tells the model who came or went; one that begins now reads it in its instructions. */
  tellRoster(name: string, change: 'joined' | 'left'): void {
    if (this.#configuration.speakerCues !== 'none') this.#options.model?.tellContext(`[${name} has ${change}]`);
  }

  /** Takes PCM16 at 16 kHz. `voice`: its sender hears speech in it. @returns whether the model will hear it. */
  hear({ connectionId, participantId }: RelaySource, mediaTime: number, pcm: Uint8Array, voice: boolean): boolean {
    return this.#mixer.receive({ connectionId, participantId, mediaTime, pcm, voice });
  }

  /** Takes PCM16 at 24 kHz of the model, as people are sent it: a microphone that picks it up is not heard. */
  hearModel(pcm: Uint8Array): void {
    this.#mixer.hearModel(pcm);
  }

  /** The model was interrupted: people do not hear the rest. */
  stopModel(): void {
    this.#mixer.stopModel();
  }

  /** A microphone paused. */
  endBurst(connectionId: string): void {
    this.#mixer.endBurst(connectionId);
  }

  /** Takes a picture that the model may be shown. */
  see({ flags, payload }: MediaFrame, { participantId }: RelaySource): void {
    const listener = this.#options.model?.listener ?? null;
    if (listener !== this.#shownTo) this.#pictures.forgetTold();
    this.#shownTo = listener;
    this.#pictures.offer({ participantId, source: flags & MediaFlag.screen ? 'screen' : 'camera' }, payload);
  }

  setMedia(source: RelaySource, media: MediaState): void {
    this.#mixer.setOpen(source.connectionId, source.participantId, media.microphone);
  }

  /** The connection is gone. */
  remove(connectionId: string): void {
    this.#mixer.remove(connectionId);
  }

  dispose(): void {
    this.#mixer.dispose();
    this.#pictures.dispose();
    this.#floor.dispose();
    this.#speaking.clear();
  }

  #createFloor(): Floor {
    const { broadcast, clock, configuration, floorReleaseMs, roleOf } = this.#options;
    const options = {
      clock,
      releaseMs: floorReleaseMs,
      isHost: (participantId: string) => roleOf(participantId) === 'host',
      maySpeak: (participantId: string) => !['viewer', null].includes(roleOf(participantId)),
      onChange: (floor: FloorState) => {
        this.#mixer.setPolicy(floor.policy, floor.holder);
        broadcast({ type: 'floor', floor });
      },
    };
    return new Floor(options, configuration.floor, configuration.floorMode);
  }

  #mayGoOn(participantId: string): boolean {
    const { policy, holder } = this.#floor.state;
    return policy !== 'floor' || holder === participantId;
  }

  #mixed(event: MixEvent): void {
    if (event.type === 'jitter') this.#options.onMeasured(event);
    else this.#watchFrames(event);
    if (event.type === 'speaking') this.#setSpeaking(event.participantId, event.speaking);
    if (event.type === 'frame') this.#bargeIn.tick(event.talking, this.#configuration.bargeIn);
    if (event.type === 'frame' && event.voiced[0] !== undefined) this.#pictures.spoke(event.voiced[0]);
    this.#ear?.receive(event);
  }

  /** Frames follow each other by 20 ms; one that is late was made late, and the model waits for it. */
  #watchFrames({ type }: MixEvent): void {
    if (type === 'paused') this.#frameAt = null;
    if (type !== 'frame') return;
    const now = this.#options.clock.monotonic();
    const ms = now - (this.#frameAt ?? now);
    this.#frameAt = now;
    if (ms > LATE_FRAME_MS) this.#options.onMeasured({ type: 'lateFrame', ms });
  }

  #setSpeaking(participantId: string, speaking: boolean): void {
    if (speaking) this.#speaking.add(participantId);
    else this.#speaking.delete(participantId);
    this.#options.onSpeaking(participantId, speaking);
    this.#floor.setSpeaking(participantId, speaking);
  }

  #setPin(pin: PicturePin | null): void {
    this.#pin = pin;
    this.#pictures.pin(pin);
    this.#options.broadcast({ type: 'pin', pin });
  }

  #namePictures({ participantId, source }: PictureSource): void {
    const { actorOf, model } = this.#options;
    const name = actorOf(participantId)?.name;
    if (name !== undefined) model?.tellContext(`[The pictures show ${name}'s ${source}]`);
  }
}
