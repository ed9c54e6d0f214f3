import type { Brain, BrainStep, BrainTurn } from './brain.ts';

/** A reply of a {@link ScriptedBrain}: a text is said, a step is done, several are done in order. */
export type ScriptedReply = string | BrainStep | readonly (string | BrainStep)[];

/**
 * A brain that answers from a list: the first time it is asked with the first reply, and so on, in every session. What
 * follows a function's answer is a reply of its own.
 * A function is called with the turn. After the last reply it repeats the last one.
 */
export class ScriptedBrain implements Brain {
  readonly #replies: readonly (ScriptedReply | ((turn: BrainTurn) => ScriptedReply))[];

  constructor(replies: readonly (ScriptedReply | ((turn: BrainTurn) => ScriptedReply))[]) {
    if (replies.length === 0) throw new RangeError('replies is empty; give a ScriptedBrain at least one reply.');
    this.#replies = replies;
  }

  respond(turn: BrainTurn): readonly BrainStep[] {
    const reply = this.#replies[Math.min(turn.asked, this.#replies.length) - 1] ?? [];
    return toSteps(typeof reply === 'function' ? reply(turn) : reply);
  }
}

function toSteps(reply: ScriptedReply): BrainStep[] {
  const list: readonly (string | BrainStep)[] = Array.isArray(reply) ? reply : [reply as string | BrainStep];
  return list.map((step) => (typeof step === 'string' ? { type: 'say', text: step } : step));
}
