import type { EntryActor } from '@colloquy/live-protocol';
import type { VoicedShare } from './voice-timeline.ts';

/** One person gets the words alone above this share of the voiced time. */
const ALONE_SHARE = 0.7;
/** Below this share a person is not named beside others. */
const LEAST_SHARE = 0.1;

/** To whom words are put down, and when they were said. */
export interface Attribution {
  /** Most active first; empty when nobody was heard. */
  readonly speakers: readonly EntryActor[];
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number;
  readonly endedAt: number;
}

/** Whose words were said in a stretch with these shares; `null` when nobody was heard. */
export function attribute(shares: readonly VoicedShare[]): Attribution | null {
  const total = shares.reduce((sum, { voicedMs }) => sum + voicedMs, 0);
  const [most] = shares;
  if (!most || total <= 0) return null;
  const alone = most.voicedMs / total > ALONE_SHARE;
  const named = alone ? [most] : shares.filter(({ voicedMs }) => voicedMs / total >= LEAST_SHARE);
  return {
    speakers: named.map(({ speaker }) => speaker),
    startedAt: Math.min(...named.map(({ startedAt }) => startedAt)),
    endedAt: Math.max(...named.map(({ endedAt }) => endedAt)),
  };
}
