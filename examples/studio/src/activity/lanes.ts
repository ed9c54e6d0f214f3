import type { SpokenSpan } from '@colloquy/live-client';
import { MODEL_PARTICIPANT_ID } from '@colloquy/live-protocol';

/** One person's line in the picture of who spoke when. */
export interface Lane {
  readonly participantId: string;
  readonly name: string;
  /** In the window, in milliseconds. */
  readonly spokenMs: number;
  /** Of everything that was spoken in the window, 0 to 1. */
  readonly share: number;
  /** Places in the window, 0 to 1. */
  readonly bars: readonly { readonly start: number; readonly end: number }[];
}

/** Shorter than an eye sees, a bar would vanish. */
const LEAST_BAR = 0.004;

/** Who spoke in the last `windowMs`, whoever spoke most first. */
export function toLanes(spans: readonly SpokenSpan[], nowMs: number, windowMs: number): readonly Lane[] {
  const from = nowMs - windowMs;
  const lanes = new Map<string, { name: string; spokenMs: number; bars: { start: number; end: number }[] }>();
  for (const { participantId, name, startedAt, endedAt } of spans) {
    const start = Math.max(from, startedAt);
    const end = Math.min(nowMs, endedAt ?? nowMs);
    if (end < from || start > end) continue;
    const lane = lanes.get(participantId) ?? { name, spokenMs: 0, bars: [] };
    lane.name = name;
    lane.spokenMs += end - start;
    const at = (start - from) / windowMs;
    lane.bars.push({ start: at, end: Math.min(1, Math.max((end - from) / windowMs, at + LEAST_BAR)) });
    lanes.set(participantId, lane);
  }
  const total = [...lanes.values()].reduce((sum, { spokenMs }) => sum + spokenMs, 0);
  return [...lanes]
    .map(([participantId, lane]) => ({ participantId, ...lane, share: total === 0 ? 0 : lane.spokenMs / total }))
    .sort((a, b) => b.spokenMs - a.spokenMs);
}

/** From the end of somebody's words to the model's voice, in milliseconds, newest last: how long answers took. */
export function answerDelays(spans: readonly SpokenSpan[]): readonly number[] {
  const people = spans.filter(
    ({ participantId, endedAt }) => participantId !== MODEL_PARTICIPANT_ID && endedAt !== null,
  );
  return spans
    .filter(({ participantId }) => participantId === MODEL_PARTICIPANT_ID)
    .flatMap(({ startedAt }) => {
      const ended = Math.max(...people.map(({ endedAt }) => endedAt ?? 0).filter((at) => at <= startedAt));
      const delay = startedAt - ended;
      // Later than this, the answer was to something written, or to nothing.
      return delay <= 15_000 ? [delay] : [];
    });
}
