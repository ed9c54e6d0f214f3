import { randomUUID } from 'node:crypto';

/** A random UUID in one piece: what Node makes is kept as a tree of its parts, a kilobyte for as long as it is used. */
export function randomId(): string {
  return Buffer.from(randomUUID(), 'latin1').toString('latin1');
}
