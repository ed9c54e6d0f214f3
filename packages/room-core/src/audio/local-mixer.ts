import type { FloorPolicy } from '@colloquy/live-protocol';
import type { Clock } from '../ports/clock.ts';
import type { MicrophoneFrame, MixerPort, RoomMixer, RoomMixerOptions } from '../ports/room-mixer.ts';
import { MAX_CHUNK_SAMPLES, SAMPLES_PER_MS } from './format.ts';
import { MixedVoices } from './mixed-voices.ts';
import { Mixer } from './mixer.ts';
import { OneVoice } from './one-voice.ts';
import { JUDGED_FRAMES } from './own-voice.ts';
import { PlayedAnswer } from './played-answer.ts';
import { type LeftOut, SameVoice } from './same-voice.ts';
import { TickClock } from './tick-clock.ts';
import { VoiceTrack } from './voice-track.ts';

/** What a {@link LocalMixer} is made of. */
export interface LocalMixerOptions extends RoomMixerOptions {
  readonly ticks: TickClock;
}

/** A second of silence tells the model that nobody goes on. */
const PAUSE_AFTER_TICKS = 50;
/** So much of what somebody said beside the model's voice is heard when it is noticed: half a second. */
const HEARD_BACK_FRAMES = 25;
/** A microphone that is said to be on but sends nothing for five seconds does not keep the stream alive. */
const STALLED_AFTER_TICKS = 250;
/** The jitter buffers tell of themselves every five seconds. */
const MEASURED_AFTER_TICKS = 250;

/** Mixes in the thread that it is called from. */
export class LocalMixer implements RoomMixer {
  readonly #options: LocalMixerOptions;
  /** By connection: each tab has a media time of its own. */
  readonly #tracks = new Map<string, VoiceTrack>();
  readonly #mixer = new Mixer();
  readonly #everybody = new MixedVoices();
  readonly #one: OneVoice;
  readonly #answer = new PlayedAnswer();
  readonly #sameVoice: SameVoice | null;
  #policy: FloorPolicy = 'mix';
  #holder: string | null = null;
  #stop: (() => void) | null = null;
  #quietTicks = 0;
  #unmeasuredTicks = 0;

  constructor(options: LocalMixerOptions) {
    this.#options = options;
    this.#sameVoice = options.leaveOutEchoes ? new SameVoice(this.#answer) : null;
    this.#one = new OneVoice({
      onStart: (participantId) => options.onEvent({ type: 'turnStart', participantId }),
      onEnd: (participantId) => options.onEvent({ type: 'turnEnd', participantId }),
    });
  }

  receive({ connectionId, participantId, mediaTime, pcm, voice }: MicrophoneFrame): boolean {
    if (pcm.byteLength > MAX_CHUNK_SAMPLES * 2) return false;
    const track = this.#track(connectionId, participantId);
    if (track.buffer.idle && this.#busyCount() >= this.#options.maxMicrophones) return false;
    track.buffer.push(mediaTime, pcm);
    track.claimed = voice;
    track.ticksSinceAudio = 0;
    this.#quietTicks = 0;
    this.#stop ??= this.#options.ticks.subscribe(() => this.#tick());
    return true;
  }

  endBurst(connectionId: string): void {
    this.#tracks.get(connectionId)?.buffer.endBurst();
  }

  setOpen(connectionId: string, participantId: string, open: boolean): void {
    const known = this.#tracks.get(connectionId);
    if (!known && !open) return;
    this.#track(connectionId, participantId).open = open;
    if (!open) known?.buffer.endBurst();
  }

  setPolicy(policy: FloorPolicy, holder: string | null): void {
    if (this.#policy === 'floor' && policy === 'floor' && holder !== this.#holder) this.#keepUnjudged();
    this.#holder = holder;
    const wasMix = this.#policy === 'mix';
    this.#policy = policy;
    if (wasMix || policy !== 'mix') return;
    const { current } = this.#one;
    this.#one.stop();
    // Whoever was held back is heard from now on; whoever had the turn goes on where it was.
    for (const track of this.#tracks.values()) if (track !== current) track.readAt = track.live;
  }

  /** Whoever gives the floor back within the 260 ms that a judgement takes has said something: the model gives nothing back. */
  #keepUnjudged(): void {
    for (const track of this.#tracks.values()) {
      if (track.participantId === this.#holder && track.leftOut === 'maybeModel') this.#one.keep(track);
    }
  }

  hearModel(pcm: Uint8Array): void {
    if (this.#sameVoice) this.#answer.push(pcm, this.#options.ticks.nowMs);
  }

  stopModel(): void {
    this.#answer.stop(this.#options.ticks.nowMs);
  }

  remove(connectionId: string): void {
    const track = this.#tracks.get(connectionId);
    if (!track) return;
    this.#tracks.delete(connectionId);
    this.#one.remove(track);
    this.#sameVoice?.remove(track);
    if (track.toldSpeaking) this.#tellSpeaking(track.participantId);
  }

  dispose(): void {
    this.#stop?.();
    this.#stop = null;
    this.#tracks.clear();
  }

  #track(connectionId: string, participantId: string): VoiceTrack {
    const known = this.#tracks.get(connectionId);
    if (known) return known;
    const added = new VoiceTrack(connectionId, participantId);
    this.#tracks.set(connectionId, added);
    return added;
  }

  #busyCount(): number {
    let count = 0;
    for (const { buffer } of this.#tracks.values()) if (!buffer.idle) count += 1;
    return count;
  }

  #tick(): void {
    let alive = false;
    for (const track of this.#tracks.values()) track.takeFrame();
    const talking = this.#findEchoes();
    for (const track of this.#tracks.values()) {
      if (track.toldSpeaking !== track.speaks) {
        track.toldSpeaking = track.speaks;
        this.#tellSpeaking(track.participantId);
      }
      if (track.voice.voiced && track.leftOut === null) talking.push(track.participantId);
      const open = track.open && track.ticksSinceAudio < STALLED_AFTER_TICKS;
      alive ||= open || !track.buffer.idle;
    }
    const voiced = this.#play();
    this.#options.onEvent({ type: 'frame', samples: this.#mixer.finish(), voiced, talking });
    this.#measure();
    this.#quietTicks = alive || this.#one.busy ? 0 : this.#quietTicks + 1;
    if (this.#quietTicks >= PAUSE_AFTER_TICKS) this.#pause();
  }

  #measure(): void {
    this.#unmeasuredTicks += 1;
    if (this.#unmeasuredTicks < MEASURED_AFTER_TICKS) return;
    this.#unmeasuredTicks = 0;
    let [underruns, dropped, late, depth] = [0, 0, 0, 0];
    for (const { buffer } of this.#tracks.values()) {
      const told = buffer.takeStatistics();
      underruns += told.underruns;
      dropped += told.dropped;
      late += told.late;
      depth = Math.max(depth, buffer.depth);
    }
    const ms = (samples: number) => Math.round(samples / SAMPLES_PER_MS);
    const measured = { underruns, droppedMs: ms(dropped), lateMs: ms(late), depthMs: ms(depth) };
    if (depth > 0 || underruns + dropped + late > 0) this.#options.onEvent({ type: 'jitter', ...measured });
  }

  /** @returns whose speech was held back and turned out to be their own, once for each frame of it. */
  #findEchoes(): string[] {
    if (!this.#sameVoice) return [];
    const tracks = [...this.#tracks.values()];
    const microphones = tracks.map((track) => [track, track.newest] as const);
    // What is played 400 ms late can wait to be judged.
    const leftOut = this.#sameVoice.process(microphones, this.#options.ticks.nowMs, this.#policy !== 'mix');
    const heldBack: string[] = [];
    for (const track of tracks) {
      const before = track.leftOut;
      track.leftOut = leftOut.get(track) ?? null;
      if (track.leftOut === 'model' && track === this.#one.current) this.#one.remove(track);
      if (before === null || track.leftOut !== null) continue;
      this.#hearAgain(track, before);
      if (before === 'softer') continue;
      for (let index = track.live - JUDGED_FRAMES; index < track.live - 1; index += 1) {
        if (index >= 0 && track.voicedAt(index)) heldBack.push(track.participantId);
      }
    }
    return heldBack;
  }

  /** What was held back to be judged is heard from its beginning. One voice at a time finds the beginning itself. */
  #hearAgain(track: VoiceTrack, before: LeftOut): void {
    if (this.#policy !== 'mix') return;
    if (before === 'softer' || !track.voice.speaking) track.readAt = Math.max(track.readAt, track.live - 1);
    else if (before === 'maybeModel') track.readAt = Math.max(track.oldest, track.onsetAt);
    else track.readAt = Math.max(track.readAt, track.live - HEARD_BACK_FRAMES);
  }

  #play(): readonly string[] {
    const tracks = [...this.#tracks.values()].filter(({ leftOut }) => leftOut === null);
    if (this.#policy === 'mix') return this.#everybody.play(tracks, this.#mixer);
    const isFloor = this.#policy === 'floor';
    return this.#one.play(tracks, (participantId) => !isFloor || participantId === this.#holder, this.#mixer);
  }

  #pause(): void {
    this.#stop?.();
    this.#stop = null;
    this.#options.onEvent({ type: 'paused' });
  }

  /** A person speaks when any of their microphones does. */
  #tellSpeaking(participantId: string): void {
    let speaking = false;
    for (const track of this.#tracks.values()) {
      speaking ||= track.participantId === participantId && track.toldSpeaking;
    }
    this.#options.onEvent({ type: 'speaking', participantId, speaking });
  }
}

/** Mixes all rooms in the thread that serves them, on one clock. */
export function localMixers(clock: Clock, onError: (error: unknown) => void): MixerPort {
  const ticks = new TickClock(clock, { onError });
  return {
    open: (options) => new LocalMixer({ ...options, ticks }),
    close: async () => {},
  };
}
