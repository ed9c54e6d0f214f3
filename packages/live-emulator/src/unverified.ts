import { GeminiCloseReason, type Setup } from '@colloquy/live-protocol';
import type { Profile } from './profile.ts';
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
  totalIncludesThoughts: false,
  interimInputTranscription: false,
  echoesRealtimeText: null,
  unknownToolResponse: 'ignore',
  backgroundCalls: 'survive',
  transparentIndex: 'afterSetup',
  contextUpdate: 'everywhere',
  roles: 'documented',
  proactivityVersions: ['v1alpha'],
  initialHistoryOn31: 'accept',
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
  return null;
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
