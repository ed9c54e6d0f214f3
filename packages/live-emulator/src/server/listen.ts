import type { Server } from 'node:http';
import { LiveEmulatorError } from '../errors.ts';

/**
 * Has `server` listen and resolves with its port.
 *
 * @throws {@link LiveEmulatorError} `ERR_EMULATOR_PORT_IN_USE` or `ERR_EMULATOR_LISTEN`.
 */
export function listen(server: Server, address: { readonly host: string; readonly port: number }): Promise<number> {
  const { host, port } = address;
  return new Promise((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException): void => reject(cannotListen(cause, host, port));
    server.once('error', fail);
    server.listen({ host, port }, () => {
      server.off('error', fail);
      const bound = server.address();
      resolve(typeof bound === 'object' && bound !== null ? bound.port : port);
    });
  });
}

/** Host and port as a URL has them. */
export function authorityOf(host: string, port: number): string {
  // "Every address" is no address to connect to.
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return reachable.includes(':') ? `[${reachable}]:${port}` : `${reachable}:${port}`;
}

function cannotListen(cause: NodeJS.ErrnoException, host: string, port: number): LiveEmulatorError {
  if (cause.code === 'EADDRINUSE') {
    return new LiveEmulatorError(
      'ERR_EMULATOR_PORT_IN_USE',
      `Port ${port} on ${host} is in use by another program. Stop that program, or choose another port (0 takes a free one).`,
      { cause },
    );
  }
  return new LiveEmulatorError(
    'ERR_EMULATOR_LISTEN',
    `Cannot listen on ${host}, port ${port}: ${cause.message}. Choose an address of this machine and a port you may use.`,
    { cause },
  );
}
