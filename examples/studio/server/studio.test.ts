import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ROOM_SUBPROTOCOL,
  type RoomClientMessage,
  RoomCloseCode,
  type RoomInfo,
  type RoomServerMessage,
} from '@colloquy/live-protocol';
import { RoomManager } from '@colloquy/room-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type RunningStudio, type StudioOptions, startStudio } from './studio.ts';

let assets = '';
let studio: RunningStudio;

beforeAll(async () => {
  assets = await mkdtemp(join(tmpdir(), 'studio-'));
  await writeFile(join(assets, 'index.html'), '<div id="root"></div>');
  studio = await start({ dataDirectory: ':memory:' });
});

afterAll(async () => {
  await studio.close({ graceMs: 0 });
  await rm(assets, { recursive: true });
});

function start(options: StudioOptions): Promise<RunningStudio> {
  return startStudio({ port: 0, assets, emulator: { voice: 'synthetic' }, ...options });
}

/** Somebody with a cookie. */
class Visitor {
  readonly #studio: RunningStudio;
  readonly cookie: string;

  private constructor(studio: RunningStudio, cookie: string) {
    this.#studio = studio;
    this.cookie = cookie;
  }

  static async introduce(name: string, at: RunningStudio = studio): Promise<Visitor> {
    const response = await fetch(`${at.url}/api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name }),
    });
    return new Visitor(at, response.headers.get('set-cookie')?.split(';')[0] ?? '');
  }

  ask(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    return fetch(`${this.#studio.url}/api${path}`, {
      ...init,
      headers: { cookie: this.cookie, 'content-type': 'application/json', ...headers },
    });
  }

  async createRoom(name: string): Promise<RoomInfo> {
    return (await (await this.ask('/rooms', { name })).json()) as RoomInfo;
  }

  async permissions(roomId: string): Promise<readonly string[]> {
    return (await (await this.ask(`/rooms/${roomId}/permissions`)).json()).permissions;
  }

  join(roomId: string, headers: Record<string, string> = {}): Seat {
    return new Seat(`${this.#studio.url.replace('http', 'ws')}/api/rooms/${roomId}`, {
      cookie: this.cookie,
      ...headers,
    });
  }
}

/** One socket in a room. */
class Seat {
  readonly socket: WebSocket;
  readonly #clientId = crypto.randomUUID();
  readonly #messages: RoomServerMessage[] = [];
  readonly #arrivals = new EventTarget();

  constructor(url: string, headers: Record<string, string>) {
    // Node's WebSocket takes headers; the type of browsers does not know them.
    const options = { protocols: [ROOM_SUBPROTOCOL], headers } as unknown as string[];
    this.socket = new WebSocket(url, options);
    this.socket.addEventListener('open', () => this.send({ type: 'hello', v: 1, clientId: this.#clientId }));
    this.socket.addEventListener('message', ({ data }) => {
      if (typeof data !== 'string') return;
      this.#messages.push(JSON.parse(data) as RoomServerMessage);
      this.#arrivals.dispatchEvent(new Event('arrived'));
    });
  }

  write(text: string): void {
    this.send({ type: 'pub', cid: `${this.#clientId}:1`, kind: 'msg.text', body: { text, toModel: true } });
  }

  send(message: RoomClientMessage): void {
    this.socket.send(JSON.stringify(message));
  }

  /** The first message, past or future, in which `pick` finds something. */
  async find<T>(pick: (message: RoomServerMessage) => T | undefined | false): Promise<T> {
    for (;;) {
      for (const message of this.#messages) {
        const found = pick(message);
        if (found) return found;
      }
      await once(this.#arrivals, 'arrived');
    }
  }

  async role(): Promise<string | undefined> {
    const { self, participants } = await this.find((message) => message.type === 'welcome' && message);
    return participants.find(({ participantId }) => participantId === self.participantId)?.role;
  }

  /** Text of the first entry of a kind. */
  text(kind: 'msg.text' | 'ai.message'): Promise<{ from: string; text: string }> {
    return this.find((message) => {
      if (message.type !== 'entries') return false;
      const entry = message.entries.find((candidate) => candidate.kind === kind);
      return entry && 'text' in entry.body && { from: entry.actor.name, text: entry.body.text };
    });
  }

  async closed(): Promise<{ code: number; reason: string }> {
    const [{ code, reason }] = (await once(this.socket, 'close')) as [CloseEvent];
    return { code, reason };
  }
}

describe('in a room of the studio', () => {
  it('people read each other, and the model answers whoever asks it', async () => {
    const ana = await Visitor.introduce('Ana');
    const ben = await Visitor.introduce('Ben');
    const room = await ana.createRoom('Panel');
    const seats = [ana.join(room.id), ben.join(room.id)] as const;
    expect(await seats[0].role()).toBeDefined();
    await seats[1].role();
    seats[0].write('Hello!');
    expect(await seats[1].text('msg.text')).toEqual({ from: 'Ana', text: 'Hello!' });
    expect(await seats[1].text('ai.message')).toEqual({ from: 'Gemini', text: expect.stringMatching(/\S/) });
    for (const seat of seats) seat.send({ type: 'leave' });
  });

  it('whoever made it is host, whoever comes first, and nobody takes it over before', async () => {
    const ana = await Visitor.introduce('Ana');
    const ben = await Visitor.introduce('Ben');
    const { id } = await ana.createRoom('Late host');
    const early = ben.join(id);
    expect(await early.role()).toBe('speaker');
    expect((await ben.ask(`/rooms/${id}/close`, {})).status).toBe(403);
    expect(await ben.permissions(id)).toEqual(['read', 'join']);
    expect(await ana.permissions(id)).toEqual(expect.arrayContaining(['configure', 'listen', 'close']));
    expect(await ana.join(id).role()).toBe('host');
    const everybody = await early.find((message) => {
      return message.type === 'presence' && message.changed.some(({ name }) => name === 'Ana') && message.changed;
    });
    expect(everybody.find(({ name }) => name === 'Ana')?.role).toBe('host');
    expect((await ben.ask(`/rooms/${id}/close`, {})).status).toBe(403);
    expect((await ana.ask(`/rooms/${id}/close`, {})).status).toBe(200);
  });

  it('only the host closes it', async () => {
    const ana = await Visitor.introduce('Ana');
    const ben = await Visitor.introduce('Ben');
    const { id } = await ana.createRoom('Short');
    const first = ana.join(id);
    expect(await first.role()).toBe('host');
    const second = ben.join(id);
    expect(await second.role()).toBe('speaker');

    expect((await ben.ask(`/rooms/${id}/close`, {})).status).toBe(403);
    const evicted = second.closed();
    expect((await ana.ask(`/rooms/${id}/close`, { reason: 'Time is up.' })).status).toBe(200);
    expect(await evicted).toEqual({ code: RoomCloseCode.roomClosed, reason: expect.stringContaining('Time is up.') });

    expect((await ben.join(id).closed()).code).toBe(RoomCloseCode.roomClosed);
    const history = (await (await ben.ask(`/rooms/${id}/history`)).json()) as { entries: { kind: string }[] };
    expect(history.entries.at(-1)?.kind).toBe('room.closed');
  });

  it('when the host has left, another one can close the room', async () => {
    const ana = await Visitor.introduce('Ana');
    const ben = await Visitor.introduce('Ben');
    const { id } = await ana.createRoom('Orphan');
    const first = ana.join(id);
    await first.role();
    const second = ben.join(id);
    expect(await second.role()).toBe('speaker');
    first.send({ type: 'leave' });
    await second.find((message) => {
      return message.type === 'presence' && message.changed.some(({ name, role }) => name === 'Ben' && role === 'host');
    });
    expect((await ben.ask(`/rooms/${id}/close`, {})).status).toBe(200);
  });

  it('a room that never was refuses with its own code', async () => {
    const ana = await Visitor.introduce('Ana');
    expect((await ana.join('nowhere').closed()).code).toBe(RoomCloseCode.noSuchRoom);
    expect((await ana.ask('/rooms/nowhere/close', {})).status).toBe(404);
  });
});

describe('strangers', () => {
  it('neither see nor make nor join rooms', async () => {
    const { id } = await (await Visitor.introduce('Ana')).createRoom('Private');
    for (const path of ['/rooms', `/rooms/${id}`, `/rooms/${id}/history`]) {
      expect((await fetch(`${studio.url}/api${path}`)).status).toBe(401);
    }
    const seat = new Seat(`${studio.url.replace('http', 'ws')}/api/rooms/${id}`, {});
    expect((await seat.closed()).code).toBe(RoomCloseCode.notAuthenticated);
  });

  it("with somebody's cookie in a page elsewhere get nowhere", async () => {
    const ana = await Visitor.introduce('Ana');
    const { id } = await ana.createRoom('Private');
    const elsewhere = { origin: 'https://evil.example' };
    expect((await ana.ask('/rooms', { name: 'x' }, elsewhere)).status).toBe(403);
    const seat = ana.join(id, elsewhere);
    await once(seat.socket, 'error');
    expect(seat.socket.readyState).toBe(WebSocket.CLOSED);
  });

  it('find no other WebSocket', async () => {
    const seat = new Seat(`${studio.url.replace('http', 'ws')}/live`, {});
    await once(seat.socket, 'error');
    expect(seat.socket.readyState).toBe(WebSocket.CLOSED);
  });
});

describe('a studio that stops', () => {
  it('keeps its rooms, who runs them and who people are for the next one on the same folder', async () => {
    const dataDirectory = join(assets, 'data');
    const before = await start({ dataDirectory });
    const ana = await Visitor.introduce('Ana', before);
    const { id } = await ana.createRoom('Lasting');
    const seat = ana.join(id);
    expect(await seat.role()).toBe('host');
    const told = seat.closed();
    await before.close({ graceMs: 0 });
    expect((await told).code).toBe(RoomCloseCode.draining);
    await expect(fetch(before.url)).rejects.toThrow();

    const after = await start({ dataDirectory });
    try {
      const list = await fetch(`${after.url}/api/rooms`, { headers: { cookie: ana.cookie } });
      expect(await list.json()).toMatchObject({ rooms: [{ id, name: 'Lasting', status: 'open' }] });
      const headers = { cookie: ana.cookie };
      const again = new Seat(`${after.url.replace('http', 'ws')}/api/rooms/${id}`, headers);
      expect(await again.role()).toBe('host');
      const late = (await Visitor.introduce('Ben', after)).join(id);
      expect(await late.role()).toBe('speaker');
    } finally {
      await after.close({ graceMs: 0 });
    }
  });

  it('may be closed twice', async () => {
    const other = await start({ dataDirectory: ':memory:' });
    await Promise.all([other.close({ graceMs: 0 }), other.close()]);
  });
});

describe('a studio that cannot start', () => {
  it('names the port that another program has and what to do, and leaves nothing open', async () => {
    const shutDown = vi.spyOn(RoomManager.prototype, 'shutdown');
    const dataDirectory = join(assets, 'port-taken');
    const { port } = studio;
    await expect(start({ port, dataDirectory })).rejects.toMatchObject({
      name: 'ListenError',
      code: 'EADDRINUSE',
      message:
        `Cannot listen on port ${port} of 127.0.0.1: another program has it. Stop that program, or give another ` +
        '"port"; 0 takes a free one.',
    });
    expect(shutDown).toHaveBeenCalledOnce();
    expect(shutDown.mock.settledResults[0]?.type).toBe('fulfilled');
    // The folder is free again.
    await (await start({ dataDirectory })).close({ graceMs: 0 });
    shutDown.mockRestore();
  });

  it('says so at once when its database is none', async () => {
    const dataDirectory = join(assets, 'broken');
    await mkdir(dataDirectory);
    await writeFile(
      join(dataDirectory, 'rooms.sqlite'),
      'no database at all, but long enough to look like one'.repeat(20),
    );
    await expect(start({ dataDirectory })).rejects.toMatchObject({
      code: 'ERR_STORE_UNAVAILABLE',
      message: expect.stringContaining('rooms.sqlite'),
    });
  });
});

describe('an offer of HTTP/2', () => {
  // Node knows which upgrades to leave alone since 24.9.
  it.skipIf(Number.parseInt(process.versions.node, 10) < 25)('is answered as if it had not been made', async () => {
    const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABk' };
    const asked = request(`${studio.url}/healthz`, { headers }).end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    expect(response.resume().statusCode).toBe(200);
  });
});
