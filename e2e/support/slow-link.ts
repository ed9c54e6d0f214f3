import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as later } from 'node:timers/promises';

/** A TCP link to a server that can be made slow: what the server sends is then read at so many bytes a second. */
export class SlowLink {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #bytesPerSecond = Number.POSITIVE_INFINITY;

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
      client.pipe(upstream);
      void this.#passDown(upstream, client);
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

  /** `Infinity`: as fast as it goes. */
  setSpeed(bytesPerSecond: number): void {
    this.#bytesPerSecond = bytesPerSecond;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  async #passDown(upstream: Socket, client: Socket): Promise<void> {
    try {
      for await (const chunk of upstream) {
        let rest = chunk as Buffer;
        while (rest.length > 0) {
          const speed = this.#bytesPerSecond;
          const size = Number.isFinite(speed) ? Math.max(1, Math.round(speed / 20)) : rest.length;
          client.write(rest.subarray(0, size));
          rest = rest.subarray(size);
          if (Number.isFinite(speed)) await later(50);
        }
      }
      client.end();
    } catch {
      // The connection was cut.
      client.destroy();
    }
  }
}
