import type { ModelProfile } from '@colloquy/live-protocol';
import type { FieldPath } from './fields.ts';

/** Why a model does not take a field at all; `null` when it does. What a room does itself, every model takes. */
export function whyNot(path: FieldPath, { id, supports }: ModelProfile): string | null {
  switch (path) {
    case 'affectiveDialog':
      return supports.affectiveDialog ? null : `${id} has no affective dialogue.`;
    case 'proactivity':
      return proactivityReason(id, supports.proactiveAudio);
    case 'thinking.budget':
      if (supports.thinkingBudget) return null;
      return supports.thinkingLevels.length > 0
        ? `${id} takes a level of thinking instead.`
        : `How much ${id} thinks cannot be set.`;
    case 'thinking.level':
      if (supports.thinkingLevels.length > 0) return null;
      return supports.thinkingBudget
        ? `${id} takes a budget for thinking instead.`
        : `How much ${id} thinks cannot be set.`;
    case 'grounding':
      return supports.googleSearch ? null : `${id} does not search.`;
    case 'voice':
    case 'language':
      return supports.speechConfig ? null : `${id} does not let its voice be chosen.`;
    default:
      return null;
  }
}

/** Why a model does not take one value of a field that it takes otherwise. */
export function whyNotValue(
  path: FieldPath,
  value: unknown,
  { id, responseModalities, supports }: ModelProfile,
): string | null {
  if (value === null) return null;
  switch (path) {
    case 'response': {
      const modality = value === 'text' ? 'TEXT' : 'AUDIO';
      if (responseModalities.includes(modality)) return null;
      return value === 'text' ? `${id} only speaks.` : `${id} only writes.`;
    }
    case 'turnCoverage':
      return supports.turnCoverages.includes(TURN_COVERAGES[value as keyof typeof TURN_COVERAGES])
        ? null
        : `${id} does not take this.`;
    case 'thinking.level':
      return (supports.thinkingLevels as readonly string[]).includes(String(value).toUpperCase())
        ? null
        : `${id} does not take this.`;
    case 'language': {
      const { languageCodes } = supports;
      return languageCodes === 'any' || languageCodes.includes(String(value)) ? null : `${id} does not speak this.`;
    }
    default:
      return null;
  }
}

const TURN_COVERAGES = {
  activity: 'TURN_INCLUDES_ONLY_ACTIVITY',
  'activity-and-video': 'TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO',
  everything: 'TURN_INCLUDES_ALL_INPUT',
} as const;

function proactivityReason(id: string, proactive: ModelProfile['supports']['proactiveAudio']): string | null {
  switch (proactive) {
    case 'option':
      return null;
    case 'always':
      return `${id} always decides by itself whether to answer.`;
    case 'never':
      return `${id} always answers.`;
    default:
      return proactive satisfies never;
  }
}
