import { isDeepStrictEqual } from 'node:util';
import type { LogEntry } from '@colloquy/live-protocol';
import type { SimulatedClient } from './simulated-client.ts';

/**
 * What is wrong with a log and with what clients show of it, when everything has come to rest; empty when nothing is. Clients
 * say `<name> <number>`, with numbers that rise.
 *
 * @param isCaughtUp - `false`: clients may lack the newest entries.
 */
export function logViolations(
  log: readonly LogEntry[],
  clients: readonly SimulatedClient[],
  isCaughtUp: boolean,
): readonly string[] {
  const problems = log.flatMap(({ seq }, index) => (seq === index + 1 ? [] : `the log has ${seq} at ${index + 1}`));
  const stored = log.flatMap((entry) => (entry.kind === 'msg.text' ? [entry.body.text] : []));
  for (const { acked, idle, list, name } of clients) {
    if (!idle) problems.push(`${name} waits for acks for ever`);
    for (const text of acked) {
      const times = stored.filter((other) => other === text).length;
      if (times !== 1) problems.push(`"${text}" was acknowledged and is there ${times} times`);
    }
    const own = stored.filter((text) => text.startsWith(`${name} `));
    if (own.length !== acked.length) problems.push(`${name}: ${acked.length} acknowledged, ${own.length} stored`);
    const inOrder = own.toSorted((one, other) => numberOf(one) - numberOf(other));
    if (!isDeepStrictEqual(own, inOrder)) problems.push(`${name}: out of order`);
    const slice = log.slice((list[0]?.seq ?? 1) - 1, isCaughtUp ? undefined : (list.at(-1)?.seq ?? 0));
    const wrong = list.findIndex((entry, index) => !isDeepStrictEqual(entry, slice[index]));
    if (wrong >= 0)
      problems.push(`${name} shows ${JSON.stringify(list[wrong])}, and not ${JSON.stringify(slice[wrong])}`);
    else if (list.length !== slice.length) problems.push(`${name} lacks the log behind ${list.at(-1)?.seq}`);
  }
  return problems;
}

function numberOf(text: string): number {
  return Number(text.split(' ')[1]);
}
