import type { RoomSnapshot } from '@colloquy/live-client';
import type { ModelState } from '@colloquy/live-protocol';

/** One line above the conversation. */
export interface Notice {
  readonly id: 'connecting' | 'reconnecting' | 'closed' | 'model-failed' | 'model-reconnecting';
  readonly tone: 'calm' | 'warning' | 'danger';
  readonly text: string;
  /** What a screen reader says instead of a text that counts down. */
  readonly spoken?: string;
}

/** What a server says when nobody gave a reason. */
const SAYS_NOTHING = /^the room (was|is) closed\.?$/i;

type Connection = RoomSnapshot['connection'];

/** What to say about the connection of somebody who has been in the room; `null` while all is well. */
export function describeConnection(connection: Connection, nowMs: number): Notice | null {
  switch (connection.status) {
    case 'open':
      return null;
    case 'idle':
    case 'connecting':
      return { id: 'connecting', tone: 'calm', text: 'Connecting…' };
    case 'reconnecting':
      return {
        id: 'reconnecting',
        tone: 'warning',
        text: `Connection lost. ${describeRetry(connection, nowMs)}`,
        spoken: 'Connection lost. Trying again.',
      };
    case 'closed':
      return { id: 'closed', tone: toneOfClose(connection), text: describeClosed(connection) };
    default:
      return connection.status satisfies never;
  }
}

/** What to say about the model; people can go on without it. */
export function describeModelTrouble(model: ModelState): Notice | null {
  if (model.status === 'reconnecting') {
    return {
      id: 'model-reconnecting',
      tone: 'calm',
      text: 'The model is being reconnected. What you say is kept for it.',
    };
  }
  if (model.status !== 'failed') return null;
  const why = model.reason ? ` ${withStop(model.reason)}` : '';
  return {
    id: 'model-failed',
    tone: 'danger',
    text: `The model is not available.${why} You can still talk with each other.`,
  };
}

function describeRetry({ retryAtMs, attempt }: Connection, nowMs: number): string {
  const again = attempt > 1 ? ` (attempt ${attempt})` : '';
  const seconds = retryAtMs === null ? 0 : Math.ceil((retryAtMs - nowMs) / 1000);
  return seconds > 0 ? `Trying again in ${seconds} s${again}…` : `Trying again${again}…`;
}

/** Rooms are closed and tabs are switched on purpose; everything else is trouble. */
function toneOfClose({ error }: Connection): Notice['tone'] {
  if (error === null || error.code === 'ERR_ROOM_CLOSED') return 'calm';
  return error.code === 'ERR_REPLACED' ? 'warning' : 'danger';
}

function describeClosed({ error }: Connection): string {
  if (error === null) return 'You have left this room.';
  if (error.code === 'ERR_ROOM_CLOSED') {
    const isSaid = error.reason !== '' && !SAYS_NOTHING.test(error.reason);
    return isSaid ? `This room was closed: ${withStop(error.reason)}` : 'This room was closed.';
  }
  if (error.code === 'ERR_REPLACED') return 'You joined this room in another tab, which took over.';
  // What the client would do by itself about a passing error, it has done: it has given up.
  const hint = error.retryable ? '' : error.hint;
  return [error.message, hint].filter(Boolean).map(withStop).join(' ');
}

function withStop(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
