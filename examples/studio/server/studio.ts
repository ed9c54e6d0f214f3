import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Emulator, EmulatorOptions, SpokenPhrase } from '@colloquy/live-emulator';
import { geminiModel, opusDecoder, type RoomServer, serveRooms } from '@colloquy/live-proxy/rooms';
import { type RoomBudgetOption, RoomManager } from '@colloquy/room-core';
import { fileRecordings } from '@colloquy/room-core/recordings';
import { BOARD_TOPIC } from '../src/board/board.ts';
import { AppRequests } from './app-requests.ts';
import { boardTopic } from './board-schema.ts';
import { type BoardRooms, boardTools } from './board-tools.ts';
import { IN_MEMORY, openEngine, openNode } from './engine.ts';
import { IapVisitors } from './iap-visitors.ts';
import { listen } from './listen.ts';
import { type OpenedSource, openSource } from './model.ts';
import { allowedOrigins, localUrl } from './origins.ts';
import { roomAccess } from './room-access.ts';
import { RoomHosts } from './room-hosts.ts';
import { keptSecret } from './secret.ts';
import { GuestSessions } from './sessions.ts';
import { type BucketStore, DEFAULT_GEMINI_API_MODEL, type ModelSource } from './settings.ts';
import { StaticFiles } from './static-files.ts';
import { StudioMetrics } from './studio-metrics.ts';
import type { AuthSettings, Visitors } from './visitors.ts';

/** Where the studio says what happens. */
export interface StudioLogger {
  debug?(message: string, details?: Readonly<Record<string, unknown>>): void;
  warn?(message: string, details?: Readonly<Record<string, unknown>>): void;
  error?(message: string, details?: Readonly<Record<string, unknown>>): void;
}

/** Options of {@link startStudio}. */
export interface StudioOptions {
  /** Address to listen on. @defaultValue `'127.0.0.1'` */
  readonly host?: string;
  /** TCP port; `0` takes any free one. @defaultValue 8080 */
  readonly port?: number;
  /** Origin under which browsers reach the studio when that is not this machine. @defaultValue `null` */
  readonly publicOrigin?: string | null;
  /** Which Live API answers. @defaultValue the embedded emulator */
  readonly source?: ModelSource;
  /** Folder of rooms and secret; `':memory:'` keeps nothing. @defaultValue `'./data'` */
  readonly dataDirectory?: string;
  /** Bucket behind the data folder, which may then be lost. @defaultValue `null` */
  readonly store?: BucketStore | null;
  /** Address of a Redis in which rooms are shared with other studios; needs `secret`. @defaultValue `null`: the data folder */
  readonly redis?: string | null;
  /** Signs cookies. @defaultValue one that is kept in the data folder */
  readonly secret?: string | null;
  /** Who says who people are. @defaultValue they do, as guests */
  readonly auth?: AuthSettings;
  /** What `GET /metrics` asks for as bearer token; `null` serves none. @defaultValue `null` */
  readonly metricsToken?: string | null;
  /** Folder of the built front end. @defaultValue what `vite build` wrote */
  readonly assets?: string;
  /** Phrases that the embedded emulator understands when they are spoken; anything else it reports as speech. */
  readonly phrases?: readonly SpokenPhrase[];
  /** More for the embedded emulator, such as a brain, a seed or faults. */
  readonly emulator?: EmulatorOptions;
  /** What each room may use of its model. @defaultValue without limit */
  readonly budget?: RoomBudgetOption;
  /** How long a person whose connection broke stays "away", in milliseconds. @defaultValue 15_000 */
  readonly graceMs?: number;
  /** Silent by default. */
  readonly logger?: StudioLogger;
}

/** A studio that serves. */
export interface RunningStudio {
  /** Address to open in a browser. */
  readonly url: string;
  readonly port: number;
  /** Which model answers, in words for people; holds no credential. */
  readonly model: string;
  /** The embedded emulator; `null` when another model answers. */
  readonly emulator: Emulator | null;
  readonly manager: RoomManager;
  /** Tells everybody, ends rooms' model sessions, and resolves when nothing is open any more. Idempotent. */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

/** What the model is called in rooms. */
const MODEL_NAME = 'Gemini';

/** Path of the rooms' REST and WebSocket. */
const ROOMS_PATH = '/api/rooms';

/**
 * Starts the studio.
 *
 * @throws RoomCoreError `ERR_STORE_LOCKED` when another process uses the data folder; `ListenError` naming port and remedy
 * when another program has the port. Nothing is left open then.
 *
 * @example
 * ```ts
 * const studio = await startStudio({ port: 0, dataDirectory: ':memory:' });
 * console.log(studio.url);
 * await studio.close();
 * ```
 */
export async function startStudio(options: StudioOptions = {}): Promise<RunningStudio> {
  const { dataDirectory = './data', logger = {}, redis = null } = options;
  const keepsNothing = dataDirectory === IN_MEMORY;
  const source = options.source ?? { kind: 'emulator', model: DEFAULT_GEMINI_API_MODEL };
  const assets = await StaticFiles.load(options.assets ?? builtAssets());
  const engine = openEngine({ dataDirectory, store: options.store ?? null, redis, logger });
  let opened: OpenedSource | null = null;
  let manager: RoomManager | null = null;
  try {
    // A file that is no database shows with the first question only; better now than to everybody who comes.
    await engine.rooms.list({ limit: 1 });
    // A bucket lists rooms whatever the Redis before it does.
    if (redis !== null) await engine.rooms.get('-');
    const secret = options.secret ?? (keepsNothing ? crypto.randomUUID() : await keptSecret(dataDirectory));
    opened = await openSource(source, options);
    const running: RoomManager = new RoomManager({
      opusDecoder: opusDecoder(),
      engine,
      node: redis === null ? null : openNode(redis, secret),
      model: geminiModel({ upstream: opened.upstream, model: source.model, logger }),
      modelDisplayName: MODEL_NAME,
      tools: boardTools((): BoardRooms => running, MODEL_NAME),
      topics: { [BOARD_TOPIC]: boardTopic },
      recordings: keepsNothing ? null : fileRecordings({ directory: join(dataDirectory, 'recordings') }),
      graceMs: options.graceMs,
      budget: options.budget,
      logger,
    });
    manager = running;
    manager.on('error', ({ stage, error, room }) => logger.error?.(`room ${room?.id ?? '-'}: ${stage}`, { error }));
    return await serve({ ...options, secret, source, opened, manager, assets, logger });
  } catch (error) {
    // The manager closes its engine.
    await (manager?.shutdown() ?? engine.close());
    await opened?.emulator?.close();
    throw error;
  }
}

interface Parts extends StudioOptions {
  readonly secret: string;
  readonly source: ModelSource;
  readonly opened: OpenedSource;
  readonly manager: RoomManager;
  readonly logger: StudioLogger;
}

async function serve(parts: Omit<Parts, 'assets'> & { readonly assets: StaticFiles }): Promise<RunningStudio> {
  const { host = '127.0.0.1', publicOrigin = null, source, manager, opened, logger } = parts;
  const secure = publicOrigin?.startsWith('https:') ?? false;
  const { auth = { kind: 'guest' }, metricsToken = null } = parts;
  const guests = auth.kind === 'guest' ? new GuestSessions({ secret: parts.secret, secure }) : null;
  const visitors: Visitors = auth.kind === 'guest' ? (guests as GuestSessions) : new IapVisitors(auth);
  // Some clients offer HTTP/2 with every request; what is no WebSocket is answered as if they had not.
  const server = createServer({ shouldUpgradeCallback: ({ headers }) => /^websocket$/i.test(headers.upgrade ?? '') });
  const port = await listen(server, { host, port: parts.port ?? 8080 });
  const metrics = metricsToken === null ? null : new StudioMetrics(metricsToken);
  const origins = allowedOrigins({ host, port, publicOrigin });
  const hosts = new RoomHosts(manager);
  manager.on('entryAppended', ({ room, entry }) => {
    if (entry.kind !== 'participant.added' && entry.kind !== 'participant.removed') return;
    hosts.peopleChanged(room.id).catch((error: unknown) => logger.error?.(`room ${room.id}: host`, { error }));
  });
  const rooms = serveRooms(manager, {
    ...roomAccess({ visitors, hosts }),
    allowedOrigins: origins,
    path: ROOMS_PATH,
    logger,
    ...(metrics !== null && { telemetry: { meter: metrics.meter } }),
  });
  const app = new AppRequests({
    visitors,
    guests,
    metrics,
    source,
    recording: parts.dataDirectory !== IN_MEMORY,
    rooms,
    assets: parts.assets,
    allowedOrigins: origins,
    secure,
    logger,
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => void app.handle(request, response));
  server.on('upgrade', (request, socket, head) => {
    if (!rooms.handleUpgrade(request, socket, head)) socket.destroy();
  });
  const stop = (graceMs: number): Promise<void> => stopAll({ server, rooms, manager, opened, app, metrics, graceMs });
  let closing: Promise<void> | null = null;
  return {
    url: publicOrigin ?? localUrl({ host, port }),
    port,
    model: opened.description,
    emulator: opened.emulator,
    manager,
    close: ({ graceMs = 2000 } = {}) => {
      closing ??= stop(graceMs);
      return closing;
    },
  };
}

async function stopAll(parts: {
  readonly server: Server;
  readonly rooms: RoomServer;
  readonly manager: RoomManager;
  readonly opened: OpenedSource;
  readonly app: AppRequests;
  readonly metrics: StudioMetrics | null;
  readonly graceMs: number;
}): Promise<void> {
  const { server, rooms, manager, opened, app, metrics, graceMs } = parts;
  app.drain();
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  await rooms.close({ graceMs });
  await manager.shutdown({ graceMs: 0 });
  server.closeAllConnections();
  await closed;
  await opened.emulator?.close();
  await metrics?.close();
}

/** The same place from `server/` and from `dist-server/`. */
function builtAssets(): string {
  return fileURLToPath(new URL('../dist/', import.meta.url));
}
