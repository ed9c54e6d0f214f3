import type { Backend, FunctionCall, FunctionResponse } from '@colloquy/live-protocol';
import type { BrainCall, BrainTool } from '../brain/brain.ts';
import type { Profile } from '../profile.ts';
import type { SeededRandom } from '../random.ts';

/** A call that the client has not answered yet. */
export interface PendingCall {
  readonly id: string;
  readonly name: string;
  readonly blocking: boolean;
  /** Number of the turn that made it. */
  readonly turn: number;
}

/** The messages that bring `opened`, the wire form of `calls`, to a client: one, unless Vertex tells arguments in pieces. */
export function toCallMessages(
  opened: readonly FunctionCall[],
  calls: readonly BrainCall[],
  backend: Backend,
): FunctionCall[][] {
  const pieces = calls.map((call) => (backend === 'vertex' ? (call.partialArgs ?? []) : []));
  const whole = opened.filter((_, index) => pieces[index]?.length === 0);
  const growing = opened.flatMap(({ id = '', name = '' }, index) =>
    (pieces[index] ?? []).map((partialArgs, piece, all) => {
      const call: FunctionCall = { id, name, partialArgs: [...partialArgs] };
      return [piece < all.length - 1 ? { ...call, willContinue: true } : call];
    }),
  );
  return whole.length > 0 ? [whole, ...growing] : growing;
}

/** The function calls of one session that wait for an answer. */
export class ToolLedger {
  readonly #profile: Profile;
  readonly #random: SeededRandom;
  #pending: PendingCall[] = [];

  constructor(options: { readonly profile: Profile; readonly random: SeededRandom }) {
    this.#profile = options.profile;
    this.#random = options.random;
  }

  /** Calls of any turn that are still open. */
  get pending(): readonly PendingCall[] {
    return this.#pending;
  }

  /** Notes the calls of one message and returns them as they go on the wire. Undeclared functions block. */
  open(calls: readonly BrainCall[], tools: readonly BrainTool[], turn: number): FunctionCall[] {
    return calls.map(({ name, args }) => {
      const blocking = tools.find((tool) => tool.name === name)?.blocking ?? true;
      const id = this.#newId();
      this.#pending.push({ id, name, blocking, turn });
      return { name, args: { ...args }, id };
    });
  }

  /**
   * The call that `response` answers; `null` when there is none.
   * It stays open if the client announces more. Without an id, as Vertex allows, the oldest call of that name is meant.
   */
  answer(response: FunctionResponse): PendingCall | null {
    const isMeant = (call: PendingCall): boolean =>
      response.id ? call.id === response.id : call.name === response.name;
    const call = this.#pending.find(isMeant) ?? null;
    if (call && !(response.willContinue === true && !call.blocking)) this.#drop([call]);
    return call;
  }

  /** Whether turn `turn` still waits for a blocking call. */
  isBlocked(turn: number): boolean {
    return this.#pending.some((call) => call.blocking && call.turn === turn);
  }

  /** Forgets the open calls that `isMeant` picks, and returns their ids. */
  cancel(isMeant: (call: PendingCall) => boolean): string[] {
    const dropped = this.#pending.filter(isMeant);
    this.#drop(dropped);
    return dropped.map((call) => call.id);
  }

  #drop(calls: readonly PendingCall[]): void {
    this.#pending = this.#pending.filter((call) => !calls.includes(call));
  }

  #newId(): string {
    switch (this.#profile.wire.functionCallId) {
      case 'function-call':
        return `function-call-${this.#random.digits(19)}`;
      case 'fc':
        return `fc_${this.#random.digits(19)}`;
      case 'uuid':
        return this.#random.uuid();
      default:
        return this.#profile.wire.functionCallId satisfies never;
    }
  }
}
