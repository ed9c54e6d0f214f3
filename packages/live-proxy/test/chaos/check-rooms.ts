import { isDeepStrictEqual } from 'node:util';
import type { LogEntry } from '@colloquy/live-protocol';
import type { Participant } from './participant.ts';

/** What of somebody in a room is checked. */
export type Checked = Pick<Participant, 'name' | 'written' | 'acks' | 'list' | 'problems'>;

/**
 * What is wrong with the log of a room and with what its people were told and shown of it, when everything has come to rest;
 * empty when nothing is: every acknowledged text is there once, in the order of its writer, where the acknowledgement said;
 * and what each client shows is a slice of the log up to its end.
 */
export function roomViolations(log: readonly LogEntry[], people: readonly Checked[]): readonly string[] {
  return [...logViolations(log), ...people.flatMap((person) => personViolations(log, person))];
}

function logViolations(log: readonly LogEntry[]): readonly string[] {
  const problems: string[] = [];
  const messages = new Set<string>();
  let epoch = 0;
  for (const [index, entry] of log.entries()) {
    if (entry.seq !== index + 1) problems.push(`the log has ${entry.seq} at ${index + 1}`);
    if (entry.epoch < epoch) problems.push(`epoch ${entry.epoch} comes after ${epoch}, at ${entry.seq}`);
    epoch = entry.epoch;
    if (entry.kind === 'log.discontinuity') problems.push(`entries were lost at ${entry.seq}`);
    if (entry.kind !== 'ai.message' && entry.kind !== 'ai.interrupted') continue;
    if (messages.has(entry.body.messageId)) problems.push(`an answer is there twice, at ${entry.seq}`);
    messages.add(entry.body.messageId);
  }
  return problems;
}

function personViolations(log: readonly LogEntry[], person: Checked): readonly string[] {
  const { name, written, acks, list } = person;
  const problems = [...person.problems];
  const stored = log.flatMap((entry) => (entry.kind === 'msg.text' && entry.actor.name === name ? [entry] : []));
  const texts = stored.map(({ body }) => body.text);
  if (acks.length !== written.length) problems.push(`${name}: ${written.length} written, ${acks.length} acknowledged`);
  for (const [index, text] of written.entries()) {
    const times = texts.filter((other) => other === text).length;
    const isAcked = acks.some(({ cid }) => cid === `tab-${name}:${index + 1}`);
    if (times !== 1 && (isAcked || times > 1)) problems.push(`"${text}" is there ${times} times`);
  }
  if (
    !isDeepStrictEqual(
      texts,
      texts.toSorted((one, other) => numberOf(one) - numberOf(other)),
    )
  ) {
    problems.push(`${name}: out of order`);
  }
  for (const { cid, seq } of acks) {
    if (log[seq - 1]?.cid !== cid) problems.push(`${name}: ${cid} was acknowledged as ${seq}, where something else is`);
  }
  const first = list[0]?.seq ?? 1;
  if (!isDeepStrictEqual(list, log.slice(first - 1)))
    problems.push(`${name} does not show a slice of the log to its end`);
  return problems;
}

function numberOf(text: string): number {
  return Number(text.split(' ')[1]);
}
