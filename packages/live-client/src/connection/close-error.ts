import { isRetryableRoomClose, RoomCloseCode } from '@colloquy/live-protocol';
import { LiveClientError, type LiveClientErrorCode } from '../errors.ts';
import type { SocketClosing } from './socket-port.ts';

interface CloseMeaning {
  readonly code: LiveClientErrorCode;
  readonly message: string;
  readonly hint: string;
}

const meanings: Readonly<Record<number, CloseMeaning | undefined>> = {
  1000: { code: 'ERR_CLOSED_BY_SERVER', message: 'The server ended the connection.', hint: 'Join again.' },
  1001: {
    code: 'ERR_SERVER_DRAINING',
    message: 'The server goes away.',
    hint: 'The client connects again by itself.',
  },
  [RoomCloseCode.badMessage]: {
    code: 'ERR_BAD_MESSAGE',
    message: 'The server refused a message as malformed.',
    hint: 'Client and server are of different versions: reload the page, or update the package.',
  },
  [RoomCloseCode.notAuthenticated]: {
    code: 'ERR_NOT_AUTHENTICATED',
    message: 'The server does not know who you are.',
    hint: 'Sign in again, or give a fresh ticket.',
  },
  [RoomCloseCode.notAllowed]: {
    code: 'ERR_NOT_ALLOWED',
    message: 'You may not do this.',
    hint: 'Ask the host of the room, or who runs the server.',
  },
  [RoomCloseCode.noSuchRoom]: {
    code: 'ERR_ROOM_NOT_FOUND',
    message: 'There is no such room.',
    hint: 'Check the link, or choose a room from the list.',
  },
  [RoomCloseCode.replaced]: {
    code: 'ERR_REPLACED',
    message: 'Another connection of this client took the place of this one.',
    hint: 'Go on in the other tab, or join again here.',
  },
  [RoomCloseCode.roomClosed]: {
    code: 'ERR_ROOM_CLOSED',
    message: 'The room is closed.',
    hint: 'Read its history, or open another room.',
  },
  [RoomCloseCode.tooLarge]: {
    code: 'ERR_TOO_LARGE',
    message: 'A message was larger than the server allows.',
    hint: 'Write shorter messages and send smaller pictures.',
  },
  [RoomCloseCode.budgetSpent]: {
    code: 'ERR_BUDGET_SPENT',
    message: 'What you or this room may use is spent.',
    hint: 'Ask who runs the server for more.',
  },
  [RoomCloseCode.internal]: {
    code: 'ERR_SERVER_INTERNAL',
    message: 'The server failed.',
    hint: 'The client connects again by itself.',
  },
  [RoomCloseCode.draining]: {
    code: 'ERR_SERVER_DRAINING',
    message: 'The server goes away.',
    hint: 'The client connects again by itself.',
  },
  [RoomCloseCode.upstreamTimeout]: {
    code: 'ERR_UPSTREAM_TIMEOUT',
    message: 'What stands behind the server did not answer in time.',
    hint: 'The client connects again by itself.',
  },
  [RoomCloseCode.slowConsumer]: {
    code: 'ERR_SLOW_CONSUMER',
    message: 'This connection was too slow for what the room sends.',
    hint: 'The client connects again by itself; a better network helps.',
  },
  [RoomCloseCode.tooFast]: {
    code: 'ERR_TOO_FAST',
    message: 'More was sent than the server allows.',
    hint: 'The client connects again by itself.',
  },
};

/**
 * What the close of a socket to a server of ours means.
 *
 * @param ready - whether the connection was usable. A browser reports a server that cannot be reached, or that refuses the
 * upgrade, as a connection that broke before.
 */
export function toCloseError(closing: SocketClosing, ready: boolean): LiveClientError {
  const meaning = meanings[closing.code] ?? broken(closing.code, ready);
  const said = closing.reason === '' ? '' : ` The server says: ${closing.reason}`;
  return new LiveClientError(meaning.code, `${meaning.message}${said}`, {
    closeCode: closing.code,
    reason: closing.reason,
    hint: meaning.hint,
    retryable: isRetryableRoomClose(closing.code),
  });
}

function broken(code: number, ready: boolean): CloseMeaning {
  return ready
    ? {
        code: 'ERR_CONNECTION_LOST',
        message: `The connection broke (close code ${code}).`,
        hint: 'The client connects again by itself.',
      }
    : {
        code: 'ERR_CONNECTION_FAILED',
        message: `The server could not be reached (close code ${code}).`,
        hint: 'Check the network and the URL, and that the server allows this origin.',
      };
}
