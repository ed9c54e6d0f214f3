import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Clock, scaleClock, systemClock } from '../clock.ts';
import { LiveEmulatorError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { authorityOf, listen } from '../server/listen.ts';
import { isTokenPath } from '../server/token-endpoint.ts';
import type { Recording } from './read-recording.ts';
import { linesOf, type ReplayPeer, ReplayScript } from './replay-script.ts';

/** Options of {@link startPlayer}. */
export interface PlayerOptions {
  /** What is played, from `readRecording`. */
  readonly recording: Recording;
  /** TCP port; `0` takes a free one. @defaultValue 0 */
  readonly port?: number;
  /** Address to listen on. @defaultValue '127.0.0.1' */
  readonly host?: string;
  /** Time. @defaultValue the machine's */
  readonly clock?: Clock;
  /** How many times faster than it was recorded. @defaultValue 1 */
  readonly timeScale?: number;
  /** @defaultValue silent */
  readonly logger?: Logger;
}

/** A running player. */
export interface Player {
  /** Base URL for SDKs: `http://127.0.0.1:port`. */
  readonly url: string;
  /** The same for WebSocket clients. */
  readonly wsUrl: string;
  readonly port: number;
  /** Closes all connections and stops listening. Idempotent. */
  close(): Promise<void>;
}

/**
 * Serves a recording as if it were the upstream: the first client that connects gets the first recorded connection, and
 * so on; when there are no more, the last one again. Any path and any key will do, and tokens are made for whoever asks.
 *
 * @throws {@link LiveEmulatorError} `ERR_EMULATOR_RECORDING` when no connection was recorded, or when it cannot listen.
 */
export async function startPlayer(options: PlayerOptions): Promise<Player> {
  if (!options.recording.lines.some((line) => line.type === 'open')) {
    throw new LiveEmulatorError(
      'ERR_EMULATOR_RECORDING',
      'The recording has no connection in it, so there is nothing to play. Record a session first.',
    );
  }
  const player = new RunningPlayer(options);
  await player.listen();
  return player;
}

class RunningPlayer implements Player {
  readonly #options: PlayerOptions;
  readonly #clock: Clock;
  readonly #http: Server;
  readonly #sockets: WebSocketServer;
  #port = 0;
  #connections = 0;
  #closing: Promise<void> | null = null;

  constructor(options: PlayerOptions) {
    this.#options = options;
    this.#clock = scaleClock(options.clock ?? systemClock, options.timeScale ?? 1);
    this.#http = createServer(answerRequest);
    this.#sockets = new WebSocketServer({ server: this.#http, perMessageDeflate: false });
    this.#sockets.on('connection', (socket) => this.#play(socket));
    // Whether it can listen is told by the HTTP server itself.
    this.#sockets.on('error', () => {});
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `http://${authorityOf(this.#options.host ?? '127.0.0.1', this.#port)}`;
  }

  get wsUrl(): string {
    return this.url.replace('http', 'ws');
  }

  async listen(): Promise<void> {
    const { host = '127.0.0.1', port = 0 } = this.#options;
    this.#port = await listen(this.#http, { host, port });
  }

  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      for (const client of this.#sockets.clients) client.terminate();
      this.#sockets.close();
      this.#http.close(() => resolve());
      this.#http.closeAllConnections();
    });
    return this.#closing;
  }

  #play(socket: WebSocket): void {
    this.#connections += 1;
    const connection = this.#connections;
    const peer: ReplayPeer = {
      send: (bytes, isBinary) => socket.send(bytes, { binary: isBinary }),
      close: (code, reason) => socket.close(code, reason),
      terminate: () => socket.terminate(),
    };
    const script = new ReplayScript({
      lines: linesOf(this.#options.recording, connection),
      peer,
      clock: this.#clock,
      onSurprise: (text) => this.#options.logger?.warn?.(`Connection ${connection}: ${text}`),
    });
    socket.on('message', (data) => script.receive(data.toString()));
    socket.on('close', () => script.close());
    // The close that follows ends the script.
    socket.on('error', () => {});
  }
}

/** Any token opens a player, so one that means nothing will do. */
function answerRequest(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  if (request.method === 'POST' && isTokenPath(request.url ?? '/')) {
    response.writeHead(200, { 'content-type': 'application/json; charset=UTF-8', 'cache-control': 'no-store' });
    response.end(JSON.stringify({ name: 'auth_tokens/replay' }));
    return;
  }
  const text = 'A player serves WebSocket connections, and POST of auth_tokens.\n';
  response.writeHead(404, { 'content-type': 'text/plain' }).end(text);
}
