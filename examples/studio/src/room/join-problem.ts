import type { LiveClientError } from '@colloquy/live-client';

/** Why somebody is not in a room, and what they can do, in words for people. */
export interface JoinProblem {
  readonly kind: 'closed' | 'unknown' | 'not-allowed' | 'stranger' | 'replaced' | 'other';
  readonly title: string;
  readonly text: string;
  /** The way on; the way back to the lobby is always there. */
  readonly action: 'history' | 'retry' | 'introduce' | null;
  /** Technical words, for those who have to find the cause. */
  readonly detail: string;
}

/** Explains an error that no further attempt will cure. */
export function describeJoinProblem(error: LiveClientError | null): JoinProblem {
  const detail = error === null ? '' : detailOf(error);
  switch (error?.code) {
    case 'ERR_ROOM_CLOSED':
      return {
        kind: 'closed',
        title: 'This room is closed',
        text: 'The conversation is over. Everything that was said can still be read.',
        action: 'history',
        detail: '',
      };
    case 'ERR_ROOM_NOT_FOUND':
      return {
        kind: 'unknown',
        title: 'There is no such room',
        text: 'The link may be incomplete. Ask whoever sent it for a new one, or choose a room from the list.',
        action: null,
        detail: '',
      };
    case 'ERR_NOT_ALLOWED':
      return {
        kind: 'not-allowed',
        title: 'You cannot enter this room',
        text: error.reason || 'Ask the host of the room to let you in.',
        action: 'retry',
        detail: '',
      };
    case 'ERR_NOT_AUTHENTICATED':
      return {
        kind: 'stranger',
        title: 'Who are you again?',
        text: 'The cookie with your name has run out. Tell us your name once more, and you are back.',
        action: 'introduce',
        detail: '',
      };
    case 'ERR_REPLACED':
      return {
        kind: 'replaced',
        title: 'You are in this room in another tab',
        text: 'This tab was disconnected when the other one joined.',
        action: 'retry',
        detail: '',
      };
    default:
      return {
        kind: 'other',
        title: 'The room cannot be reached',
        // What the client would do by itself about a passing error, it has done: it has given up.
        text: (!error?.retryable && error?.hint) || 'Check your connection and try again.',
        action: 'retry',
        detail,
      };
  }
}

function detailOf({ message, code, closeCode }: LiveClientError): string {
  return `${message} (${code}${closeCode === null ? '' : `, ${closeCode}`})`;
}
