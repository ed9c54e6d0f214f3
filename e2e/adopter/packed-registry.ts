import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Packed } from './install.ts';

/** A registry on this machine that has the packed packages and nothing else. */
export interface PackedRegistry {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves what a release would publish, as far as `npm install` asks for it. */
export async function servePacked(packed: readonly Packed[]): Promise<PackedRegistry> {
  // npm keeps what it got under the address: one that was never used before has nothing old.
  const root = `/${randomUUID()}/`;
  const tarballs = new Map<string, Buffer>();
  for (const { manifest, tarball } of packed) tarballs.set(manifest.name, await readFile(tarball));

  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', url).pathname);
    const [, name = '', isTarball] = /^(@colloquy\/[\w-]+)(\/tarball)?$/.exec(path.slice(root.length)) ?? [];
    const manifest = packed.find((one) => one.manifest.name === name)?.manifest;
    const tarball = tarballs.get(name);
    if (!path.startsWith(root) || manifest === undefined || tarball === undefined) {
      response.writeHead(404).end('{}');
    } else if (isTarball) response.end(tarball);
    else {
      const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
      const version = { ...manifest, dist: { tarball: `${url}${name}/tarball`, integrity } };
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({
          name,
          'dist-tags': { latest: manifest.version },
          versions: { [manifest.version]: version },
        }),
      );
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${root}`;
  return {
    url,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
