import { ScriptedBrain, startEmulator } from '@colloquy/live-emulator';
import { memoryEngine, type RoomEngine, RoomManager, type RoomNode } from '@colloquy/room-core';
import { archivedEngine } from '@colloquy/room-core/archive';
import { gcsColdStore } from '@colloquy/room-core/gcs';
import { redisEngine, redisNode } from '@colloquy/room-core/redis';
import { type FakeGcs, startFakeGcs, weather } from '../../../../tools/fake-gcs/src/index.ts';
import { RedisServer } from '../../../room-core/test/support/redis-server.ts';
import { random as seeded } from '../../../room-core/test/support/rough-engine.ts';
import { balance, ChaosServer } from './chaos-fleet.ts';
import type { Broken } from './chaos-node.ts';
import type { ChaosReport, Strike, StrikeReport } from './chaos-report.ts';
import { roomViolations } from './check-rooms.ts';
import { MachineWatch } from './machine-watch.ts';
import { Participant } from './participant.ts';
import { modelAfter, placeOf, readAll, shown } from './strike-figures.ts';
import { until } from './until.ts';
import { longestPause, type Span, waitsOf } from './waits.ts';

/** How a chaos run goes. */
export interface ChaosOptions {
  readonly seed: number;
  readonly rooms: number;
  /** In all rooms together. */
  readonly people: number;
  /** Everybody writes this often, milliseconds. */
  readonly writeEveryMs: number;
  readonly leaseMs: number;
  /** What happens, one after the other. */
  readonly strikes: readonly Strike[];
  /** From one strike to the next, milliseconds; `0`: as soon as everything works again. */
  readonly strikeEveryMs: number;
  /** Everybody's socket is cut after so many of their texts; `0`: never. */
  readonly cutEvery: number;
  /** Everybody is at one server as long as it serves; otherwise the people of a room are spread. */
  readonly isGathered: boolean;
  /** A bucket in bad weather stands behind Redis, and has everything in the end. */
  readonly hasBucket: boolean;
  readonly broken: Broken | null;
  /** Longest wait for anything, milliseconds: far more than it takes. */
  readonly patienceMs: number;
  /** One line about what goes on. */
  readonly say: (line: string) => void;
}

const SERVERS = 3;
/** A health check that comes every second notices after two of them. */
const NOTICED_MS = 2_000;
/** A platform starts another process after a moment. */
const RESTART_MS = 1_000;
/** Where all are at one server, one of so many writes when it is killed. */
const WRITERS_OF = 5;
/** An unanswered question is asked again, milliseconds. */
const ASK_AGAIN_MS = 4_000;

/** Kills, stops and ends servers while people write, and checks what is left. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const redis = await RedisServer.start();
  const plan = weather(options.seed, { resetBefore: 0.02, resetAfter: 0.05, unavailable: 0.03 });
  const bucket = options.hasBucket ? await startFakeGcs({ plan }) : null;
  const run = new ChaosRun(options, redis, bucket);
  try {
    return await run.go();
  } finally {
    await run.dispose();
    await bucket?.close();
    await redis.stop();
  }
}

class ChaosRun {
  readonly #options: ChaosOptions;
  readonly #redis: RedisServer;
  readonly #bucket: FakeGcs | null;
  readonly #random: () => number;
  readonly #engine: RoomEngine;
  readonly #node: RoomNode;
  readonly #roomIds: readonly string[];
  readonly #servers: ChaosServer[] = [];
  readonly #people: Participant[] = [];
  /** Leases that were taken, and given back (`nodeId`: `null`). */
  readonly #leases: { readonly roomId: string; readonly nodeId: string | null; readonly at: number }[] = [];
  /** Whose server was stopped, and when. */
  readonly #stops: { readonly people: ReadonlySet<Participant>; readonly span: Span }[] = [];
  readonly #machine = new MachineWatch();
  readonly #violations: string[] = [];
  readonly #writers: ReturnType<typeof setInterval>[] = [];
  #emulator: Awaited<ReturnType<typeof startEmulator>> | null = null;
  #closeAdmin: () => Promise<void> = async () => {};

  constructor(options: ChaosOptions, redis: RedisServer, bucket: FakeGcs | null) {
    this.#options = options;
    this.#bucket = bucket;
    this.#redis = redis;
    this.#random = seeded(options.seed);
    this.#engine = this.#behind(redisEngine({ connection: redis.connection }));
    this.#node = redisNode({ connection: redis.connection });
    this.#roomIds = Array.from({ length: options.rooms }, (_, index) => `room-${index + 1}`);
  }

  async go(): Promise<ChaosReport> {
    const { strikes } = this.#options;
    await this.#open();
    for (const server of this.#servers) server.forgetOpenings();
    const startedAt = performance.now();
    this.#startWriting();
    const reports: StrikeReport[] = [];
    for (const strike of strikes) reports.push(await this.#strike(strike));
    const stoppedAt = performance.now();
    for (const writer of this.#writers) clearInterval(writer);
    await this.#comeToRest();
    await this.#check(this.#engine, 'Redis');
    await this.#checkBucket();
    return {
      violations: this.#violations,
      texts: this.#people.reduce((sum, { written }) => sum + written.length, 0),
      strikes: reports,
      pauses: this.#roomIds.map((roomId) => {
        return longestPause(this.#peopleOf(roomId), { from: startedAt, to: stoppedAt });
      }),
      waits: waitsOf(this.#people, (person) => {
        return this.#stops.flatMap(({ people, span }) => (people.has(person) ? [span] : []));
      }),
      openedMs: this.#servers.flatMap(({ openedMs }) => openedMs),
      sessionsMs: {
        resumed: this.#servers.flatMap(({ sessionsMs }) => sessionsMs.resumed),
        started: this.#servers.flatMap(({ sessionsMs }) => sessionsMs.started),
      },
      cores: this.#machine.cores(this.#servers.reduce((sum, { usedMs }) => sum + usedMs, 0)),
      late: this.#machine.late(this.#servers.flatMap(({ late }) => late)),
      recoveriesMs: this.#people.flatMap(({ recoveries }) => recoveries.map(({ ms }) => ms)),
      errors: this.#servers.flatMap(({ errors }) => errors),
    };
  }

  async dispose(): Promise<void> {
    for (const writer of this.#writers) clearInterval(writer);
    await Promise.all(this.#people.map(({ client }) => client.dispose()));
    await Promise.all(this.#servers.map((server) => server.end('SIGKILL')));
    await this.#emulator?.close();
    await this.#node.close();
    await this.#closeAdmin();
    this.#machine.close();
  }

  async #open(): Promise<void> {
    const { broken, leaseMs, people, cutEvery, isGathered, rooms } = this.#options;
    const admin = new RoomManager({ engine: this.#engine, model: null });
    this.#closeAdmin = () => admin.shutdown();
    this.#emulator = await startEmulator({ port: 0, brain: new ScriptedBrain(['Yes.']) });
    const bucket = this.#bucket?.endpoint ?? null;
    for (let index = 0; index < SERVERS; index += 1) {
      const { wsUrl: emulator } = this.#emulator;
      this.#servers.push(new ChaosServer({ redis: this.#redis.socket, bucket, emulator, leaseMs, broken }));
    }
    await Promise.all(this.#servers.map((server) => server.start()));
    for (const id of this.#roomIds) {
      await admin.create({ id, name: id });
      this.#node.watch(id, (holder) => {
        this.#leases.push({ roomId: id, nodeId: holder?.nodeId ?? null, at: performance.now() });
      });
    }
    for (let index = 0; index < people; index += 1) {
      const roomId = this.#roomIds[index % rooms] as string;
      // The people of a room are at different servers.
      const spread = (index % rooms) + Math.floor(index / rooms);
      const server = () =>
        isGathered && this.#servers[0]?.isServing ? this.#servers[0].url : balance(this.#servers, spread);
      this.#people.push(new Participant({ name: `P${index + 1}`, roomId, server, random: this.#random, cutEvery }));
    }
    await Promise.all(this.#people.map(({ client }) => client.connect()));
    await Promise.all(this.#roomIds.map((roomId) => this.#answers(roomId)));
    this.#options.say(`${people} people in ${rooms} rooms; every model has answered`);
  }

  #startWriting(): void {
    const { writeEveryMs } = this.#options;
    for (const person of this.#people) {
      const write = () => {
        // A hundred texts that wait are enough.
        if (person.written.length - person.acks.length < 90) person.write();
      };
      this.#writers.push(setInterval(write, writeEveryMs * (0.9 + 0.2 * this.#random())));
    }
  }

  async #strike(strike: Strike): Promise<StrikeReport> {
    const { isGathered, say, strikeEveryMs } = this.#options;
    const { server, roomIds } = await this.#victim(strike);
    const witnesses = new Map(roomIds.map((id) => [id, this.#witnesses(id, server)]));
    const { nodeId } = server;
    const hit = this.#people.filter(({ port }) => port === server.port);
    const at = performance.now();
    const repaired = this.#hit(server, strike);
    const writers = isGathered ? hit.filter((_, index) => index % WRITERS_OF === 0) : [];
    const asked = writers.map((person) => ({ person, cid: `tab-${person.name}:${person.written.length + 1}` }));
    for (const person of writers) person.write();
    // Together: a server that does not start again ends the run, and leaves nothing behind.
    await Promise.all([repaired, ...roomIds.map((roomId) => this.#answers(roomId, server))]);
    await this.#all('everybody is in their room again', ({ isOpen }) => isOpen);
    const report = {
      strike,
      rooms: roomIds.length,
      givenBackAfterMs: this.#leaseTimes(roomIds, at, (holder) => holder === null),
      takenAfterMs: this.#leaseTimes(roomIds, at, (holder) => holder !== null && holder !== nodeId),
      modelAfterMs: roomIds.flatMap((roomId) => modelAfter(witnesses.get(roomId) ?? [], at)),
      backAfterMs: hit.flatMap(({ recoveries }) => {
        const back = recoveries.find(({ lostAt }) => lostAt >= at);
        return back ? [back.lostAt + back.ms - at] : [];
      }),
      ackedAfterMs: asked.map(({ person, cid }) => (person.acks.find((ack) => ack.cid === cid)?.at ?? Infinity) - at),
    };
    say(`${strike} of a server with ${roomIds.length} rooms: ${shown(report)}`);
    const left = at + strikeEveryMs - performance.now();
    if (left > 0) await sleep(left);
    return report;
  }

  /** From `at` to the first such news of the lease of each room. */
  #leaseTimes(roomIds: readonly string[], at: number, is: (nodeId: string | null) => boolean): readonly number[] {
    return roomIds.flatMap((roomId) => {
      const news = this.#leases.find((lease) => lease.roomId === roomId && lease.at > at && is(lease.nodeId));
      return news ? [news.at - at] : [];
    });
  }

  /** Whoever runs the most rooms, or now and then another one. */
  async #victim(strike: Strike): Promise<{ readonly server: ChaosServer; readonly roomIds: readonly string[] }> {
    const holders = await Promise.all(this.#roomIds.map((roomId) => this.#node.holder(roomId)));
    const ofServer = this.#servers.map((server) => ({
      server,
      roomIds: this.#roomIds.filter((_, index) => holders[index]?.nodeId === server.nodeId),
    }));
    const byRooms = ofServer.toSorted((one, other) => other.roomIds.length - one.roomIds.length);
    const isAny = strike !== 'SIGTERM' && !this.#options.isGathered && this.#random() < 0.25;
    const chosen = isAny ? Math.floor(this.#random() * byRooms.length) : 0;
    return byRooms[chosen] as (typeof byRooms)[number];
  }

  /** Resolves when the server serves again. */
  async #hit(server: ChaosServer, strike: Strike): Promise<void> {
    if (strike === 'SIGSTOP') {
      const people = new Set(this.#people.filter(({ port }) => port === server.port));
      const from = performance.now();
      server.freeze();
      await sleep(NOTICED_MS);
      server.takeOut();
      await sleep(Math.max(0, 1.5 * this.#options.leaseMs - NOTICED_MS));
      server.thaw();
      this.#stops.push({ people, span: { from, to: performance.now() } });
      return;
    }
    const code = await server.end(strike);
    if (strike === 'SIGTERM' && code !== 0) this.#violations.push(`a server that was told to end ended with ${code}`);
    await sleep(RESTART_MS);
    await server.start();
  }

  /** The model of a room answers somebody who is not connected to `server`, as long as that is not up. */
  async #answers(roomId: string, server: ChaosServer | null = null): Promise<void> {
    const { patienceMs } = this.#options;
    const isThere = ({ isOpen, port }: Participant) => isOpen && (port !== server?.port || server.isUp);
    const elsewhere = () => this.#peopleOf(roomId).filter(isThere);
    const end = performance.now() + patienceMs;
    try {
      for (;;) {
        await until('somebody elsewhere is in the room', () => elsewhere().length > 0, patienceMs);
        const [asker] = elsewhere();
        if (!asker) continue;
        const text = asker.write(true);
        const isAnswered = () => asker.list.slice(placeOf(asker.list, text)).some(({ kind }) => kind === 'ai.message');
        const outcome = await until('an answer', isAnswered, Math.min(ASK_AGAIN_MS, patienceMs)).catch(() => 'none');
        if (outcome !== 'none') return;
        if (performance.now() > end) throw new Error('no answer');
      }
    } catch {
      this.#violations.push(`the model of ${roomId} does not answer any more`);
    }
  }

  async #comeToRest(): Promise<void> {
    for (const person of this.#people) person.isCutOften = false;
    await this.#all('everything written is acknowledged', ({ isIdle }) => isIdle);
    for (const roomId of this.#roomIds) {
      const { top } = await this.#engine.position(roomId);
      await this.#all(`${roomId} is shown to its end`, (one) => one.roomId !== roomId || one.top >= top);
    }
  }

  /** An engine with the bucket behind it, if there is one. */
  #behind(engine: RoomEngine): RoomEngine {
    if (!this.#bucket) return engine;
    const apiEndpoint = this.#bucket.endpoint;
    const cold = gcsColdStore({ bucket: 'bucket', apiEndpoint, projectId: 'test', retry: { firstPauseMs: 10 } });
    return archivedEngine({ engine, cold });
  }

  /** What is in the bucket alone, when all servers have ended in order. */
  async #checkBucket(): Promise<void> {
    if (!this.#bucket) return;
    await Promise.all(this.#servers.map((server) => server.end('SIGTERM')));
    await this.#closeAdmin();
    this.#closeAdmin = async () => {};
    const engine = this.#behind(memoryEngine());
    await this.#check(engine, 'the bucket');
    await engine.close();
  }

  async #check(engine: RoomEngine, where: string): Promise<void> {
    for (const roomId of this.#roomIds) {
      const people = this.#peopleOf(roomId);
      // The log may still grow by what the room itself writes; what was shown by now is looked at.
      const shownTo = Math.min(...people.map(({ top }) => top));
      const log = (await readAll(engine, roomId)).filter(({ seq }) => seq <= shownTo);
      const checked = people.map(({ name, written, acks, list, problems }) => {
        return { name, written, acks, problems, list: list.filter(({ seq }) => seq <= shownTo) };
      });
      this.#violations.push(...roomViolations(log, checked).map((problem) => `${roomId} in ${where}: ${problem}`));
    }
  }

  /** Waits until it was so for everybody, one after the other; whoever is not there in time is a violation. */
  async #all(what: string, is: (person: Participant) => boolean): Promise<void> {
    let missing: readonly Participant[] = this.#people;
    const isAll = () => {
      missing = missing.filter((person) => !is(person));
      return missing.length === 0;
    };
    await until(what, isAll, this.#options.patienceMs).catch(() => {
      const names = missing.slice(0, 5).map(({ name }) => name);
      this.#violations.push(`never for ${names} (${missing.length}): ${what}`);
    });
  }

  /** Who tells when the model of a room is back: those who stay connected, or all. */
  #witnesses(roomId: string, { port }: ChaosServer): readonly Participant[] {
    const people = this.#peopleOf(roomId);
    const elsewhere = people.filter((person) => person.port !== port);
    return elsewhere.length > 0 ? elsewhere : people;
  }

  #peopleOf(roomId: string): readonly Participant[] {
    return this.#people.filter((person) => person.roomId === roomId);
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
