import { createServer, type RequestListener, type Server } from 'node:http';
import type { Upstream } from '@colloquy/live-proxy';
import { geminiModel, serveRooms } from '@colloquy/live-proxy/rooms';
import { memoryEngine, RoomManager } from '@colloquy/room-core';
import { createTools, type Notes } from './tools.ts';

/** The application's server, and its undo. */
export interface App {
  readonly server: Server;
  close(): Promise<void>;
}

/** One room whose model has tools; `pages` answers what is not the room's. */
export async function createApp(upstream: Upstream, pages: RequestListener): Promise<App> {
  const notes: Notes = new Map();
  const rooms = new RoomManager({
    engine: memoryEngine(),
    model: geminiModel({ upstream }),
    modelDisplayName: 'Gemini',
    tools: createTools(notes),
  });
  await rooms.create({ id: 'table', name: 'The table' });
  const server = createServer((request, response) => {
    if (request.url !== '/notes') return pages(request, response);
    response.setHeader('content-type', 'application/json').end(JSON.stringify(notes.get('table') ?? []));
  });
  // For one machine only: everybody is who they say they are. Others get an `authenticate` here.
  const served = serveRooms(rooms, { allowUnauthenticated: true });
  served.attach(server, { path: '/rooms' });
  return {
    server,
    close: async () => {
      server.close();
      await served.close({ graceMs: 0 });
      await rooms.shutdown();
    },
  };
}
