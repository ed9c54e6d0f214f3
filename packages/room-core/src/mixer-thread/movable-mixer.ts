import type { FloorPolicy } from '@colloquy/live-protocol';
import type { MicrophoneFrame, MixEvent, RoomMixer, RoomMixerOptions } from '../ports/room-mixer.ts';

/** Opens a mixer somewhere. */
export type OpenMixer = (options: RoomMixerOptions) => RoomMixer;

/** The mixer of one room, which may be moved to another thread while people talk. */
export class MovableMixer implements RoomMixer {
  readonly #options: RoomMixerOptions;
  readonly #onDisposed: () => void;
  readonly #open = new Map<string, { readonly participantId: string; readonly open: boolean }>();
  readonly #speaking = new Set<string>();
  #turnOf: string | null = null;
  #policy: FloorPolicy = 'mix';
  #holder: string | null = null;
  #inner: RoomMixer;
  /** Counts the moves: what an old mixer still says is not heard. */
  #generation = 0;

  constructor(options: RoomMixerOptions, open: OpenMixer, onDisposed: () => void) {
    this.#options = options;
    this.#onDisposed = onDisposed;
    this.#inner = this.#start(open);
  }

  /** Goes on elsewhere. What waited in the jitter buffers, some 60 ms, is lost, and what the model said so far. */
  move(open: OpenMixer): void {
    const old = this.#inner;
    this.#generation += 1;
    old.dispose();
    if (this.#turnOf !== null) this.#told({ type: 'turnEnd', participantId: this.#turnOf });
    for (const participantId of [...this.#speaking]) this.#told({ type: 'speaking', participantId, speaking: false });
    this.#inner = this.#start(open);
    this.#inner.setPolicy(this.#policy, this.#holder);
    for (const [connectionId, { participantId, open: isOpen }] of this.#open) {
      this.#inner.setOpen(connectionId, participantId, isOpen);
    }
  }

  receive(frame: MicrophoneFrame): boolean {
    return this.#inner.receive(frame);
  }

  endBurst(connectionId: string): void {
    this.#inner.endBurst(connectionId);
  }

  setOpen(connectionId: string, participantId: string, open: boolean): void {
    this.#open.set(connectionId, { participantId, open });
    this.#inner.setOpen(connectionId, participantId, open);
  }

  setPolicy(policy: FloorPolicy, holder: string | null): void {
    this.#policy = policy;
    this.#holder = holder;
    this.#inner.setPolicy(policy, holder);
  }

  hearModel(pcm: Uint8Array): void {
    this.#inner.hearModel(pcm);
  }

  stopModel(): void {
    this.#inner.stopModel();
  }

  remove(connectionId: string): void {
    this.#open.delete(connectionId);
    this.#inner.remove(connectionId);
  }

  dispose(): void {
    this.#generation += 1;
    this.#inner.dispose();
    this.#onDisposed();
  }

  #start(open: OpenMixer): RoomMixer {
    const generation = this.#generation;
    return open({
      ...this.#options,
      onEvent: (event) => {
        if (generation === this.#generation) this.#told(event);
      },
    });
  }

  #told(event: MixEvent): void {
    if (event.type === 'turnStart') this.#turnOf = event.participantId;
    if (event.type === 'turnEnd') this.#turnOf = null;
    if (event.type === 'speaking' && event.speaking) this.#speaking.add(event.participantId);
    if (event.type === 'speaking' && !event.speaking) this.#speaking.delete(event.participantId);
    this.#options.onEvent(event);
  }
}
