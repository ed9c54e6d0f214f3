import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { type Clock, systemClock } from '../clock.ts';
import { authorityOf, listen } from '../server/listen.ts';
import { isTokenPath } from '../server/token-endpoint.ts';
import { RecordedConnection } from './recorded-connection.ts';
import type { MediaTreatment, RecordingLine } from './recording-line.ts';
import { Sanitiser, secretsOf } from './sanitise.ts';
import { relayTokenRequest } from './token-relay.ts';

/** Largest message that passes, in bytes. */
const MOST_MESSAGE_BYTES = 64 * 1024 * 1024;
/** Headers that belong to one connection, or that the WebSocket client writes itself. */
const OWN_HEADERS =
  /^(?:host|connection|upgrade|sec-websocket-.*|content-length|transfer-encoding|keep-alive|te|trailer|proxy-.*)$/;

/** Options of {@link startRecorder}. */
export interface RecorderOptions {
  /**
   * Where connections go: `wss://generativelanguage.googleapis.com`, another emulator, your own proxy. Path and query
   * are the client's, behind the path of this; a query or a user of its own is refused.
   */
  readonly upstream: string;
  /** Takes one line of the recording, without its line break. */
  readonly write: (line: string) => void;
  /**
   * `fingerprint` writes SHA-256 and length in place of audio, pictures and video.
   * @defaultValue 'keep'
   */
  readonly media?: MediaTreatment;
  /** TCP port; `0` takes a free one. @defaultValue 0 */
  readonly port?: number;
  /** Address to listen on. Who reaches it uses the upstream in your name. @defaultValue '127.0.0.1' */
  readonly host?: string;
  /** Time. @defaultValue the machine's */
  readonly clock?: Clock;
}

/** A running recorder. */
export interface Recorder {
  /** Base URL for SDKs: `http://127.0.0.1:port`. */
  readonly url: string;
  /** The same for WebSocket clients. */
  readonly wsUrl: string;
  readonly port: number;
  /** Closes all connections and stops listening; when it resolves, their ends are written, and nothing is any more. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts a recorder: any WebSocket client on one side, any upstream on the other, and every message that passes between
 * them written down with its time. Keys never are. Requests for ephemeral tokens pass too, and are not written down.
 *
 * @throws `TypeError` when `upstream` is no `ws:` or `wss:` URL; {@link LiveEmulatorError} when it cannot listen.
 */
export async function startRecorder(options: RecorderOptions): Promise<Recorder> {
  const recorder = new RunningRecorder(options);
  await recorder.listen();
  return recorder;
}

class RunningRecorder implements Recorder {
  readonly #options: RecorderOptions;
  readonly #upstream: URL;
  readonly #clock: Clock;
  readonly #startedAt: number;
  readonly #http: Server;
  readonly #sockets: WebSocketServer;
  readonly #upstreams = new Set<WebSocket>();
  #port = 0;
  #connections = 0;
  #closing: Promise<void> | null = null;
  /** Whoever writes to a file may have ended it: what comes late is not written. */
  #isOver = false;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#upstream = readUpstream(options.upstream);
    this.#clock = options.clock ?? systemClock;
    this.#startedAt = this.#clock.monotonic();
    this.#http = createServer((request, response) => this.#answer(request, response));
    this.#sockets = new WebSocketServer({
      noServer: true,
      maxPayload: MOST_MESSAGE_BYTES,
      perMessageDeflate: false,
      // The upstream has chosen already.
      handleProtocols: (_, request) => this.#protocols.get(request) || false,
    });
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    this.#write({
      type: 'header',
      format: 'gemini-live-recording',
      version: 1,
      startedAt: new Date(this.#clock.now()).toISOString(),
      upstream: `${this.#upstream.protocol}//${this.#upstream.host}${this.#upstream.pathname}`,
      media: options.media ?? 'keep',
    });
  }

  /** Sub-protocol that the upstream chose for a request. */
  readonly #protocols = new WeakMap<IncomingMessage, string>();

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
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const sockets = [...this.#upstreams, ...this.#sockets.clients];
    const ended = sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    for (const socket of sockets) socket.terminate();
    const stopped = new Promise((resolve) => this.#http.close(resolve));
    this.#http.closeAllConnections();
    this.#sockets.close();
    await Promise.all([stopped, ...ended]);
    this.#isOver = true;
  }

  /** Of plain requests only those for ephemeral tokens pass: without them a client that uses tokens could not connect. */
  #answer(request: IncomingMessage, response: ServerResponse): void {
    const target = request.url ?? '/';
    if (request.method !== 'POST' || !isTokenPath(target)) {
      const text = 'A recorder passes WebSocket connections, and POST of auth_tokens.\n';
      response.writeHead(404, { 'content-type': 'text/plain' }).end(text);
      return;
    }
    const secrets = secretsOf(target, request.headers);
    const path = new Sanitiser({ media: 'fingerprint', secrets }).path(target);
    relayTokenRequest(request, response, this.#upstreamUrl(target).replace('ws', 'http')).then(
      (status) => this.#write({ type: 'token', atMs: this.#elapsed(), path, status }),
      // The client left while it was read: nobody waits for an answer.
      () => response.destroy(),
    );
  }

  #upstreamUrl(target: string): string {
    const { protocol, host, pathname } = this.#upstream;
    return `${protocol}//${host}${pathname.replace(/\/+$/, '')}${target}`;
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#connections += 1;
    const connection = this.#connections;
    const target = request.url ?? '/';
    const sanitiser = new Sanitiser({
      media: this.#options.media ?? 'keep',
      secrets: secretsOf(target, request.headers),
    });
    const path = sanitiser.path(target);
    const upstream = this.#dial(request, target);
    const refuse = (status: number | null, text: string): void => {
      this.#write({ type: 'refused', atMs: this.#elapsed(), connection, path, status });
      socket.end(`HTTP/1.1 ${status ?? 502} ${text}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    };
    // A client that leaves while the upstream is dialled needs none.
    const leave = (): void => upstream.terminate();
    const ignore = (): void => {};
    socket.once('close', leave);
    socket.on('error', ignore);
    upstream.once('unexpected-response', (dialled, response) => {
      refuse(response.statusCode ?? null, response.statusMessage ?? '');
      dialled.destroy();
    });
    upstream.on('error', () => {
      if (upstream.readyState !== upstream.OPEN && !socket.writableEnded) refuse(null, 'Bad Gateway');
    });
    upstream.once('open', () => {
      socket.off('close', leave);
      if (upstream.protocol !== '') this.#protocols.set(request, upstream.protocol);
      // Messages of the upstream wait until there is somebody to take them.
      upstream.pause();
      this.#sockets.handleUpgrade(request, socket, head, (client) => {
        socket.off('error', ignore);
        this.#write({ type: 'open', atMs: this.#elapsed(), connection, path });
        const write = (line: RecordingLine): void => this.#write(line);
        new RecordedConnection({ connection, client, upstream, sanitiser, write, elapsed: () => this.#elapsed() });
        upstream.resume();
      });
    });
  }

  #dial(request: IncomingMessage, target: string): WebSocket {
    const headers = Object.entries(request.headers).filter(([name]) => !OWN_HEADERS.test(name));
    const protocols = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? [];
    const upstream = new WebSocket(this.#upstreamUrl(target), protocols, {
      headers: Object.fromEntries(headers.map(([name, value]) => [name, value ?? ''])),
      maxPayload: MOST_MESSAGE_BYTES,
      perMessageDeflate: false,
    });
    this.#upstreams.add(upstream);
    upstream.once('close', () => this.#upstreams.delete(upstream));
    return upstream;
  }

  #elapsed(): number {
    return Math.round(this.#clock.monotonic() - this.#startedAt);
  }

  #write(line: RecordingLine): void {
    if (!this.#isOver) this.#options.write(JSON.stringify(line));
  }
}

function readUpstream(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  // SDKs name HTTP addresses and mean WebSockets.
  const protocol = url?.protocol.replace('http', 'ws');
  if (!url || (protocol !== 'ws:' && protocol !== 'wss:')) {
    throw new TypeError(
      `upstream is ${JSON.stringify(text)}; give a URL such as wss://generativelanguage.googleapis.com.`,
    );
  }
  if (url.search !== '' || url.username !== '' || url.password !== '') {
    // The value stays untold: this is where keys stand.
    throw new TypeError(
      'upstream has a query or a user; give it without: what a client sends with its own is passed on.',
    );
  }
  return new URL(`${protocol}//${url.host}${url.pathname}`);
}
