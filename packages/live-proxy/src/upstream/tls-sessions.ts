import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';

/** Hosts whose sessions are remembered; a proxy has one or two. */
const mostHosts = 16;

/**
 * Opens TLS connections that go on where the last one to the same host left off, which spares its end a certificate and
 * both of them a signature.
 */
export class TlsSessions {
  readonly #sessionOf = new Map<string, Buffer>();

  connect(options: ConnectionOptions & { readonly host: string; readonly port: number }): TLSSocket {
    const key = `${options.host}:${options.port}`;
    const session = this.#sessionOf.get(key);
    const socket = connect(session === undefined ? options : { ...options, session });
    socket.on('session', (fresh) => this.#keep(key, fresh));
    // A session that the other end does not want any more may be why the handshake failed.
    socket.once('error', () => this.#sessionOf.delete(key));
    return socket;
  }

  #keep(key: string, session: Buffer): void {
    this.#sessionOf.delete(key);
    this.#sessionOf.set(key, session);
    const [oldest] = this.#sessionOf.keys();
    if (this.#sessionOf.size > mostHosts && oldest !== undefined) this.#sessionOf.delete(oldest);
  }
}
