import { LiveClientError } from '../errors.ts';

/** The error of a method that needs a connection and has none. */
export function notConnected(method: string): LiveClientError {
  return new LiveClientError('ERR_NOT_CONNECTED', `${method}() needs a connection; call connect() first.`);
}
