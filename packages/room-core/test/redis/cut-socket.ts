import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A Unix socket in front of another one, that can be cut, or go silent. */
export class CutSocket {
  readonly path: string;
  readonly #behind: string;
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;

  private constructor(path: string, behind: string) {
    this.path = path;
    this.#behind = behind;
  }

  static async listen(path: string, behind: string): Promise<CutSocket> {
    const socket = new CutSocket(path, behind);
    await socket.mend();
    return socket;
  }

  /** Everything breaks, and nobody is let through. */
  async cut(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (!server) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** As when a machine loses its power: whoever is here gets nothing through, and no end. Whoever comes is let through. */
  silence(): void {
    for (const socket of this.#sockets) {
      socket.unpipe();
      socket.pause();
    }
  }

  /** Whoever comes is let through again. */
  async mend(): Promise<void> {
    await rm(this.path, { force: true });
    const server = createServer((socket) => this.#pass(socket));
    this.#server = server;
    server.listen(this.path);
    await once(server, 'listening');
  }

  #pass(socket: Socket): void {
    const behind = connect(this.#behind);
    for (const [end, other] of [
      [socket, behind],
      [behind, socket],
    ] as const) {
      this.#sockets.add(end);
      end.on('error', () => {});
      end.on('close', () => {
        this.#sockets.delete(end);
        other.destroy();
      });
      end.pipe(other);
    }
  }
}
