import type { Server } from 'node:http';
import {
  createLiveProxy,
  createTickets,
  type LiveProxy,
  setupPolicy,
  type TicketIdentity,
  type Upstream,
} from '@colloquy/live-proxy';
import fastify from 'fastify';

/** What the application needs of its environment. */
export interface AppOptions {
  /** Where Gemini is. */
  readonly upstream: Upstream;
  /** Signs tickets; 32 random bytes or more. */
  readonly secret: string;
}

/** The application's server, ready to listen, and the proxy to close before it. */
export interface App {
  readonly server: Server;
  readonly proxy: LiveProxy;
}

/** A Fastify application with Gemini Live under `/live`. */
export async function createApp(options: AppOptions): Promise<App> {
  const proxy = createProxy(options);
  const app = fastify();
  app.get('/', async () => 'The page of the application.');
  app.all('/live/*', async (request, reply) => {
    reply.hijack(); // the proxy writes the answer itself
    await proxy.handleRequest(request.raw, reply.raw);
  });
  proxy.attach(app.server);
  await app.ready();
  return { server: app.server, proxy };
}

function createProxy({ upstream, secret }: AppOptions): LiveProxy {
  const tickets = createTickets({ secret });
  return createLiveProxy({
    upstream,
    authenticate: tickets.authenticate,
    tickets,
    // Ask your own session here. This example takes everybody's word for who they are.
    issueTicket: ({ url }) => {
      const name = url.searchParams.get('name');
      return name === null ? null : { participantId: name, name, ttlSeconds: 60 };
    },
    setup: setupPolicy<TicketIdentity>({
      models: ['gemini-3.8-live'],
      instructions: ({ name }) => `You are a friendly assistant. You talk with ${name}.`,
      base: { generationConfig: { responseModalities: ['AUDIO'] }, outputAudioTranscription: {} },
      clientMay: ['generationConfig.speechConfig', 'tools'],
    }),
    limits: { sessionsPerIdentity: 2, sessionDurationMs: 3_600_000, audioSecondsPerSecond: 1, picturesPerMinute: 60 },
    limitsFor: ({ limits }) => limits,
  });
}
