import type { BargeIn, FloorMode, FloorPolicy, SpeakerCues } from './floor.ts';

/** How the model finds the beginning and the end of speech; `null` in a field is the model's own choice. */
export interface ActivityDetection {
  /** How easily sound counts as the beginning of speech. */
  readonly startSensitivity: 'low' | 'high' | null;
  /** How easily a pause counts as the end of speech. */
  readonly endSensitivity: 'low' | 'high' | null;
  /** Speech that has to go on for so long before it counts, in milliseconds, 0–5000. */
  readonly prefixPaddingMs: number | null;
  /** Silence after which speech has ended, in milliseconds, 0–10000. */
  readonly silenceDurationMs: number | null;
}

/** How much the model thinks before it answers; which of the two a model takes depends on the model. */
export interface Thinking {
  /** Tokens, 0–32768; 0 does without. */
  readonly budget: number | null;
  readonly level: 'minimal' | 'low' | 'medium' | 'high' | null;
}

/** Whose words are written down. */
export interface RoomTranscription {
  /** What people say. Without it nothing that is spoken stands in the log. */
  readonly input: boolean;
  /** What the model says. Without it its answers leave no words in the log. */
  readonly output: boolean;
}

/**
 * What a host agreed for the room. `null` takes the default of the model. A field that is an object is replaced as a whole.
 */
export interface RoomConfiguration {
  /** Model id without a backend's prefix, such as `gemini-3.8-live`; `null` takes the server's default. */
  readonly model: string | null;
  /** System instruction in the host's words. */
  readonly instructions: string;
  /** Prebuilt voice name, such as `Puck`. */
  readonly voice: string | null;
  /** BCP 47 code of the language that the model speaks, such as `en-US`. */
  readonly language: string | null;
  /** What the model answers with. */
  readonly response: 'audio' | 'text' | null;
  /** 0–2. */
  readonly temperature: number | null;
  /** 0–1. */
  readonly topP: number | null;
  /** 1–1000. */
  readonly topK: number | null;
  /** Longest answer, in tokens. */
  readonly maxOutputTokens: number | null;
  readonly activityDetection: ActivityDetection;
  /** Which input belongs to a turn: what is said only, that with all pictures, or everything. */
  readonly turnCoverage: 'activity' | 'activity-and-video' | 'everything' | null;
  /** Whether the model may decide not to answer. */
  readonly proactivity: boolean | null;
  /** Whether the model hears and shows feelings. */
  readonly affectiveDialog: boolean | null;
  /** Whether the model may search with Google. */
  readonly grounding: boolean;
  readonly thinking: Thinking;
  /** How closely the model looks at pictures. */
  readonly mediaResolution: 'low' | 'medium' | 'high' | null;
  readonly transcription: RoomTranscription;
  /** How open microphones reach the model. */
  readonly floor: FloorPolicy;
  /** Who gets the floor, when `floor` is `'floor'`. */
  readonly floorMode: FloorMode;
  readonly bargeIn: BargeIn;
  readonly speakerCues: SpeakerCues;
}

/** What a room is configured as when nobody says otherwise. */
export const DEFAULT_ROOM_CONFIGURATION: RoomConfiguration = {
  model: null,
  instructions: '',
  voice: null,
  language: null,
  response: null,
  temperature: null,
  topP: null,
  topK: null,
  maxOutputTokens: null,
  activityDetection: { startSensitivity: null, endSensitivity: null, prefixPaddingMs: null, silenceDurationMs: null },
  turnCoverage: null,
  proactivity: null,
  affectiveDialog: null,
  grounding: false,
  thinking: { budget: null, level: null },
  mediaResolution: null,
  transcription: { input: true, output: true },
  floor: 'mix',
  floorMode: 'open',
  bargeIn: { who: 'anyone', afterMs: 500 },
  speakerCues: 'auto',
};
