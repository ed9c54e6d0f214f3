import type { RoomServerMessage } from '@colloquy/live-protocol';
import { MediaFrameError, parseRoomServerMessage, RoomMessageError } from '@colloquy/live-protocol';
import type { Emitter } from '../emitter.ts';
import { LiveClientError } from '../errors.ts';
import type { LogPages } from './log-pages.ts';
import type { RoomCapture } from './room-capture.ts';
import type { RoomEvents } from './room-events.ts';
import type { RoomLink } from './room-link.ts';
import type { RoomOutput } from './room-output.ts';
import type { RoomRequests } from './room-requests.ts';
import type { RoomState } from './room-state.ts';
import type { RoomTools } from './room-tools.ts';
import type { WatchList } from './watch-list.ts';

/** Whom a {@link RoomInbox} gives what comes. */
export interface RoomInboxPort {
  readonly link: RoomLink;
  readonly state: RoomState;
  readonly output: RoomOutput;
  readonly capture: RoomCapture;
  readonly watchList: WatchList;
  readonly pages: LogPages;
  readonly requests: RoomRequests;
  readonly tools: RoomTools;
  readonly events: Emitter<RoomEvents>;
}

/** Gives everything that a room sends to the part that it is for. */
export class RoomInbox {
  readonly #port: RoomInboxPort;

  constructor(port: RoomInboxPort) {
    this.#port = port;
  }

  /** Takes a message or a media frame; one that is not of this wire is told as an `error` event. */
  receive(data: string | Uint8Array<ArrayBuffer>): void {
    try {
      if (typeof data === 'string') {
        const message = parseRoomServerMessage(data);
        if (message) this.#message(message);
      } else if (this.#port.link.isOpen) {
        this.#port.output.receive(data);
      }
    } catch (cause) {
      if (!(cause instanceof RoomMessageError) && !(cause instanceof MediaFrameError)) throw cause;
      const error = new LiveClientError('ERR_BAD_SERVER_MESSAGE', cause.message, {
        cause,
        hint: 'Client and server are of different versions: reload the page, or update the package.',
      });
      this.#port.events.emit('error', { error });
    }
  }

  #message(message: RoomServerMessage): void {
    const { link, state, output, capture, watchList, pages, requests, tools, events } = this.#port;
    switch (message.type) {
      case 'welcome':
        link.welcomed();
        state.welcome(message);
        this.#peopleChanged();
        capture.joined(message.codecs);
        watchList.joined();
        tools.joined();
        return;
      case 'waiting':
        link.waiting();
        state.receive(message);
        return;
      case 'codecs':
        capture.setCodecs(message);
        return;
      case 'keyFrame':
        capture.requestKeyFrame(message.source);
        return;
      case 'pong':
        link.answered(message.t);
        state.askForGap();
        return;
      case 'goaway':
        link.goAwayIn(message.inMs);
        return;
      case 'history':
      case 'found':
        pages.requests.answered(message);
        return;
      case 'done':
        requests.done(message.id, message.result);
        return;
      case 'refused':
        requests.refused(message);
        return;
      case 'muted':
        capture.muted(message.source);
        events.emit('muted', { source: message.source, by: message.by });
        return;
      case 'toolCall':
      case 'toolCancelled':
      case 'toolApproval':
      case 'toolDecided':
        tools.receive(message);
        return;
      case 'interrupted':
        output.sound.interruptModel(message.turn);
        state.receive(message);
        return;
      case 'presence':
        state.receive(message);
        this.#peopleChanged();
        return;
      default:
        state.receive(message);
    }
  }

  #peopleChanged(): void {
    const { output, capture, state } = this.#port;
    output.peopleChanged();
    capture.setWatched(state.hasCompany);
  }
}
