import { createHash } from 'node:crypto';
import { HttpError } from '../http/http-error.ts';

/** What a key may be: long enough that nobody meets another's by chance. */
const KEY = /^[\x21-\x7e]{16,128}$/;

/**
 * The id of the room that a person makes under an `Idempotency-Key`: asking again, also another server, names the same
 * room. It is a digest, so that neither can somebody choose the id of a room, nor learn by asking which ones there are.
 *
 * @throws {@link HttpError} 400 for a key that cannot be.
 */
export function roomIdUnder(key: string, participantId: string): string {
  if (!KEY.test(key)) {
    const message = '"Idempotency-Key" is wrong: it must be 16 to 128 visible ASCII characters, such as a random UUID.';
    throw new HttpError(400, 'ERR_INPUT', message);
  }
  return createHash('sha256')
    .update(JSON.stringify([participantId, key]))
    .digest('base64url')
    .slice(0, 22);
}
