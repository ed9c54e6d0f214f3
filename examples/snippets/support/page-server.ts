import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Emulator, startEmulator } from '@colloquy/live-emulator';
import { type ClientRequest, createLiveProxy, createTickets, endpoint } from '@colloquy/live-proxy';
import { geminiModel, serveRooms } from '@colloquy/live-proxy/rooms';
import { memoryEngine, type RoomIdentity, RoomManager } from '@colloquy/room-core';
import { fileRecordings } from '@colloquy/room-core/recordings';
import { z } from 'zod';

/** A page: what stands in its body, and the script that it begins with. */
export interface ShownPage {
  readonly body: string;
  readonly script: string;
}

/** Everything that the pages of the guides and READMEs talk to, with the emulator for a model. */
export interface PageServer {
  readonly url: string;
  readonly rooms: RoomManager;
  readonly emulator: Emulator;
  /** What `add_note` was called with. */
  readonly notes: readonly string[];
  close(): Promise<void>;
}

/** People are who the cookie or the query parameter `who` says; Ana is the host. */
function personOf({ headers, url }: Pick<ClientRequest, 'headers' | 'url'>): RoomIdentity | null {
  const [, name] = /\bwho=(\w+)/.exec(`${headers.get('cookie') ?? ''} ${url.search}`) ?? [];
  if (name === undefined) return null;
  return { participantId: name.toLowerCase(), name, role: name === 'Ana' ? 'host' : 'speaker' };
}

/** Serves a page at `/`, beside a room `panel` in which nobody was. */
export async function startPageServer(shown: ShownPage): Promise<PageServer> {
  const emulator = await startEmulator({ voice: 'synthetic' });
  const upstream = endpoint({ url: emulator.url });
  const recordings = await mkdtemp(join(tmpdir(), 'recordings-'));
  const notes: string[] = [];
  const rooms = new RoomManager({
    engine: memoryEngine(),
    model: geminiModel({ upstream }),
    modelDisplayName: 'Gemini',
    recordings: fileRecordings({ directory: recordings }),
    topics: { votes: { input: z.object({ choice: z.enum(['yes', 'no']) }) }, board: { input: z.looseObject({}) } },
    tools: [
      {
        name: 'show_slide',
        description: 'Shows a slide.',
        parametersJsonSchema: { type: 'object', properties: { number: { type: 'integer' } }, required: ['number'] },
        runsIn: 'requester',
      },
      {
        name: 'add_note',
        description: 'Keeps a note.',
        parametersJsonSchema: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
        approval: { by: 'host' },
        run: ({ text }) => ({ noteId: notes.push(String(text)) }),
      },
    ],
  });
  const tickets = createTickets({ secret: 'at least 32 bytes, kept out of the source' });
  const served = serveRooms(rooms, {
    authenticate: (request) =>
      request.ticket === null ? personOf(request) : (tickets.authenticate(request) as Promise<RoomIdentity | null>),
  });
  const proxy = createLiveProxy({
    upstream,
    tickets,
    ephemeralTokens: true,
    setup: (requested) => ({ model: 'models/gemini-3.8-live', ...requested }),
    // Google's SDK shows its ticket elsewhere than browsers do.
    authenticate: async (request) => (await tickets.authenticate(request)) ?? personOf(request),
    issueTicket: personOf,
  });

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://host');
    if ((await proxy.handleRequest(request, response)) || (await served.handleRequest(request, response))) return;
    if (url.pathname === '/ticket') {
      const person = personOf({ headers: new Headers({ cookie: request.headers.cookie ?? '' }), url });
      response.end(person && (await tickets.issue(person)).ticket);
    } else if (url.pathname === '/page.js') response.setHeader('content-type', 'text/javascript').end(shown.script);
    else {
      const html = `<!doctype html><link rel="icon" href="data:,"><body>${shown.body}<script type="module" src="/page.js"></script>`;
      response.setHeader('content-type', 'text/html').end(html);
    }
  });
  proxy.attach(server, { path: '/live' });
  served.attach(server, { path: '/rooms' });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await rooms.create({ id: 'panel', name: 'Panel' });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    rooms,
    emulator,
    notes,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await Promise.all([proxy.close(), served.close()]);
      await rooms.shutdown();
      await emulator.close();
      await rm(recordings, { recursive: true, force: true });
    },
  };
}
