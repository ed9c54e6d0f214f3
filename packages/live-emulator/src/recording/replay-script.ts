import type { Clock, Timer } from '../clock.ts';
import { frameBytes } from './frame-bytes.ts';
import type { Recording } from './read-recording.ts';
import type { CloseLine, MessageLine } from './recording-line.ts';

/** Kinds of client messages that a script waits for; audio, pictures and the like come when and as often as they will. */
const AWAITED_KINDS = ['setup', 'clientContent', 'toolResponse', 'contextUpdate'];
/** Fields of `realtimeInput` that are waited for. */
const AWAITED_INPUT = ['text', 'activityStart', 'activityEnd', 'audioStreamEnd'];

/** What a script does to the client. */
export interface ReplayPeer {
  send(bytes: Uint8Array, isBinary: boolean): void;
  close(code: number, reason: string): void;
  terminate(): void;
}

/** Options of {@link ReplayScript}. */
export interface ReplayScriptOptions {
  /** Lines of one connection, in order. */
  readonly lines: readonly (MessageLine | CloseLine)[];
  readonly peer: ReplayPeer;
  readonly clock: Clock;
  /** Told when a message of the client is none of those that the recording has. */
  readonly onSurprise: (text: string) => void;
}

/**
 * Plays the server's side of one recorded connection. Time is the recording's, counted from the last message of the
 * client that was waited for: a client that answers later is served later, and never before it has asked.
 */
export class ReplayScript {
  readonly #options: ReplayScriptOptions;
  #next = 0;
  /** What the client has sent and the script has not come to yet, by kind. */
  readonly #arrived = new Map<string, number>();
  /** The recording's time and the clock's, at the last message that was waited for. */
  #origin: { readonly recordedMs: number; readonly actualMs: number };
  #timer: Timer | null = null;
  #isClosed = false;

  constructor(options: ReplayScriptOptions) {
    this.#options = options;
    this.#origin = { recordedMs: options.lines[0]?.atMs ?? 0, actualMs: options.clock.monotonic() };
    this.#advance();
  }

  /** The client sent a message. */
  receive(text: string): void {
    const kind = kindOf(text);
    if (kind === null) return;
    const ahead = this.#options.lines.slice(this.#next).filter((line) => awaitedKind(line) === kind).length;
    const waiting = this.#arrived.get(kind) ?? 0;
    if (waiting >= ahead) {
      this.#options.onSurprise(`The client sent ${kind}, which the recording does not have here; it was ignored.`);
      return;
    }
    this.#arrived.set(kind, waiting + 1);
    this.#advance();
  }

  /** The client is gone. */
  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  #advance(): void {
    const { lines, clock } = this.#options;
    if (this.#timer !== null) return;
    for (let line = lines[this.#next]; line && !this.#isClosed; line = lines[this.#next]) {
      const kind = awaitedKind(line);
      if (kind !== null) {
        const count = this.#arrived.get(kind) ?? 0;
        if (count === 0) return;
        this.#arrived.set(kind, count - 1);
        this.#origin = { recordedMs: line.atMs, actualMs: clock.monotonic() };
      } else if (isOfServer(line)) {
        const wait = line.atMs - this.#origin.recordedMs - (clock.monotonic() - this.#origin.actualMs);
        if (wait > 0) {
          this.#timer = clock.setTimer(wait, () => {
            this.#timer = null;
            this.#advance();
          });
          return;
        }
        this.#play(line);
      }
      this.#next += 1;
    }
  }

  #play(line: MessageLine | CloseLine): void {
    const { peer } = this.#options;
    if (line.type !== 'close') peer.send(frameBytes(line), line.frame === 'binary');
    else if (line.code === 1006) peer.terminate();
    else peer.close(line.code === 1005 ? 1000 : line.code, line.reason);
  }
}

/** The recorded lines of connection `number`; of the last one when there were fewer. */
export function linesOf({ lines }: Recording, number: number): (MessageLine | CloseLine)[] {
  const numbers = lines.flatMap((line) => (line.type === 'open' ? [line.connection] : []));
  const chosen = numbers[Math.min(number, numbers.length) - 1];
  return lines.filter(
    (line): line is MessageLine | CloseLine =>
      (line.type === 'client' || line.type === 'server' || line.type === 'close') && line.connection === chosen,
  );
}

function isOfServer(line: MessageLine | CloseLine): boolean {
  return line.type === 'server' || (line.type === 'close' && line.by === 'server');
}

function awaitedKind(line: MessageLine | CloseLine): string | null {
  return line.type === 'client' ? kindOfMessage(line.message) : null;
}

function kindOf(text: string): string | null {
  try {
    return kindOfMessage(JSON.parse(text));
  } catch {
    // Not JSON: a script does not wait for it.
    return null;
  }
}

function kindOfMessage(message: unknown): string | null {
  if (typeof message !== 'object' || message === null) return null;
  const [[name, value] = ['', null]] = Object.entries(message).map(
    ([key, inner]) => [toCamelCase(key), inner] as const,
  );
  if (AWAITED_KINDS.includes(name)) return name;
  if (name !== 'realtimeInput' || typeof value !== 'object' || value === null) return null;
  const field = Object.keys(value)
    .map(toCamelCase)
    .find((key) => AWAITED_INPUT.includes(key));
  return field === undefined ? null : `${name}.${field}`;
}

function toCamelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
