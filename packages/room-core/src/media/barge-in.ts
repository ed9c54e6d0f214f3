import type { BargeIn, ParticipantRole } from '@colloquy/live-protocol';
import { FRAME_MS } from '../audio/format.ts';

/** What a {@link BargeInRule} is made of. */
export interface BargeInRuleOptions {
  readonly roleOf: (participantId: string) => ParticipantRole | null;
  /** Whether the model is giving an answer. */
  readonly answering: () => boolean;
  /** The answer is to be cut. */
  readonly interrupt: () => void;
}

/** A pause within speech, in frames; a longer one begins anew. */
const PAUSE_FRAMES = 10;

interface Talk {
  voicedFrames: number;
  quietFrames: number;
}

/** Cuts the model's answer when somebody who may do so has spoken into it for long enough. */
export class BargeInRule {
  readonly #options: BargeInRuleOptions;
  readonly #talks = new Map<string, Talk>();

  constructor(options: BargeInRuleOptions) {
    this.#options = options;
  }

  /** One tick: `talking` have speech in it. */
  tick(talking: readonly string[], rule: BargeIn): void {
    if (!this.#options.answering()) {
      // Whoever asked and is just finishing does not cut the answer that follows.
      this.#talks.clear();
      return;
    }
    for (const participantId of talking) if (this.#may(participantId, rule)) this.#voiced(participantId);
    for (const [participantId, talk] of this.#talks) {
      if (talking.includes(participantId)) continue;
      talk.quietFrames += 1;
      if (talk.quietFrames > PAUSE_FRAMES) this.#talks.delete(participantId);
    }
    const longest = Math.max(0, ...[...this.#talks.values()].map(({ voicedFrames }) => voicedFrames));
    if (longest === 0 || longest * FRAME_MS < rule.afterMs) return;
    this.#talks.clear();
    this.#options.interrupt();
  }

  #may(participantId: string, { who }: BargeIn): boolean {
    if (who === 'anyone') return true;
    return who === 'hosts' && this.#options.roleOf(participantId) === 'host';
  }

  #voiced(participantId: string): void {
    const talk = this.#talks.get(participantId) ?? { voicedFrames: 0, quietFrames: 0 };
    talk.voicedFrames += 1;
    talk.quietFrames = 0;
    this.#talks.set(participantId, talk);
  }
}
