import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

Object.assign(process.env, {
  GEMINI_API_KEY: 'any',
  TICKET_SECRET: 'at least 32 bytes, kept out of the source',
  PORT: '0',
});
const personOf = (cookie: string | null): { readonly id: string; readonly name: string } | null =>
  cookie === null ? null : { id: 'ana', name: 'Ana' };

// #region server
import { createServer } from 'node:http';
import { createLiveProxy, createTickets, geminiApi, setupPolicy, type TicketIdentity } from '@colloquy/live-proxy';

const tickets = createTickets({ secret: process.env.TICKET_SECRET ?? '' });
const proxy = createLiveProxy({
  upstream: geminiApi({ apiKey: process.env.GEMINI_API_KEY ?? '' }),
  authenticate: tickets.authenticate,
  tickets,
  // POST /live/tickets: your session says who asks, or null.
  issueTicket: ({ headers }) => {
    const person = personOf(headers.get('cookie'));
    return person && { participantId: person.id, name: person.name, ttlSeconds: 60 };
  },
  setup: setupPolicy<TicketIdentity>({
    models: ['gemini-3.8-live'],
    instructions: ({ name }) => `You are a friendly assistant. You talk with ${name}.`,
    base: { generationConfig: { responseModalities: ['AUDIO'] }, outputAudioTranscription: {} },
    clientMay: ['generationConfig.speechConfig', 'tools'],
  }),
  limits: { sessionsPerIdentity: 2, sessionDurationMs: 3_600_000, audioSecondsPerSecond: 1, picturesPerMinute: 60 },
});

const server = createServer(async (request, response) => {
  if (await proxy.handleRequest(request, response)) return;
  response.end('The page of your application.');
});
proxy.attach(server, { path: '/live' });
server.listen(Number(process.env.PORT));

process.once('SIGTERM', async () => {
  server.close();
  await proxy.close({ graceMs: 5_000 });
});
// #endregion
await once(server, 'listening');
const { port } = server.address() as AddressInfo;
const asked = await fetch(`http://127.0.0.1:${port}/live/tickets`, { method: 'POST', headers: { cookie: 'a=b' } });
assert.equal(asked.status, 201);
assert.equal((await fetch(`http://127.0.0.1:${port}/live/tickets`, { method: 'POST' })).status, 401);
server.closeAllConnections();
server.close();
await proxy.close();
process.removeAllListeners('SIGTERM');
