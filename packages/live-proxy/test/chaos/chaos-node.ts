// One of the servers of a chaos run: rooms in Redis, a model at an emulator, and nothing that outlives the process.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type RoomEngine, RoomManager } from '@colloquy/room-core';
import { archivedEngine } from '@colloquy/room-core/archive';
import { gcsColdStore } from '@colloquy/room-core/gcs';
import { redisEngine, redisNode } from '@colloquy/room-core/redis';
import { endpoint } from '../../src/index.ts';
import { geminiModel, serveRooms } from '../../src/rooms/index.ts';
import { type Stall, usedSince, watchLoop } from './stalls.ts';

/** What a server is started with, as JSON in its first argument. */
export interface ChaosNodeOptions {
  /** Socket of the Redis. */
  readonly redis: string;
  /** Where a bucket behind it is served; `null`: there is none. */
  readonly bucket: string | null;
  readonly emulator: string;
  readonly leaseMs: number;
  /** What is broken in it, so that the run must fail; `null`: nothing. */
  readonly broken: Broken | null;
}

/** `dedupe`: a text that comes again is stored again. `ack`: some texts are acknowledged and not stored. */
export type Broken = 'dedupe' | 'ack';

/** What a server tells the run. */
export type FromChaosNode =
  | { readonly t: 'up'; readonly port: number; readonly nodeId: string }
  /** By how much it was late in a second at worst, and for how long it used a core meanwhile, milliseconds. */
  | { readonly t: 'late'; readonly stall: Stall; readonly usedMs: number }
  /** It had the lease of a room for so long until it ran it, milliseconds. */
  | { readonly t: 'taken'; readonly ms: number }
  /** It ran a room for so long until the model was there, with the session of before or a new one, milliseconds. */
  | { readonly t: 'session'; readonly outcome: 'resumed' | 'started'; readonly ms: number }
  | { readonly t: 'error'; readonly error: string };

/** People of a server that is told to stop are gone after so long. */
const GRACE_MS = 2_000;

const tell = (what: FromChaosNode) => process.send?.(what);
const options = JSON.parse(process.argv[2] ?? '') as ChaosNodeOptions;
const connection = { path: options.redis };
const node = redisNode({ connection, secret: 'a secret of all servers' });
const manager = new RoomManager({
  engine: breakEngine(openEngine(), options.broken),
  node,
  leaseMs: options.leaseMs,
  model: geminiModel({ upstream: endpoint({ url: options.emulator }) }),
  limits: { maxTextsPerSecond: 0 },
});
manager.on('error', ({ stage, error }) => tell({ t: 'error', error: `${stage}: ${String(error)}` }));
/** Rooms that run here and have no model yet, by the time from which they run. */
const runningSince = new Map<string, number>();
manager.on('measured', ({ measurement, room }) => {
  if (measurement.type === 'lease' && measurement.outcome === 'taken') {
    runningSince.set(room.id, performance.now());
    tell({ t: 'taken', ms: measurement.ms });
  }
  const since = runningSince.get(room.id);
  if (measurement.type !== 'session' || measurement.outcome === 'lost' || since === undefined) return;
  runningSince.delete(room.id);
  tell({ t: 'session', outcome: measurement.outcome, ms: performance.now() - since });
});
const used = usedSince();
watchLoop((stall) => tell({ t: 'late', stall, usedMs: used() }));
const rooms = serveRooms(manager, {
  authenticate: ({ ticket }) => ({ participantId: `p-${ticket}`, name: ticket ?? '', role: 'speaker' }),
  limits: { textsPerSecond: 0, messagesPerSecond: 0 },
});
const http = createServer();
rooms.attach(http, { path: '/rooms' });
http.listen(0, '127.0.0.1', () => tell({ t: 'up', port: (http.address() as AddressInfo).port, nodeId: node.nodeId }));

process.once('SIGTERM', async () => {
  try {
    // As a studio does it: rooms go on elsewhere at once, and people follow within the time given.
    await rooms.close({ graceMs: GRACE_MS });
    await manager.shutdown();
    process.exit(0);
  } catch (error) {
    tell({ t: 'error', error: `shutdown: ${String(error)}` });
    process.exit(1);
  }
});
// The run is over.
process.once('disconnect', () => process.exit(1));

function openEngine(): RoomEngine {
  const engine = redisEngine({ connection });
  const { bucket } = options;
  if (bucket === null) return engine;
  const cold = gcsColdStore({ bucket: 'bucket', apiEndpoint: bucket, projectId: 'test', retry: { firstPauseMs: 10 } });
  return archivedEngine({ engine, cold });
}

function breakEngine(engine: RoomEngine, broken: Broken | null): RoomEngine {
  if (broken === null) return engine;
  const append = engine.append.bind(engine);
  let count = 0;
  engine.append = async (roomId, entry, how) => {
    if (broken === 'ack' && entry.cid !== undefined) {
      count += 1;
      if (count % 20 === 0) {
        const { top } = await engine.position(roomId);
        await engine.skip(roomId, entry.actor.participantId, entry.cid);
        return { outcome: 'duplicate', seq: top };
      }
    }
    const result = await append(roomId, entry, how);
    if (broken !== 'dedupe' || result.outcome !== 'duplicate') return result;
    const { cid: _, ...again } = entry;
    return append(roomId, again, how);
  };
  return engine;
}
