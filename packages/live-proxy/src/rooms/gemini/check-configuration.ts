import { checkSetup, type ModelProfile, type RoomConfiguration, type Setup } from '@colloquy/live-protocol';
import type { ConfigurationProblem } from '@colloquy/room-core';

/** What a configuration becomes, and for which model. */
export interface PlannedSetup {
  readonly setup: Setup;
  readonly profile: ModelProfile;
}

/** Why the model of a configuration would refuse it, in the words of the configuration; `null` when it takes it. */
export function checkRoomConfiguration(
  configuration: RoomConfiguration,
  plan: (configuration: RoomConfiguration) => PlannedSetup,
): ConfigurationProblem | null {
  let planned: PlannedSetup;
  try {
    planned = plan(configuration);
  } catch (error) {
    return { field: 'model', remedy: error instanceof Error ? error.message : String(error) };
  }
  const problem = checkSetup(planned.setup, planned.profile, { allowUnknownModel: true });
  if (problem === null) return null;
  const field = FIELDS.find(([path]) => problem.path.startsWith(path))?.[1];
  // What the server itself adds to setups is not for hosts to mend, and shows when the session is opened.
  return field === undefined ? null : { field, remedy: inWordsOfRooms(problem.remedy) };
}

/** Where a field of the setup comes from, longer paths first. */
const FIELDS: readonly (readonly [path: string, field: string])[] = [
  ['setup.model', 'model'],
  ['setup.generationConfig.responseModalities', 'response'],
  ['setup.generationConfig.speechConfig.languageCode', 'language'],
  ['setup.generationConfig.speechConfig', 'voice'],
  ['setup.generationConfig.temperature', 'temperature'],
  ['setup.generationConfig.thinkingConfig.thinkingLevel', 'thinking.level'],
  ['setup.generationConfig.thinkingConfig', 'thinking'],
  ['setup.generationConfig.enableAffectiveDialog', 'affectiveDialog'],
  ['setup.realtimeInputConfig.turnCoverage', 'turnCoverage'],
  ['setup.realtimeInputConfig.automaticActivityDetection', 'activityDetection'],
  ['setup.proactivity', 'proactivity'],
  ['setup.systemInstruction', 'instructions'],
  ['setup.tools', 'grounding'],
];

/** Remedies speak of the setup's own values; hosts know the room's. */
function inWordsOfRooms(remedy: string): string {
  return remedy
    .replace('Leave it out', 'Set it to null')
    .replace('["AUDIO"]', '"audio"')
    .replace('["TEXT"]', '"text"')
    .replaceAll('TURN_INCLUDES_ONLY_ACTIVITY', 'activity')
    .replaceAll('TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO', 'activity-and-video')
    .replaceAll('TURN_INCLUDES_ALL_INPUT', 'everything')
    .replace(/\b(MINIMAL|LOW|MEDIUM|HIGH)\b/g, (level) => level.toLowerCase());
}
