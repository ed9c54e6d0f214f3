import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RoomClient } from '@colloquy/live-client';
import { type LogEntry, MediaCodec, MediaKind, ROOM_SUBPROTOCOL, serializeMediaFrame } from '@colloquy/live-protocol';
import { sqliteEngine } from '@colloquy/room-core/sqlite';
import { sine, toPcmBytes } from '@colloquy/room-core/testing';
import { afterEach, expect, test } from 'vitest';
import { Changes } from '../support/changes.ts';
import { randomOf } from '../support/random.ts';
import { TestClient } from '../support/test-client.ts';

const script = fileURLToPath(new URL('./killed-server.ts', import.meta.url));

let cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanUp.reverse()) await step();
  cleanUp = [];
});

/** One address for every server that comes and goes behind it, as a load balancer has: who comes meanwhile waits. */
class Gate {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #waiting: Socket[] = [];
  #port: number | null = null;

  constructor() {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => this.#sockets.delete(socket));
      if (this.#port === null) this.#waiting.push(socket);
      else pass(socket, this.#port);
    });
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** `null`: nothing is behind it. */
  open(port: number | null): void {
    this.#port = port;
    if (port !== null) for (const socket of this.#waiting.splice(0)) pass(socket, port);
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}

function pass(socket: Socket, port: number): void {
  const behind = connect(port, '127.0.0.1');
  behind.on('error', () => {});
  behind.on('close', () => socket.destroy());
  socket.on('close', () => behind.destroy());
  socket.pipe(behind).pipe(socket);
}

async function startServer(directory: string): Promise<{ readonly child: ChildProcess; readonly port: number }> {
  const options = ['--conditions=mono-source', '--no-warnings', script, directory];
  const child = spawn(process.execPath, options, { stdio: ['ignore', 'pipe', 'inherit'] });
  cleanUp.push(() => child.kill('SIGKILL'));
  let said = '';
  for await (const chunk of child.stdout) {
    said += String(chunk);
    if (said.includes('\n')) break;
  }
  const port = Number(/:(\d+)\n/.exec(said)?.[1]);
  if (!Number.isInteger(port)) throw new Error(`the server did not start: ${said}`);
  return { child, port };
}

/** A person who writes without waiting, and what was seen of the log. */
class Writer {
  readonly name: string;
  readonly client: RoomClient;
  readonly seen: LogEntry[] = [];
  readonly written: string[] = [];
  readonly #changes = new Changes();

  constructor(name: string, authority: string) {
    this.name = name;
    const url = `http://${authority}/rooms/r1`;
    this.client = new RoomClient({ url, ticket: name, clientId: `tab-${name}`, connectTimeoutMs: 60_000 });
    this.client.on('entryAdded', ({ entry }) => {
      this.seen.push(entry);
      this.#changes.notify();
    });
    this.client.subscribe(() => this.#changes.notify());
    cleanUp.push(() => this.client.dispose());
  }

  write(count: number): void {
    for (let n = 0; n < count; n += 1) {
      const text = `${this.name} ${this.written.length + 1}`;
      this.written.push(text);
      this.client.sendText(text, { toModel: false });
    }
  }

  /** Asks the model. */
  ask(): void {
    const text = `${this.name} ${this.written.length + 1}?`;
    this.written.push(text);
    this.client.sendText(text, { toModel: true });
  }

  async sees(what: () => boolean): Promise<void> {
    await this.#changes.until(() => (what() ? true : undefined));
  }

  /** Texts that the server has acknowledged. */
  get stored(): number {
    return this.client.getSnapshot().timeline.filter(({ kind, own, seq }) => kind === 'text' && own && seq !== null)
      .length;
  }

  async hasStored(count: number): Promise<void> {
    await this.#changes.until(() => (this.stored >= count ? true : undefined));
  }
}

/** A person who speaks without a pause, and is back whenever the connection broke. */
class Talker {
  readonly #name: string;
  readonly #authority: string;
  #client: TestClient | null = null;
  #frames = 0;
  #isOver = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(name: string, authority: string) {
    this.#name = name;
    this.#authority = authority;
    cleanUp.push(() => this.#stop());
  }

  async talk(): Promise<void> {
    while (!this.#isOver) {
      await this.#connection().catch(() => {});
      if (this.#timer) clearInterval(this.#timer);
    }
  }

  /** Speaks until the connection is gone. */
  async #connection(): Promise<void> {
    const protocols = [ROOM_SUBPROTOCOL, `ticket.${this.#name}`];
    const client = await TestClient.open(`ws://${this.#authority}/rooms/r1`, { protocols });
    this.#client = client;
    if (this.#isOver) client.socket.terminate();
    client.send({ type: 'hello', v: 1, clientId: `microphone-${this.#name}` });
    client.send({ type: 'media', media: { microphone: true, camera: false, screen: false } });
    this.#timer = setInterval(() => {
      const samples = sine({ frequency: 300, samples: 320, amplitude: 8_000, offset: this.#frames * 320 });
      const { pcm16k: codec } = MediaCodec;
      const { personAudio: kind } = MediaKind;
      const [seq, mediaTime] = [this.#frames & 0xffff, this.#frames * 320];
      this.#frames += 1;
      const payload = toPcmBytes(samples);
      client.socket.send(
        serializeMediaFrame({ kind, codec, flags: 0, participant: 0, seq, mediaTime, turn: 0, payload }),
      );
    }, 20);
    await client.closed;
  }

  #stop(): void {
    this.#isOver = true;
    if (this.#timer) clearInterval(this.#timer);
    this.#client?.socket.terminate();
  }
}

const SEED = Number(process.env.KILL_SEED ?? 6);
const ROUNDS = 2;

test(`REC1 SQL2 MODEL10 a server that is killed ${ROUNDS} times in the middle of a busy room, with the model answering and microphones open, comes back: clients reconnect by themselves, every entry that anybody had is there once, and every question is answered (seed ${SEED})`, async () => {
  const random = randomOf(SEED);
  const directory = await mkdtemp(join(tmpdir(), 'room-killed-'));
  cleanUp.push(() => rm(directory, { recursive: true, force: true }));
  const gate = new Gate();
  cleanUp.push(() => gate.close());
  const authority = await gate.listen();
  let server = await startServer(directory);
  gate.open(server.port);
  const writers = ['Ana', 'Ben', 'Cy'].map((name) => new Writer(name, authority));
  const [ana] = writers as [Writer];
  await Promise.all(writers.map(({ client }) => client.connect()));
  for (const name of ['Dee', 'Eve']) void new Talker(name, authority).talk();
  const speeches = () => ana.seen.filter(({ kind }) => kind === 'speech.final').length;
  for (let round = 0; round < ROUNDS; round += 1) {
    const heard = speeches();
    ana.ask();
    // Somebody's voice came through to the log, and the model is in the middle of its answer.
    await ana.sees(() => speeches() > heard);
    ana.ask();
    await ana.sees(() => ana.client.getSnapshot().model.status === 'speaking');
    const before = writers.map(({ stored }) => stored);
    for (const writer of writers) writer.write(40);
    // Some are acknowledged, some stored without an answer, some on their way.
    await ana.hasStored((before[0] ?? 0) + 1 + random.below(30));
    const killed = once(server.child, 'exit');
    gate.open(null);
    server.child.kill('SIGKILL');
    await killed;
    for (const writer of writers) writer.write(5);
    server = await startServer(directory);
    gate.open(server.port);
    await Promise.all(writers.map((writer) => writer.hasStored(writer.written.length)));
  }
  // The last question of all, too, which a killed server was answering.
  const lastAsked = () => ana.seen.findLast((entry) => entry.kind === 'msg.text' && entry.body.toModel)?.seq ?? 0;
  const answeredTo = () =>
    Math.max(
      0,
      ...ana.seen.map(({ kind, body }) => (kind === 'ai.message' && 'answersTo' in body ? (body.answersTo ?? 0) : 0)),
    );
  await ana.sees(() => lastAsked() > 0 && answeredTo() >= lastAsked());
  const ended = once(server.child, 'exit');
  server.child.kill('SIGKILL');
  await ended;
  const engine = sqliteEngine({ directory });
  const log: LogEntry[] = [];
  for (let page = await engine.read('r1', { from: 1, limit: 1000 }); page.length > 0; ) {
    log.push(...page);
    page = await engine.read('r1', { from: log.length + 1, limit: 1000 });
  }
  await engine.close();
  expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1));
  expect(log.filter(({ kind }) => kind === 'session.started').length).toBe(ROUNDS + 1);
  for (const { name, seen, written } of writers) {
    const texts = log.flatMap((entry) =>
      entry.kind === 'msg.text' && entry.actor.name === name ? [entry.body.text] : [],
    );
    expect(texts).toEqual(written);
    // Whatever anybody was shown is there, as it was shown: also what the model said, and what was heard.
    const first = seen[0]?.seq ?? 0;
    expect(seen).toEqual(log.slice(first - 1, first - 1 + seen.length));
    expect(seen.length).toBeGreaterThan(written.length);
  }
}, 120_000);
