import type { ModelSenses } from '../media/people-media.ts';
import type { BudgetModality } from './part-budgets.ts';

/** The senses of the model, without what no budget is left for. */
export function budgetedSenses(
  senses: ModelSenses,
  allows: (participantId: string, modality: BudgetModality) => boolean,
): ModelSenses {
  /** Connections in the middle of a burst that the model hears. */
  const heard = new Set<string>();
  const endBurst = (connectionId: string) => {
    heard.delete(connectionId);
    senses.endBurst(connectionId);
  };
  return {
    hear: (source, mediaTime, pcm, voice) => {
      const { connectionId, participantId } = source;
      if (allows(participantId, 'audio')) {
        heard.add(connectionId);
        return senses.hear(source, mediaTime, pcm, voice);
      }
      // The model must not wait for the rest of it.
      if (heard.has(connectionId)) endBurst(connectionId);
      // They were told by a notice; it is not for want of places.
      return true;
    },
    endBurst,
    see: (frame, source) => {
      if (allows(source.participantId, 'image')) senses.see(frame, source);
    },
  };
}
