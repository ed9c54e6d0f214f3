// One of the relays that are compared, in a process of its own: node relay.mjs <kind> <port of the upstream>
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createRequire } from 'node:module';
import { connect, createServer } from 'node:net';
import { PATH } from './frames.mjs';

const [kind, upstreamPort] = process.argv.slice(2);
const upstreamUrl = `ws://127.0.0.1:${upstreamPort}`;
const start = { splice, ws, 'http-proxy': httpProxy, ours, 'ours, plain': () => ours(false) }[kind];
const { server, more = {} } = await start();
server.listen(0, '127.0.0.1', 4_096, () => process.send({ port: server.address().port, ...more }));

process.on('message', (what) => {
  // Only for memory: where the time of the processor is measured, a collection would be counted with it.
  if (what === 'memory') for (let times = 0; times < 4; times += 1) globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  process.send({ cpu: process.cpuUsage(), rss, alive: heapUsed + external, waitedMs: waitedMs() });
});
process.on('disconnect', () => process.exit());

/** Knows nothing of WebSocket: the least that a relay in Node can cost. */
function splice() {
  const server = createServer((client) => {
    const upstream = connect(Number(upstreamPort), '127.0.0.1');
    for (const socket of [client, upstream]) socket.setNoDelay().on('error', () => socket.destroy());
    client.pipe(upstream);
    upstream.pipe(client);
  });
  return { server };
}

/** What one writes by hand in an afternoon, without limits or authentication. */
function ws() {
  const { WebSocket, WebSocketServer } = createRequire(
    new URL('../../packages/live-proxy/package.json', import.meta.url),
  )('ws');
  const server = createHttpServer();
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  sockets.on('connection', (client) => {
    const upstream = new WebSocket(upstreamUrl, { perMessageDeflate: false });
    const early = [];
    client.on('message', (data, isBinary) => {
      if (upstream.readyState === WebSocket.OPEN) upstream.send(data, { binary: isBinary });
      else early.push(data);
    });
    upstream.on('open', () => {
      for (const data of early.splice(0)) upstream.send(data, { binary: false });
    });
    upstream.on('message', (data, isBinary) => client.send(data, { binary: isBinary }));
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ]) {
      one.on('error', () => {});
      one.on('close', () => other.close());
    }
  });
  return { server };
}

async function httpProxy() {
  const {
    default: { createProxyServer },
  } = await import('http-proxy');
  const proxy = createProxyServer({ target: upstreamUrl, ws: true });
  proxy.on('error', () => {});
  const server = createHttpServer();
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => {});
    proxy.ws(request, socket, head);
  });
  return { server };
}

/** With tickets, a setup policy, permissions and every limit on; the limits are too high to be reached. */
async function ours(continuity) {
  const { createLiveProxy, createTickets, endpoint, setupPolicy } = await import(
    '../../packages/live-proxy/dist/index.js'
  );
  const tickets = createTickets({ secret: 'a'.repeat(32) });
  const most = 2 ** 31 - 1;
  const proxy = createLiveProxy({
    upstream: endpoint({ url: upstreamUrl }),
    authenticate: tickets.authenticate,
    setup: setupPolicy({ models: ['gemini-3.8-live'], clientMay: ['generationConfig.responseModalities'] }),
    limits: {
      sessionsPerIdentity: 100_000,
      sessionDurationMs: 3_600_000,
      idleTimeoutMs: 600_000,
      bytesPerSecond: most,
      audioSecondsPerSecond: 100_000,
      picturesPerMinute: 90,
      tokensPerSession: most,
      tokensPerIdentity: most,
    },
    ...(continuity === undefined ? {} : { continuity }),
  });
  const server = createHttpServer();
  proxy.attach(server, { path: PATH });
  const { ticket } = await tickets.issue({ participantId: 'ana', name: 'Ana', role: 'speaker' }, { ttlSeconds: 3_600 });
  return { server, more: { ticket } };
}

/** How long this process was ready to run while its core was another's. */
function waitedMs() {
  try {
    return Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return Number.NaN;
  }
}
