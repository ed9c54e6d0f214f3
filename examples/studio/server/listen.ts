import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The studio cannot have the address that it was given. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  /** The system's code, such as `EADDRINUSE`. */
  readonly code: string;

  constructor({ host, port }: ListenAddress, cause: NodeJS.ErrnoException) {
    const code = cause.code ?? 'UNKNOWN';
    super(`Cannot listen on port ${port} of ${host}: ${remedyOf(code, cause.message)}`, { cause });
    this.code = code;
  }
}

/** Where to listen. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Resolves with the port as soon as connections are taken.
 *
 * @throws {@link ListenError}
 */
export function listen(server: Server, address: ListenAddress): Promise<number> {
  return new Promise((resolve, reject) => {
    const refuse = (error: Error): void => reject(new ListenError(address, error));
    server.once('error', refuse);
    server.listen(address.port, address.host, () => {
      server.off('error', refuse);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function remedyOf(code: string, otherwise: string): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'another program has it. Stop that program, or give another "port"; 0 takes a free one.';
    case 'EACCES':
      return 'this user may not. Give a "port" from 1024.';
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return 'that is no address of this machine. Give 127.0.0.1 or 0.0.0.0 as "host".';
    default:
      return otherwise;
  }
}
