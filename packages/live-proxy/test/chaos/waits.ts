import type { Participant } from './participant.ts';

/** From when to when, on the monotonic clock, milliseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** How long texts waited to be acknowledged, milliseconds. */
export interface Waits {
  /** Of people whose connection stood, at a server that was not stopped. */
  readonly undisturbed: readonly number[];
  /** Of people whose connection broke, or was told to move. */
  readonly broken: readonly number[];
  /** Of people at a server that was stopped, until it has acknowledged something that was written after that. */
  readonly stopped: readonly number[];
}

/** @param stopped - when the server of somebody was stopped. */
export function waitsOf(people: readonly Participant[], stopped: (person: Participant) => readonly Span[]): Waits {
  const waits = { undisturbed: [] as number[], broken: [] as number[], stopped: [] as number[] };
  for (const person of people) {
    const outages = person.recoveries.map(({ lostAt, ms }) => ({ from: lostAt, to: lostAt + ms }));
    const stops = stopped(person).map(({ from, to }) => {
      const first = person.acks.find(({ cid }) => person.writtenAt(cid) >= to);
      return { from, to: first?.at ?? to };
    });
    for (const { cid, at } of person.acks) {
      const from = person.writtenAt(cid);
      const overlaps = (span: Span) => span.from <= at && span.to >= from;
      const kind = stops.some(overlaps) ? 'stopped' : outages.some(overlaps) ? 'broken' : 'undisturbed';
      waits[kind].push(at - from);
    }
  }
  return waits;
}

/** The longest time without an acknowledgement in a room. */
export function longestPause(people: readonly Participant[], { from, to }: Span): Span {
  const times = people.flatMap(({ acks }) => acks.map(({ at }) => at)).filter((at) => at > from && at < to);
  const all = [from, ...times.toSorted((one, other) => one - other), to];
  let longest: Span = { from, to: from };
  for (const [index, at] of all.slice(1).entries()) {
    const before = all[index] as number;
    if (at - before > longest.to - longest.from) longest = { from: before, to: at };
  }
  return longest;
}
