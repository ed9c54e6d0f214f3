import { createServer, type Server } from 'node:http';
import {
  createLiveProxy,
  createTickets,
  type LiveProxy,
  setupPolicy,
  type TicketIdentity,
  type Upstream,
} from '@colloquy/live-proxy';
import express from 'express';

/** What the application needs of its environment. */
export interface AppOptions {
  /** Where Gemini is. */
  readonly upstream: Upstream;
  /** Signs tickets; 32 random bytes or more. */
  readonly secret: string;
}

/** The application's server, and the proxy to close before it. */
export interface App {
  readonly server: Server;
  readonly proxy: LiveProxy;
}

/** An Express application with Gemini Live under `/live`. */
export function createApp(options: AppOptions): App {
  const proxy = createProxy(options);
  const app = express();
  app.get('/', (_, response) => void response.type('text').send('The page of the application.'));
  app.use((request, response, next) => {
    proxy.handleRequest(request, response).then((isHandled) => {
      if (!isHandled) next();
    }, next);
  });
  const server = createServer(app);
  proxy.attach(server);
  return { server, proxy };
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
