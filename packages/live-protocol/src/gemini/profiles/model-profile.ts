import type { Backend } from '../backend.ts';
import type {
  EndSensitivity,
  FunctionBehavior,
  Modality,
  StartSensitivity,
  ThinkingLevel,
  TurnCoverage,
} from '../messages.ts';

/** Models that behave alike. Behaviour on the wire also depends on the backend. */
export type ModelFamily = '2.5-native' | '3.1' | '3.8' | '3.8-et' | 'vertex-2.5-flash';

/** Where a model stands in its life; `unknown` for one that no profile names. */
export type ModelLifecycle = 'stable' | 'preview' | 'limited' | 'deprecated' | 'retired' | 'unknown';

/** What one model on one backend takes, does and sends. */
export interface ModelProfile {
  /** Without a resource prefix, such as `gemini-3.8-live`. */
  readonly id: string;
  readonly backend: Backend;
  readonly family: ModelFamily;
  /** `false`: the rest is a guess from the name. */
  readonly known: boolean;
  readonly status: ModelLifecycle;
  /** What it can answer with, the usual first. */
  readonly responseModalities: readonly Modality[];
  /** What the service assumes when a setup names none. */
  readonly defaultModality: Modality;
  /** Which message carries text that a person writes in the middle of a session. */
  readonly textInput: 'clientContent' | 'realtimeInput';
  /** `initial`: earlier turns come in right after setup, with `historyConfig.initialHistoryInClientContent`. */
  readonly historyInput: 'anytime' | 'initial';
  readonly supports: ModelFeatures;
  /** Empty: no functions at all. */
  readonly toolBehaviors: readonly FunctionBehavior[];
  readonly defaultToolBehavior: FunctionBehavior;
  readonly limits: ModelLimits;
  readonly defaults: ModelDefaults;
  readonly wire: WireHabits;
}

/** Which setup fields and messages a model takes. */
export interface ModelFeatures {
  readonly systemInstruction: boolean;
  readonly speechConfig: boolean;
  /** Prebuilt voices by name. */
  readonly voices: readonly string[];
  /** BCP 47 codes for `speechConfig.languageCode`. */
  readonly languageCodes: readonly string[] | 'any';
  readonly thinkingBudget: boolean;
  readonly thinkingLevels: readonly ThinkingLevel[];
  readonly affectiveDialog: boolean;
  /** `always`: on, and switching it off is an error. */
  readonly proactiveAudio: 'option' | 'always' | 'never';
  /** Versions of the API in which `setup.proactivity` is a field of this model's; in others it is an unknown name. */
  readonly proactivityVersions: readonly string[] | 'any';
  readonly translation: boolean;
  readonly avatar: boolean;
  readonly googleSearch: boolean;
  readonly codeExecution: boolean;
  readonly urlContext: boolean;
  readonly googleMaps: boolean;
  /** `scheduling` in function responses. */
  readonly toolScheduling: boolean;
  readonly turnCoverages: readonly TurnCoverage[];
  /** `realtimeInput.mediaChunks`, the older form of `audio` and `video`. */
  readonly mediaChunks: boolean;
  readonly contextUpdate: boolean;
  /** Turns of role `system`, which replace the system instruction. */
  readonly systemRole: boolean;
  readonly transparentResumption: boolean;
}

/** Sizes and times. */
export interface ModelLimits {
  readonly contextTokens: number;
  readonly outputTokens: number;
  /** How long a resumption handle is good, in milliseconds after the connection ended. */
  readonly resumptionMs: number;
}

/** What counts when a setup says nothing. */
export interface ModelDefaults {
  readonly startOfSpeechSensitivity: StartSensitivity;
  readonly endOfSpeechSensitivity: EndSensitivity;
  readonly turnCoverage: TurnCoverage;
}

/** How the service's messages look with this model: for those who imitate or read it. */
export interface WireHabits {
  readonly functionCallId: 'function-call' | 'fc' | 'uuid';
  readonly audioMimeType: string;
  /** Whether `modelTurn` carries `role: "model"`. */
  readonly turnRole: boolean;
  /** Word by word while a person speaks, or the whole utterance after it. */
  readonly inputTranscription: 'words' | 'utterance';
  /** In messages of its own, beside the audio, or between an empty opener and a `finished` closer. */
  readonly outputTranscription: 'separate' | 'withAudio' | 'bracketed';
  /** `{}` and `{"serverContent":{}}` now and then. */
  readonly emptyMessages: boolean;
  /** `sessionResumptionUpdate` without having asked. */
  readonly unsolicitedResumption: boolean;
  /** `voiceActivity` without having asked. */
  readonly voiceActivity: boolean;
  readonly interactionStatus: boolean;
  /** Thought summaries without having asked. */
  readonly thoughts: boolean;
  /** 2: the turn of a blocking call is closed before the answer begins. */
  readonly toolTurns: 1 | 2;
  /** `responseTokenCount` or `candidatesTokenCount`. */
  readonly usageNames: 'response' | 'candidates';
  /** `groundingMetadata: {}` beside `turnComplete`. */
  readonly emptyGrounding: boolean;
  /** Whether `setupComplete` carries a `sessionId`. */
  readonly sessionId: boolean;
  /** Tokens that an empty prompt costs. */
  readonly preambleTokens: number;
}
