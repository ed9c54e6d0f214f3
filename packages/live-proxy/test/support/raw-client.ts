import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A client that writes whatever bytes a test likes, once the handshake is done. */
export class RawClient {
  readonly socket: Socket;
  /** Resolves when the connection is gone. */
  readonly closed: Promise<void>;

  private constructor(socket: Socket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  /** @param url `ws://host:port/path` */
  static async open(url: string, authorization = 'Bearer ana'): Promise<RawClient> {
    const { hostname, port, pathname } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => {});
    socket.write(
      [
        `GET ${pathname} HTTP/1.1`,
        `Host: ${hostname}:${port}`,
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        `Sec-WebSocket-Key: ${'A'.repeat(22)}==`,
        `Authorization: ${authorization}`,
        '\r\n',
      ].join('\r\n'),
    );
    const client = new RawClient(socket);
    await once(socket, 'data');
    // What comes back is of no interest, and must be read for the end to come.
    socket.resume();
    return client;
  }

  /** Writes something, and resolves when an answer has come, or the end. */
  async ask(bytes: Buffer): Promise<void> {
    const answered = once(this.socket, 'data');
    answered.catch(() => {});
    this.socket.write(bytes);
    await Promise.race([answered, this.closed]);
  }
}
