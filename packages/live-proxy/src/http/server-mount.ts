import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { type AttachableServer, mountUpgrades, type UpgradeMount } from './server-upgrades.ts';

/** A service that lives under a path of somebody else's server. */
export interface ServerMount extends UpgradeMount {
  handleRequest(request: IncomingMessage, response: ServerResponse): void;
}

type RequestListener = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Gives a service its requests and upgrades and leaves all others to the server's own listeners. All services of one
 * server share their listeners, so they may come and go in any order. The server's own request listeners are taken
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
  const leaveUpgrades = mountUpgrades(server, mount);
  return () => {
    leaveUpgrades();
    if (shared.remove(mount)) mountsOf.delete(server);
  };
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
  }

  add(mount: ServerMount): void {
    this.#mounts.add(mount);
  }

  /** Returns whether it was the last one, and the server is as it was before. */
  remove(mount: ServerMount): boolean {
    if (!this.#mounts.delete(mount) || this.#mounts.size > 0) return false;
    this.#server.off('request', this.#onRequest);
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

  #ownerOf(request: IncomingMessage): ServerMount | null {
    for (const mount of this.#mounts) if (mount.owns(request)) return mount;
    return null;
  }
}
