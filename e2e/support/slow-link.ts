import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as later } from 'node:timers/promises';

/** What a link is like. */
export interface LinkQuality {
  /** Bytes that the server's side gets through in a second; `Infinity`: as fast as it goes. */
  readonly downBytesPerSecond: number;
  /** The same for the client's. */
  readonly upBytesPerSecond: number;
  /** Milliseconds that everything is on its way, in each direction. */
  readonly latencyMs: number;
}

/** A link that nobody notices. */
export const GOOD_LINK: LinkQuality = {
  downBytesPerSecond: Number.POSITIVE_INFINITY,
  upBytesPerSecond: Number.POSITIVE_INFINITY,
  latencyMs: 0,
};

/** A slow link passes on twenty times a second. */
const TICK_MS = 50;

/** A TCP link to a server that can be made bad in both directions: slow, and long. Nothing is lost on it. */
export class SlowLink {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Now; what is on its way already keeps its latency. */
  quality: LinkQuality = GOOD_LINK;

  private constructor(target: number) {
    this.#server = createServer((client) => {
      const upstream = connect(target, '127.0.0.1');
      for (const socket of [client, upstream]) {
        this.#sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => {
          this.#sockets.delete(socket);
          client.destroy();
          upstream.destroy();
        });
      }
      void this.#pass(client, upstream, () => this.quality.upBytesPerSecond);
      void this.#pass(upstream, client, () => this.quality.downBytesPerSecond);
    });
  }

  static async open(target: number): Promise<SlowLink> {
    const link = new SlowLink(target);
    await new Promise<void>((resolve) => link.#server.listen(0, '127.0.0.1', resolve));
    return link;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  async #pass(from: Socket, to: Socket, bytesPerSecond: () => number): Promise<void> {
    // One after the other: a link that becomes better does not let the later overtake the earlier.
    let arrived: Promise<unknown> = Promise.resolve();
    try {
      for await (const chunk of from) {
        let rest = chunk as Buffer;
        while (rest.length > 0) {
          const speed = bytesPerSecond();
          const isSlow = Number.isFinite(speed);
          const part = isSlow ? rest.subarray(0, Math.max(1, Math.round((speed * TICK_MS) / 1_000))) : rest;
          rest = rest.subarray(part.length);
          arrived = Promise.all([arrived, later(this.quality.latencyMs)]).then(() => to.write(part));
          if (isSlow) await later(TICK_MS);
        }
      }
      await arrived;
      to.end();
    } catch {
      // The connection was cut.
      to.destroy();
    }
  }
}
