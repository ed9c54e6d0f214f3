import type { VoiceActivityOptions } from './audio/voice-activity.ts';
import type { Brain } from './brain/brain.ts';
import { DiscussionHost } from './brain/discussion-host.ts';
import { type Clock, scaleClock, systemClock } from './clock.ts';
import type { Fault } from './faults/fault.ts';
import type { Logger } from './logger.ts';
import { PROFILE_NAMES, type ProfileName } from './profile.ts';
import type { Credentials, Route } from './server/route.ts';
import { DEFAULT_PACING, type Pacing } from './session/pacing.ts';
import type { Refusal } from './session/setup-check.ts';
import type { UncompressedSeconds } from './session/uncompressed-limit.ts';
import { PhraseTranscriber } from './transcriber/phrase-transcriber.ts';
import type { Transcriber } from './transcriber/transcriber.ts';
import { checkUnrecordedCloses, type UnrecordedCloses } from './unrecorded-closes.ts';
import type { Unverified } from './unverified.ts';
import { checkUnverified } from './unverified-values.ts';
import { VOICE_CHOICES, type VoiceChoice } from './voice/choose-voice.ts';
import type { Voice } from './voice/voice.ts';

/** Options of {@link startEmulator}. */
export interface EmulatorOptions {
  /**
   * TCP port; `0` takes a free one.
   * @defaultValue 0
   */
  readonly port?: number;
  /**
   * Address to listen on. There are no real credentials here: keep it on this machine, or in a private network.
   * @defaultValue '127.0.0.1'
   */
  readonly host?: string;
  /**
   * Behaviour for every session, whatever its URL and model name; any model name is then taken.
   * @defaultValue follows from the URL and the model of each setup
   */
  readonly profile?: ProfileName;
  /**
   * Where all chance comes from; with a fake clock the same seed and input give the same bytes.
   * @defaultValue 1
   */
  readonly seed?: number;
  /** What answers. @defaultValue a {@link DiscussionHost} */
  readonly brain?: Brain;
  /** What listens. @defaultValue a {@link PhraseTranscriber} that knows no phrase, so everything is `[speech n s]` */
  readonly transcriber?: Transcriber;
  /** What speaks, by name or your own. @defaultValue 'synthetic', which is the same on every machine */
  readonly voice?: VoiceChoice | Voice;
  /** Time. @defaultValue the machine's */
  readonly clock?: Clock;
  /**
   * How many times faster than real the emulator's time runs: waits, playback and lifetimes. Audio that comes in keeps
   * its own time.
   * @defaultValue 1
   */
  readonly timeScale?: number;
  /** Delays and the speed of audio. */
  readonly pacing?: Partial<Pacing>;
  /** Energy and timing of voice activity where a setup does not say. */
  readonly voiceActivity?: Partial<VoiceActivityOptions>;
  /** What documents and recordings leave open; each choice has a documented default. */
  readonly unverified?: Partial<Unverified>;
  /**
   * How long a connection lasts before it is closed with 1011, in seconds; `0` for ever.
   * @defaultValue 600
   */
  readonly maxConnectionSeconds?: number;
  /**
   * How long before its end `goAway` is sent, in seconds; `0` never. Of a shorter connection, half.
   * @defaultValue 50 on the Gemini API, 60 on Vertex
   */
  readonly goAwayNoticeSeconds?: number;
  /**
   * Closes with 1008 when a session is idle for so long, in seconds; `0` never. What idle means is `unverified.idle`'s to
   * say. Sessions without a turn were seen to end after 86 to 198 seconds.
   * @defaultValue 0
   */
  readonly idleTimeoutSeconds?: number;
  /**
   * Closes as `closes.setupMissing` says when no setup comes for so long, in seconds; `0` waits for ever.
   * @defaultValue 0
   */
  readonly setupTimeoutSeconds?: number;
  /**
   * Connections that may be open at once; more are closed with 1011 and the words of a full quota. `0` for any number.
   * @defaultValue 0
   */
  readonly mostSessions?: number;
  /**
   * Whether permessage-deflate is negotiated with clients that offer it. Whether the service does is not known.
   * @defaultValue false
   */
  readonly perMessageDeflate?: boolean;
  /**
   * How long a handle outlives its connection, in seconds.
   * @defaultValue two hours on the Gemini API, a day on Vertex
   */
  readonly resumptionSeconds?: number;
  /**
   * Tokens that a session without compression may gather before it is closed; `0` for any number. Speech costs 25 a
   * second, a picture 258, a text a quarter of its length.
   * @defaultValue the model's: 131,072, or 32,768 of older models
   */
  readonly contextWindowTokens?: number;
  /**
   * How long a session without compression lasts by the clock, over all of its connections, in seconds: `audio` from its
   * setup on, `video` from its first picture on; `0` for ever. Documents speak of 15 minutes and of 2, and mean the
   * context window, which fills up in that time: that is counted anyhow (`contextWindowTokens`). Give
   * `{ audio: 900, video: 120 }` for the documents' word.
   * @defaultValue `{ audio: 0, video: 0 }`
   */
  readonly uncompressedSeconds?: Partial<UncompressedSeconds>;
  /** How connections end where nobody knows how the service ends them. */
  readonly closes?: Partial<UnrecordedCloses>;
  /**
   * Whether `newSessionExpireTime` of an ephemeral token is looked at when a session is resumed too. Documents say that
   * it is not; one team saw it.
   * @defaultValue false
   */
  readonly newSessionExpiryHitsResumption?: boolean;
  /** API keys that are let in; others are refused as Google does. @defaultValue any key, and none */
  readonly apiKeys?: readonly string[];
  /** Bearer tokens that are let in on Vertex. @defaultValue any token, and none */
  readonly bearerTokens?: readonly string[];
  /** Decides about credentials by itself, instead of the two lists: `null` lets in. */
  readonly authenticate?: (credentials: Credentials, route: Route) => Refusal | null | Promise<Refusal | null>;
  /** What goes wrong, and when. */
  readonly faults?: readonly Fault[];
  /**
   * Largest message taken from a client, in bytes; a larger one closes with 1009.
   * @defaultValue 16_777_216 (16 MiB)
   */
  readonly maxMessageBytes?: number;
  /**
   * Audio kept of each session for inspection, in seconds.
   * @defaultValue 1800
   */
  readonly keepAudioSeconds?: number;
  /**
   * Pictures kept of each session for inspection.
   * @defaultValue 5
   */
  readonly keepPictures?: number;
  /**
   * Closed sessions that can still be inspected.
   * @defaultValue 100
   */
  readonly keepClosedSessions?: number;
  /** @defaultValue silent */
  readonly logger?: Logger;
}

/** Options with every default filled in; `null` where the default depends on the session. */
export interface ResolvedOptions
  extends Required<
    Omit<
      EmulatorOptions,
      | 'profile'
      | 'goAwayNoticeSeconds'
      | 'resumptionSeconds'
      | 'apiKeys'
      | 'bearerTokens'
      | 'authenticate'
      | 'pacing'
      | 'contextWindowTokens'
      | 'uncompressedSeconds'
      | 'closes'
      | 'unverified'
      | 'timeScale'
    >
  > {
  readonly profile: ProfileName | null;
  readonly goAwayNoticeSeconds: number | null;
  readonly resumptionSeconds: number | null;
  readonly apiKeys: readonly string[] | null;
  readonly bearerTokens: readonly string[] | null;
  readonly authenticate: EmulatorOptions['authenticate'] | null;
  readonly pacing: Pacing;
  readonly contextWindowTokens: number | null;
  readonly uncompressedSeconds: UncompressedSeconds;
  readonly closes: UnrecordedCloses;
  readonly unverified: Unverified;
  /** Unscaled; for times that people read. */
  readonly wallClock: Clock;
}

/**
 * Fills in defaults and refuses what makes no sense.
 *
 * @throws `TypeError` or `RangeError` that names the option, its value and the remedy.
 */
export function resolveOptions(options: EmulatorOptions): ResolvedOptions {
  const wallClock = options.clock ?? systemClock;
  return {
    port: wholeNumber('port', options.port ?? 0, 0, 65_535),
    host: options.host ?? '127.0.0.1',
    profile: oneOf('profile', options.profile ?? null, PROFILE_NAMES),
    seed: wholeNumber('seed', options.seed ?? 1, 0, Number.MAX_SAFE_INTEGER),
    brain: options.brain ?? new DiscussionHost(),
    transcriber: options.transcriber ?? new PhraseTranscriber(),
    voice:
      typeof options.voice === 'object'
        ? options.voice
        : (oneOf('voice', options.voice ?? null, VOICE_CHOICES) ?? 'synthetic'),
    wallClock,
    clock: scaleClock(wallClock, atLeast('timeScale', options.timeScale ?? 1, 0.001)),
    pacing: resolvePacing(options.pacing ?? {}),
    unverified: checkUnverified(options.unverified),
    voiceActivity: checkVoiceActivity(options.voiceActivity ?? {}),
    maxConnectionSeconds: atLeast('maxConnectionSeconds', options.maxConnectionSeconds ?? 600, 0),
    goAwayNoticeSeconds:
      options.goAwayNoticeSeconds === undefined ? null : atLeast('goAwayNoticeSeconds', options.goAwayNoticeSeconds, 0),
    idleTimeoutSeconds: atLeast('idleTimeoutSeconds', options.idleTimeoutSeconds ?? 0, 0),
    setupTimeoutSeconds: atLeast('setupTimeoutSeconds', options.setupTimeoutSeconds ?? 0, 0),
    mostSessions: wholeNumber('mostSessions', options.mostSessions ?? 0, 0, Number.MAX_SAFE_INTEGER),
    perMessageDeflate: options.perMessageDeflate ?? false,
    resumptionSeconds:
      options.resumptionSeconds === undefined ? null : atLeast('resumptionSeconds', options.resumptionSeconds, 0),
    contextWindowTokens:
      options.contextWindowTokens === undefined
        ? null
        : wholeNumber('contextWindowTokens', options.contextWindowTokens, 0, Number.MAX_SAFE_INTEGER),
    uncompressedSeconds: {
      audio: atLeast('uncompressedSeconds.audio', options.uncompressedSeconds?.audio ?? 0, 0),
      video: atLeast('uncompressedSeconds.video', options.uncompressedSeconds?.video ?? 0, 0),
    },
    closes: checkUnrecordedCloses(options.closes),
    newSessionExpiryHitsResumption: options.newSessionExpiryHitsResumption ?? false,
    apiKeys: options.apiKeys ?? null,
    bearerTokens: options.bearerTokens ?? null,
    authenticate: options.authenticate ?? null,
    faults: options.faults ?? [],
    maxMessageBytes: wholeNumber(
      'maxMessageBytes',
      options.maxMessageBytes ?? 16 * 1024 * 1024,
      1_024,
      1024 * 1024 * 1024,
    ),
    keepAudioSeconds: atLeast('keepAudioSeconds', options.keepAudioSeconds ?? 1_800, 0),
    keepPictures: wholeNumber('keepPictures', options.keepPictures ?? 5, 1, 1_000),
    keepClosedSessions: wholeNumber('keepClosedSessions', options.keepClosedSessions ?? 100, 0, 100_000),
    logger: options.logger ?? {},
  };
}

function resolvePacing(pacing: Partial<Pacing>): Pacing {
  const { chunkMs = null } = pacing;
  return {
    setupMs: atLeast('pacing.setupMs', pacing.setupMs ?? DEFAULT_PACING.setupMs, 0),
    answerMs: atLeast('pacing.answerMs', pacing.answerMs ?? DEFAULT_PACING.answerMs, 0),
    transcriptionMs: atLeast('pacing.transcriptionMs', pacing.transcriptionMs ?? DEFAULT_PACING.transcriptionMs, 0),
    audioSpeed: atLeast('pacing.audioSpeed', pacing.audioSpeed ?? DEFAULT_PACING.audioSpeed, 0.1),
    chunkMs: chunkMs === null ? null : wholeNumber('pacing.chunkMs', chunkMs, 20, 1_000),
  };
}

function checkVoiceActivity(given: Partial<VoiceActivityOptions>): Partial<VoiceActivityOptions> {
  const { thresholdDbfs = -50, prefixPaddingMs = 0, silenceDurationMs = 0 } = given;
  atLeast('voiceActivity.thresholdDbfs', thresholdDbfs, -100);
  atLeast('voiceActivity.prefixPaddingMs', prefixPaddingMs, 0);
  atLeast('voiceActivity.silenceDurationMs', silenceDurationMs, 0);
  return given;
}

function wholeNumber(name: string, value: number, lowest: number, highest: number): number {
  if (!Number.isInteger(value) || value < lowest || value > highest) {
    throw new RangeError(`${name} is ${String(value)}; give a whole number from ${lowest} to ${highest}.`);
  }
  return value;
}

function atLeast(name: string, value: number, lowest: number): number {
  if (!(Number.isFinite(value) && value >= lowest)) {
    throw new RangeError(`${name} is ${String(value)}; give a number of at least ${lowest}.`);
  }
  return value;
}

function oneOf<T extends string>(name: string, value: T | null, choices: readonly T[]): T | null {
  if (value !== null && !choices.includes(value)) {
    throw new TypeError(`${name} is ${JSON.stringify(value)}; give one of ${choices.join(', ')}.`);
  }
  return value;
}
