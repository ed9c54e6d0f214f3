import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLiveProxy, endpoint } from '../src/index.ts';

// A process with nothing in it but the proxy, so that what it holds is what the proxy holds. Started with `--expose-gc`.

const [upstreamUrl, maxBufferedBytes] = process.argv.slice(2);
const proxy = createLiveProxy({
  upstream: endpoint({ url: upstreamUrl as string }),
  authenticate: ({ ticket }) => (ticket === null ? null : { id: ticket }),
  // Longer than the test: the slow client is there all the while.
  limits: { maxBufferedBytes: Number(maxBufferedBytes), stuckTimeoutMs: 600_000 },
});
const server = createServer();
proxy.attach(server, { path: '/live' });
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.send?.({ port: (server.address() as AddressInfo).port });

process.on('message', (wanted) => {
  if (wanted === 'held') {
    globalThis.gc?.();
    process.send?.(process.memoryUsage().arrayBuffers);
  } else process.send?.(Math.max(0, ...proxy.sessions().map(({ bufferedBytes }) => bufferedBytes)));
});
process.on('disconnect', () => process.exit());
