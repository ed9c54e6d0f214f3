import type { FloorMode, FloorPolicy, FloorState } from '@colloquy/live-protocol';
import type { Clock, Timer } from '../ports/clock.ts';

/** What a {@link Floor} is made of. */
export interface FloorOptions {
  readonly clock: Clock;
  /** Who has the floor and is silent for so long loses it, in milliseconds; `0`: never. */
  readonly releaseMs: number;
  readonly isHost: (participantId: string) => boolean;
  /** Whether this person is in the room and may speak. */
  readonly maySpeak: (participantId: string) => boolean;
  readonly onChange: (state: FloorState) => void;
}

/** Why something was not done, for the person who asked. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
}

/**
 * Who has the floor. It belongs to nobody, or to one person until they release it, lose it to a host, become a viewer,
 * leave, or are silent for too long.
 *
 * | Mode | A request while it is free | A request while it is taken |
 * | --- | --- | --- |
 * | `open` | gets it | is refused |
 * | `queue` | gets it | waits, first come first served |
 * | `moderated` | waits for a host; hosts get it | waits for a host |
 */
export class Floor {
  readonly #options: FloorOptions;
  #state: FloorState;
  #silence: Timer | null = null;
  #holderSpeaks = false;

  constructor(options: FloorOptions, policy: FloorPolicy, mode: FloorMode) {
    this.#options = options;
    this.#state = { policy, mode, holder: null, queue: [] };
  }

  get state(): FloorState {
    return this.#state;
  }

  /** The rules changed. Whoever speaks goes on where the new rules allow it. */
  configure(policy: FloorPolicy, mode: FloorMode): void {
    const { holder, queue } = this.#state;
    const keeps = policy === 'floor' && this.#state.policy === 'floor';
    this.#set({ policy, mode, holder: keeps ? holder : null, queue: keeps && mode !== 'open' ? queue : [] });
    this.#passOn();
  }

  /** As it was under another floor, as far as these people may speak here. */
  restore({ holder, queue }: Pick<FloorState, 'holder' | 'queue'>): void {
    const { maySpeak } = this.#options;
    if (this.#state.policy !== 'floor') return;
    const hasIt = holder !== null && maySpeak(holder);
    this.#set({ ...this.#state, holder: hasIt ? holder : null, queue: queue.filter(maySpeak) });
    this.#passOn();
  }

  /** Somebody wants to speak. @returns why they cannot even wait for it. */
  request(participantId: string): Refusal | null {
    const { policy, mode, holder, queue } = this.#state;
    if (policy !== 'floor') return NO_FLOOR;
    if (holder === participantId || queue.includes(participantId)) return null;
    const isFree = holder === null && queue.length === 0;
    if (isFree && (mode !== 'moderated' || this.#options.isHost(participantId))) this.#give(participantId);
    else if (mode === 'open') return TAKEN;
    else this.#set({ ...this.#state, queue: [...queue, participantId] });
    return null;
  }

  /** Somebody has finished, or does not want to speak any more. */
  release(participantId: string): void {
    const { holder, queue } = this.#state;
    if (holder !== participantId && !queue.includes(participantId)) return;
    this.#set({
      ...this.#state,
      holder: holder === participantId ? null : holder,
      queue: queue.filter((other) => other !== participantId),
    });
    this.#passOn();
  }

  /** A host gives the floor to somebody, whoever has it. */
  grant(by: string, participantId: string): Refusal | null {
    const refusal = this.#refuseUnlessHost(by);
    if (refusal) return refusal;
    if (!this.#options.maySpeak(participantId)) {
      return { code: 'ERR_ROOM_INPUT', message: 'Nobody here with that id may speak; choose somebody who is present.' };
    }
    if (this.#state.holder !== participantId) this.#give(participantId);
    return null;
  }

  /** A host takes the floor from who has it, or a raised hand down. `null`: whoever has it. */
  revoke(by: string, participantId: string | null): Refusal | null {
    const refusal = this.#refuseUnlessHost(by);
    if (refusal) return refusal;
    const whose = participantId ?? this.#state.holder;
    if (whose !== null) this.release(whose);
    return null;
  }

  /** The holder began or stopped to speak. */
  setSpeaking(participantId: string, speaking: boolean): void {
    if (participantId !== this.#state.holder) return;
    this.#holderSpeaks = speaking;
    this.#watchSilence();
  }

  dispose(): void {
    this.#silence?.cancel();
    this.#silence = null;
  }

  #refuseUnlessHost(by: string): Refusal | null {
    if (this.#state.policy !== 'floor') return NO_FLOOR;
    return this.#options.isHost(by) ? null : HOSTS_ONLY;
  }

  #give(participantId: string): void {
    const queue = this.#state.queue.filter((other) => other !== participantId);
    this.#set({ ...this.#state, holder: participantId, queue });
  }

  /** The floor may be free for the next one in the queue who may speak. */
  #passOn(): void {
    const { policy, mode, holder, queue } = this.#state;
    const next = queue.find((participantId) => this.#options.maySpeak(participantId));
    if (policy === 'floor' && mode === 'queue' && holder === null && next !== undefined) this.#give(next);
  }

  #set(state: FloorState): void {
    if (state.holder !== this.#state.holder) this.#holderSpeaks = false;
    this.#state = state;
    this.#watchSilence();
    this.#options.onChange(state);
  }

  #watchSilence(): void {
    const { clock, releaseMs } = this.#options;
    this.#silence?.cancel();
    this.#silence = null;
    const { holder } = this.#state;
    if (releaseMs === 0 || holder === null || this.#holderSpeaks) return;
    this.#silence = clock.setTimer(releaseMs, () => this.release(holder));
  }
}

const NO_FLOOR: Refusal = {
  code: 'ERR_ROOM_INPUT',
  message: 'This room has no floor to ask for: everybody is heard when they speak.',
};
const TAKEN: Refusal = { code: 'ERR_FLOOR_TAKEN', message: 'Somebody else has the floor; ask again when it is free.' };
const HOSTS_ONLY: Refusal = { code: 'ERR_NOT_ALLOWED', message: 'Only a host can give or take the floor.' };
