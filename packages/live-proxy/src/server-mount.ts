import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Duplex } from 'node:stream';

/** A server that a service can be attached to. */
export type AttachableServer = Server | HttpsServer;

/** A service that lives under a path of somebody else's server. */
export interface ServerMount {
  /** Whether this service answers the request; it must not have side effects. */
  owns(request: IncomingMessage): boolean;
  handleRequest(request: IncomingMessage, response: ServerResponse): void;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

type RequestListener = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Gives a service its requests and upgrades and leaves all others to the server's own listeners. All services of one
 * server share one pair of listeners, so they may come and go in any order. The server's own request listeners are taken
 * over at the first mount: add the application before mounting.
 *
 * @returns The undo.
 */
export function mountOnServer(server: AttachableServer, mount: ServerMount): () => void {
  let mounts = mountsOf.get(server);
  if (mounts === undefined) {
    mounts = new ServerMounts(server);
    mountsOf.set(server, mounts);
  }
  const shared = mounts;
  shared.add(mount);
  return () => {
    if (shared.remove(mount)) mountsOf.delete(server);
  };
}

/** Ends an upgrade with an HTTP answer and a JSON error; the client never sees a WebSocket. */
export function refuseUpgrade(socket: Duplex, status: number, error: { code: string; message: string }): void {
  if (socket.destroyed) return;
  const body = JSON.stringify({ error });
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ];
  // Without a listener a reset of this socket would be an uncaught exception.
  socket.on('error', () => socket.destroy());
  socket.once('finish', () => socket.destroy());
  socket.end(lines.join('\r\n'));
}

const mountsOf = new WeakMap<AttachableServer, ServerMounts>();

class ServerMounts {
  readonly #server: Server;
  readonly #mounts = new Set<ServerMount>();
  readonly #taken: RequestListener[];

  constructor(server: AttachableServer) {
    this.#server = server as Server; // the events used here are those of both
    this.#taken = this.#server.listeners('request') as RequestListener[];
    this.#server.removeAllListeners('request');
    this.#server.on('request', this.#onRequest);
    this.#server.on('upgrade', this.#onUpgrade);
  }

  add(mount: ServerMount): void {
    this.#mounts.add(mount);
  }

  /** Returns whether it was the last one, and the server is as it was before. */
  remove(mount: ServerMount): boolean {
    if (!this.#mounts.delete(mount) || this.#mounts.size > 0) return false;
    this.#server.off('request', this.#onRequest);
    this.#server.off('upgrade', this.#onUpgrade);
    for (const listener of this.#taken) this.#server.on('request', listener);
    return true;
  }

  readonly #onRequest: RequestListener = (request, response) => {
    const owner = this.#ownerOf(request);
    if (owner !== null) {
      owner.handleRequest(request, response);
      return;
    }
    for (const listener of this.#taken) listener.call(this.#server, request, response);
    if (this.#taken.length === 0 && this.#server.listenerCount('request') === 1) {
      // Nobody else is there to answer; the client would wait for ever.
      response.writeHead(404).end();
    }
  };

  readonly #onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const owner = this.#ownerOf(request);
    if (owner !== null) {
      owner.handleUpgrade(request, socket, head);
    } else if (this.#server.listenerCount('upgrade') === 1) {
      refuseUpgrade(socket, 404, { code: 'ERR_NO_SUCH_PATH', message: 'Nothing at this path takes WebSockets.' });
    }
  };

  #ownerOf(request: IncomingMessage): ServerMount | null {
    for (const mount of this.#mounts) if (mount.owns(request)) return mount;
    return null;
  }
}
