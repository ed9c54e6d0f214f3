import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RoomClient, type WebSocketConstructor } from '@colloquy/live-client';
import type { LogEntry, RoomInfo } from '@colloquy/live-protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';

const program = new URL('./kill-process.ts', import.meta.url).pathname;

let directory: string;
let server: ChildProcess | null = null;
const members: Member[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'studio-kill-'));
  await writeFile(join(directory, 'index.html'), '<div id="root"></div>');
});
afterEach(async () => {
  await Promise.all(members.splice(0).map(({ client }) => client.dispose()));
  await kill();
  await rm(directory, { recursive: true });
});

/** Starts the studio as a process of its own, on the same data each time. @returns where it serves. */
async function start(port: string): Promise<string> {
  server = spawn(process.execPath, ['--conditions=mono-source', program, directory], {
    env: { ...process.env, PORT: port, COLLOQUY_DATA: join(directory, 'data'), NODE_NO_WARNINGS: '1' },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const [url] = await once(server, 'message');
  return url as string;
}

async function kill(): Promise<void> {
  if (!server) return;
  const exited = once(server, 'exit');
  server.kill('SIGKILL');
  await exited;
  server = null;
}

/** A person with a real client over a real socket. */
class Member {
  readonly name: string;
  readonly client: RoomClient;
  readonly cookie: string;
  readonly written: string[] = [];

  private constructor(name: string, cookie: string, client: RoomClient) {
    this.name = name;
    this.cookie = cookie;
    this.client = client;
  }

  static async introduce(url: string, name: string): Promise<{ readonly cookie: string }> {
    const response = await fetch(`${url}/api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name }),
    });
    return { cookie: response.headers.get('set-cookie')?.split(';')[0] ?? '' };
  }

  static async join(url: string, roomId: string, name: string, cookie: string): Promise<Member> {
    // A browser would send the cookie by itself.
    class CookieSocket extends WebSocket {
      constructor(address: string, protocols: string[]) {
        super(address, { protocols, headers: { cookie } } as unknown as string[]);
      }
    }
    const webSocket = CookieSocket as unknown as WebSocketConstructor;
    const client = new RoomClient({ url: `${url}/api/rooms/${roomId}`, webSocket, random: () => 0 });
    const member = new Member(name, cookie, client);
    members.push(member);
    await client.connect();
    return member;
  }

  write(toModel = false): void {
    const text = `${this.name} ${this.written.length + 1}`;
    this.written.push(text);
    this.client.sendText(text, { toModel });
  }

  /** Own texts that the server has said are stored. */
  get stored(): readonly string[] {
    const own = new Set(this.written);
    return this.entries.flatMap((entry) =>
      entry.kind === 'msg.text' && own.has(entry.body.text) ? [entry.body.text] : [],
    );
  }

  get entries(): readonly LogEntry[] {
    return this.client.getSnapshot().timeline.flatMap(({ entry }) => (entry ? [entry] : []));
  }

  /** Resolves as soon as `condition` holds. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!condition()) return;
        stop();
        resolve();
      };
      const stop = this.client.subscribe(look);
      look();
    });
  }
}

it('a studio that is killed in the middle of a busy room has every acknowledged text once, and its people are back by themselves', async () => {
  let url = await start('0');
  const { port } = new URL(url);
  const names = ['Ana', 'Ben', 'Cy', 'Dee'];
  const cookies = await Promise.all(names.map(async (name) => (await Member.introduce(url, name)).cookie));
  const created = await fetch(`${url}/api/rooms`, {
    method: 'POST',
    headers: { cookie: cookies[0] ?? '', 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Busy' }),
  });
  const room = (await created.json()) as RoomInfo;
  const [ana, ...others] = await Promise.all(
    names.map((name, index) => Member.join(url, room.id, name, cookies[index] ?? '')),
  );
  if (!ana) throw new Error('Nobody is here.');
  const everybody = [ana, ...others];
  const acknowledged = new Set<string>();
  ana.write(true);

  const busy = everybody.map((member) => member.until(() => member.stored.length >= 4));
  for (const member of everybody) for (let n = 0; n < 8; n += 1) member.write();
  await Promise.all(busy);
  for (const member of everybody) for (const text of member.stored) acknowledged.add(text);
  await kill();
  // People go on writing while nobody is there to take it.
  for (const member of everybody) member.write();
  url = await start(port);

  await Promise.all(everybody.map((member) => member.until(() => member.stored.length === member.written.length)));
  const answer = await fetch(`${url}/api/rooms/${room.id}/history?from=1&limit=500`, {
    headers: { cookie: ana.cookie },
  });
  const { entries: log } = (await answer.json()) as { entries: readonly LogEntry[] };
  expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1));
  for (const member of everybody) {
    const own = log.filter(({ kind, actor }) => kind === 'msg.text' && actor.name === member.name);
    expect(own.map((entry) => (entry.kind === 'msg.text' ? entry.body.text : ''))).toEqual(member.written);
    const last = member.entries.at(-1)?.seq ?? 0;
    expect(member.entries).toEqual(log.slice((member.entries[0]?.seq ?? 1) - 1, last));
    expect(member.client.getSnapshot().connection.status).toBe('open');
  }
  expect(acknowledged.size).toBeGreaterThanOrEqual(4 * 4);
  expect(log.filter((entry) => entry.kind === 'msg.text' && acknowledged.has(entry.body.text))).toHaveLength(
    acknowledged.size,
  );
}, 60_000);
