import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Emulator, ScriptedBrain, startEmulator } from '@colloquy/live-emulator';
import { endpoint, type LiveProxy, type Upstream } from '@colloquy/live-proxy';
import { GoogleGenAI, type LiveServerMessage } from '@google/genai';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';

/** What each of the three servers makes, whatever framework it is built on. */
export interface ServerExample {
  createApp(options: { readonly upstream: Upstream; readonly secret: string }): App | Promise<App>;
}

interface App {
  readonly server: Server;
  readonly proxy: LiveProxy;
}

/** The same for Express, Fastify and Hono. */
export function testServer({ createApp }: ServerExample): void {
  let emulator: Emulator;
  let app: App;
  let base: string;

  beforeEach(async () => {
    emulator = await startEmulator({ port: 0, timeScale: 20, brain: new ScriptedBrain(['Hello from the model.']) });
    app = await createApp({
      upstream: endpoint({ url: emulator.url }),
      secret: 'a secret for tests, of more than 32 bytes',
    });
    app.server.listen(0, '127.0.0.1');
    await once(app.server, 'listening');
    base = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    await app.proxy.close();
    app.server.closeAllConnections();
    app.server.close();
    await emulator.close();
  });

  async function fetchTicket(): Promise<string> {
    const response = await fetch(`${base}/live/tickets?name=Ana`, { method: 'POST' });
    expect(response.status).toBe(201);
    const { ticket } = await response.json();
    return ticket;
  }

  test('Google’s SDK talks to the model with a ticket for its key', async () => {
    const ticket = await fetchTicket();
    const baseUrl = `${base}/live`;
    // #region client
    const ai = new GoogleGenAI({ apiKey: ticket, httpOptions: { baseUrl } }); // such as http://127.0.0.1:8080/live
    // #endregion
    const answered = Promise.withResolvers<void>();
    let transcript = '';
    const session = await ai.live.connect({
      model: 'gemini-3.8-live',
      callbacks: {
        onmessage: ({ serverContent }: LiveServerMessage) => {
          transcript += serverContent?.outputTranscription?.text ?? '';
          if (serverContent?.turnComplete) answered.resolve();
        },
        onclose: ({ code, reason }) => answered.reject(new Error(`closed with ${code} ${reason}`)),
      },
    });
    session.sendClientContent({ turns: [{ role: 'user', parts: [{ text: 'Hello?' }] }], turnComplete: true });
    await answered.promise;
    expect(transcript).toContain('Hello from the model.');
    session.close();
  });

  test('who has no ticket gets none of it', async () => {
    expect((await fetch(`${base}/live/tickets`, { method: 'POST' })).status).toBe(401);
    const socket = new WebSocket(`${base.replace('http', 'ws')}/live`);
    socket.on('error', () => {});
    const [, response] = await once(socket, 'unexpected-response');
    expect(response.statusCode).toBe(401);
    expect(emulator.sessions()).toEqual([]);
  });

  test('the application’s own pages are still its own', async () => {
    expect(await (await fetch(base)).text()).toBe('The page of the application.');
    expect((await fetch(`${base}/elsewhere`)).status).toBe(404);
    expect(await (await fetch(`${base}/live/health`)).json()).toEqual({ status: 'ok' });
  });

  test('another WebSocket service on the same server works beside it', async () => {
    const chat = new WebSocketServer({ noServer: true });
    app.server.on('upgrade', (request, socket, head) => {
      if (request.url === '/chat') chat.handleUpgrade(request, socket, head, (client) => client.send('welcome'));
    });
    const socket = new WebSocket(`${base.replace('http', 'ws')}/chat`);
    const [message] = await once(socket, 'message');
    expect(String(message)).toBe('welcome');
    socket.terminate();
  });
}
