import { RoomCoreError } from '../errors.ts';

/** The two halves of a `cid`. */
export interface ClientNumber {
  readonly clientId: string;
  /** Counts up by one per message of the client. */
  readonly n: number;
}

/** @throws RoomCoreError `ERR_ROOM_INPUT` */
export function parseCid(cid: string): ClientNumber {
  const match = /^([A-Za-z0-9_-]{1,64}):([1-9][0-9]{0,14})$/.exec(cid);
  if (!match) {
    throw new RoomCoreError('ERR_ROOM_INPUT', `The cid ${JSON.stringify(cid)} must be "clientId:n" with n from 1.`);
  }
  const [, clientId = '', n = ''] = match;
  return { clientId, n: Number(n) };
}

/** Whether `n` is the next number of a client whose last one was `last` (`null`: never seen, any number will do). */
export function judgeNumber(
  last: number | null,
  n: number,
): { readonly outcome: 'next' | 'duplicate' } | { readonly outcome: 'gap'; readonly expected: number } {
  if (last === null || n === last + 1) return { outcome: 'next' };
  return n <= last ? { outcome: 'duplicate' } : { outcome: 'gap', expected: last + 1 };
}
