import type { LogEntry } from '@colloquy/live-protocol';
import { toCueTime } from './time.ts';

/** Something that was said, when and by whom. */
interface Cue {
  readonly from: number;
  readonly to: number;
  readonly speaker: string;
  readonly text: string;
}

/** Entries come when somebody has finished: so many are looked at together to bring beginnings into order. */
const REORDERED = 32;
/** How fast a model speaks, in characters a second, where the log does not say how long it did. */
const CHARACTERS_PER_SECOND = 15;
const SHORTEST_MS = 500;

/**
 * What was spoken, as captions. People's times are those of their voices; the model's are estimated from the end of its
 * answer and the length of the text. Times count from `origin`, or else from the first word.
 */
export async function* toWebVtt(log: AsyncIterable<LogEntry>, origin: number | null): AsyncGenerator<string> {
  yield 'WEBVTT\n';
  let start = origin;
  for await (const cue of inOrder(toCues(log))) {
    if (start === null) {
      start = cue.from;
      yield `\nNOTE 00:00:00.000 is ${new Date(start).toISOString()}\n`;
    }
    // What ended before the beginning is not part of it.
    if (cue.to <= start || cue.text.trim() === '') continue;
    const times = `${toCueTime(cue.from - start)} --> ${toCueTime(Math.max(cue.to, cue.from + SHORTEST_MS) - start)}`;
    yield `\n${times}\n<v ${annotation(cue.speaker)}>${inTags(cue.text)}\n`;
  }
}

async function* toCues(log: AsyncIterable<LogEntry>): AsyncGenerator<Cue> {
  for await (const entry of log) {
    if (entry.kind === 'speech.final') {
      const { speakers, startedAt, endedAt, text } = entry.body;
      const speaker = speakers.map(({ name }) => name).join(' and ') || 'Somebody';
      yield { from: startedAt, to: endedAt, speaker, text };
    } else if (entry.kind === 'ai.message' || entry.kind === 'ai.interrupted') {
      const { text } = entry.body;
      const from = entry.ts - Math.round((text.length / CHARACTERS_PER_SECOND) * 1_000);
      yield { from, to: entry.ts, speaker: entry.actor.name, text };
    }
  }
}

async function* inOrder(cues: AsyncIterable<Cue>): AsyncGenerator<Cue> {
  const waiting: Cue[] = [];
  for await (const cue of cues) {
    waiting.push(cue);
    waiting.sort((a, b) => a.from - b.from);
    const first = waiting.length > REORDERED ? waiting.shift() : undefined;
    if (first) yield first;
  }
  yield* waiting;
}

/** One line without what ends a tag. */
function annotation(name: string): string {
  return inTags(name.replace(/\s+/g, ' ').trim());
}

/** A blank line would end the cue, `-->` would begin another one. */
function inTags(text: string): string {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/\s*[\r\n\u2028\u2029]+\s*/g, '\n')
    .trim();
}
