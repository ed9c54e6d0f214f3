import { type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { refuseUpgrade } from './refuse-upgrade.ts';

/** A server that a service can be attached to. */
export type AttachableServer = Server | HttpsServer;

/** A service that takes the upgrades of some paths of somebody else's server. */
export interface UpgradeMount {
  /** Whether the path of this upgrade is the service's; it must not have side effects. */
  owns(request: IncomingMessage): boolean;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/**
 * Gives a service the WebSocket upgrades of its paths. Those of other paths are left to whoever else listens for them.
 *
 * Node hands every request with an `Upgrade` header to the listeners for upgrades as soon as there is one, so without
 * care a first mount would swallow what the application answered before: HTTP clients that offer `h2c`, and WebSockets of
 * paths that nobody serves. Both are given back to the server's request listeners.
 *
 * @returns The undo.
 */
export function mountUpgrades(server: AttachableServer, mount: UpgradeMount): () => void {
  let upgrades = upgradesOf.get(server);
  if (upgrades === undefined) {
    upgrades = new ServerUpgrades(server as Server); // the events used here are those of both
    upgradesOf.set(server, upgrades);
  }
  const shared = upgrades;
  shared.add(mount);
  return () => {
    if (shared.remove(mount)) upgradesOf.delete(server);
  };
}

const upgradesOf = new WeakMap<AttachableServer, ServerUpgrades>();

/** All services of one server share one listener: each must know what the others own. */
class ServerUpgrades {
  readonly #server: Server;
  readonly #mounts = new Set<UpgradeMount>();

  constructor(server: Server) {
    this.#server = server;
    server.on('upgrade', this.#onUpgrade);
  }

  add(mount: UpgradeMount): void {
    this.#mounts.add(mount);
  }

  /** Returns whether it was the last one, and nobody listens any more. */
  remove(mount: UpgradeMount): boolean {
    if (!this.#mounts.delete(mount) || this.#mounts.size > 0) return false;
    this.#server.off('upgrade', this.#onUpgrade);
    return true;
  }

  readonly #onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const owner = [...this.#mounts].find((mount) => mount.owns(request));
    if (owner !== undefined && asksForWebSocket(request)) owner.handleUpgrade(request, socket, head);
    else if (owner !== undefined || this.#server.listenerCount('upgrade') === 1) {
      answerPlainly(this.#server, request, socket);
    }
  };
}

function asksForWebSocket(request: IncomingMessage): boolean {
  return /(?:^|[,\s])websocket(?:$|[,\s/])/i.test(request.headers.upgrade ?? '');
}

/** RFC 9110 §7.8: a server may ignore the offer to upgrade and answer the request. */
function answerPlainly(server: Server, request: IncomingMessage, socket: Duplex): void {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers;
  if (encoding !== undefined || length !== '0') {
    // Node has stopped to parse, so the body would never come.
    const message = 'A request with a body cannot be upgraded here; send it without the header Upgrade.';
    refuseUpgrade(socket, 400, { code: 'ERR_BAD_REQUEST', message });
    return;
  }
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  // Without a listener a reset of this socket would be an uncaught exception.
  socket.on('error', () => socket.destroy());
  response.once('finish', () => socket.end());
  response.assignSocket(socket as Parameters<ServerResponse['assignSocket']>[0]); // TLS sockets are such as well
  if (server.emit('request', request, response)) return;
  response.writeHead(404, { 'content-length': '0' }).end();
}
