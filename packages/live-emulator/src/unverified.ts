import { GeminiCloseReason, type Setup } from '@colloquy/live-protocol';
import type { Profile, ProfileName } from './profile.ts';
import type { Route } from './server/route.ts';
import type { Refusal } from './session/setup-check.ts';
import { invalidArgument } from './session/violation.ts';

/** How the emulator decides what documents and recordings leave open, or contradict each other about. */
export interface Unverified {
  /**
   * Where the tokens of a turn are told: with `turnComplete`, as most recordings have it; `early`, the prompt's beside an
   * empty `serverContent` when generation begins and `{}` with `turnComplete`, as a log of 3.1 has it; `alone`, the same
   * with the prompt's in a message of nothing else; or `never`.
   * @defaultValue 'withTurnComplete'
   */
  readonly usage: 'withTurnComplete' | 'early' | 'alone' | 'never';
  /**
   * When `generationComplete` comes: when everything is generated, as recorded, so that a turn that is cut afterwards has
   * it; or right before `turnComplete`, so that no turn that is cut has it, as documents say.
   * @defaultValue 'whenGenerated'
   */
  readonly generationComplete: 'whenGenerated' | 'whenHeard';
  /**
   * Whether `totalTokenCount` includes thoughts: the SDK's text says so, recordings do not.
   * @defaultValue false
   */
  readonly totalIncludesThoughts: boolean;
  /**
   * Whether `interimInputTranscription` comes while a person speaks and transcription is on. Never recorded.
   * @defaultValue false
   */
  readonly interimInputTranscription: boolean;
  /**
   * Whether text sent as `realtimeInput.text` comes back as an input transcription; `null` as the profile does.
   * @defaultValue null
   */
  readonly echoesRealtimeText: boolean | null;
  /**
   * What becomes of a function response whose id is not open.
   * @defaultValue 'ignore'
   */
  readonly unknownToolResponse: 'ignore' | 'close';
  /**
   * What an interruption does to calls of earlier turns that do not block; those of the turn it cuts are cancelled.
   * @defaultValue 'survive'
   */
  readonly backgroundCalls: 'survive' | 'cancel';
  /**
   * Whether a session is resumable while functions are called that do not block. Documents say that it is not "while
   * executing function calls", and were written before such functions.
   * @defaultValue false
   */
  readonly resumableDuringCalls: boolean;
  /**
   * What `lastConsumedClientMessageIndex` counts: messages after the setup (the first of them is 1), the setup too (2), or
   * from zero (0).
   * @defaultValue 'afterSetup'
   */
  readonly transparentIndex: 'afterSetup' | 'withSetup' | 'fromZero';
  /**
   * Whether `contextUpdate` is taken everywhere, or only where it is documented (3.8 on Vertex) and else closes with 1007.
   * @defaultValue 'everywhere'
   */
  readonly contextUpdate: 'everywhere' | 'documented';
  /**
   * Whose turns `clientContent` may hold: `documented`, those of `user` and `model`, on Vertex also of `system`, which
   * replace the system instruction; others close with 1007. Or `any`: `system` is obeyed everywhere, and whoever else
   * speaks counts as the user.
   * @defaultValue 'documented'
   */
  readonly roles: 'documented' | 'any';
  /**
   * Versions of the Gemini API that know `setup.proactivity` of 2.5 native models. `v1alpha` was seen to take it and
   * `v1beta` to close on it as an unknown name; nobody has told of `v1`.
   * @defaultValue ['v1alpha']
   */
  readonly proactivityVersions: readonly string[];
  /**
   * Whether 3.1 takes `initialHistoryInClientContent`: it works for several teams, one was closed with 1007.
   * @defaultValue 'accept'
   */
  readonly initialHistoryOn31: 'accept' | 'refuse';
  /**
   * Whether 3.1 takes `clientContent` behind the initial history: documents name it for that only, recordings show that it
   * is answered. `refuse` closes with 1007.
   * @defaultValue 'answer'
   */
  readonly clientContentOn31: 'answer' | 'refuse';
  /**
   * Whether 2.5 models take search and functions in one setup: people report that they do not and are closed with 1007.
   * @defaultValue 'accept'
   */
  readonly searchBesideFunctions: 'accept' | 'refuse';
  /**
   * What turns of 2.5 models on Vertex include when a setup does not say; an old page has all input.
   * @defaultValue 'TURN_INCLUDES_ONLY_ACTIVITY'
   */
  readonly vertexTurnCoverage: 'TURN_INCLUDES_ONLY_ACTIVITY' | 'TURN_INCLUDES_ALL_INPUT';
  /**
   * How Vertex words messages that it cannot read: as the Gemini API, or as an invalid argument without a name.
   * @defaultValue 'named'
   */
  readonly vertexViolations: 'named' | 'generic';
  /**
   * What keeps a session from being idle (`idleTimeoutSeconds`): turns of the model, as one measured it, or any message of
   * the client.
   * @defaultValue 'withoutTurns'
   */
  readonly idle: 'withoutTurns' | 'withoutMessages';
  /**
   * What a setup without `responseModalities` means: `model`, as recorded (text on 3.1, which is then refused), or always
   * audio, as documented.
   * @defaultValue 'model'
   */
  readonly missingModality: 'model' | 'AUDIO';
  /**
   * API versions on which no model is found, such as `['v1']`, which the SDK asks for and no document names.
   * @defaultValue []
   */
  readonly refusedApiVersions: readonly string[];
}

/** The emulator's own answers. */
export const DEFAULT_UNVERIFIED: Unverified = {
  usage: 'withTurnComplete',
  generationComplete: 'whenGenerated',
  totalIncludesThoughts: false,
  interimInputTranscription: false,
  echoesRealtimeText: null,
  unknownToolResponse: 'ignore',
  backgroundCalls: 'survive',
  resumableDuringCalls: false,
  transparentIndex: 'afterSetup',
  contextUpdate: 'everywhere',
  roles: 'documented',
  proactivityVersions: ['v1alpha'],
  initialHistoryOn31: 'accept',
  clientContentOn31: 'answer',
  searchBesideFunctions: 'accept',
  vertexTurnCoverage: 'TURN_INCLUDES_ONLY_ACTIVITY',
  vertexViolations: 'named',
  idle: 'withoutTurns',
  missingModality: 'model',
  refusedApiVersions: [],
};

/** Whether a setup that makes sense is refused all the same, because an option says so. */
export function refuseUnverified(setup: Setup, profile: Profile, route: Route, choices: Unverified): Refusal | null {
  if (choices.refusedApiVersions.includes(route.apiVersion)) {
    const reason = GeminiCloseReason.modelNotFound(setup.model ?? '', route.apiVersion);
    return {
      closeCode: 1008,
      reason,
      path: 'setup.model',
      remedy: `Connect to another version than ${route.apiVersion}.`,
    };
  }
  const hasHistory = setup.historyConfig?.initialHistoryInClientContent === true;
  if (hasHistory && profile.name === '3.1' && choices.initialHistoryOn31 === 'refuse') {
    const path = 'setup.historyConfig.initialHistoryInClientContent';
    return invalidArgument(path, 'Send earlier turns as text of the first turn instead.');
  }
  if (choices.searchBesideFunctions === 'refuse' && isSecondGeneration(profile.name) && mixesSearch(setup)) {
    return invalidArgument('setup.tools', 'Give search or functions, not both.');
  }
  return null;
}

/** Whether models of this profile are of the generation of 2.5. */
export function isSecondGeneration(name: ProfileName): boolean {
  return name === '2.5-native' || name === 'vertex-2.5-flash';
}

function mixesSearch({ tools = [] }: Setup): boolean {
  const searches = tools.some((tool) => tool.googleSearch !== undefined || tool.googleSearchRetrieval !== undefined);
  return searches && tools.some((tool) => (tool.functionDeclarations ?? []).length > 0);
}

/** What `lastConsumedClientMessageIndex` says after `consumed` messages behind the setup. */
export function transparentIndex(consumed: number, counting: Unverified['transparentIndex']): number {
  switch (counting) {
    case 'afterSetup':
      return consumed;
    case 'withSetup':
      return consumed + 1;
    case 'fromZero':
      return Math.max(0, consumed - 1);
    default:
      return counting satisfies never;
  }
}
