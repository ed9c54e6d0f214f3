import {
  checkPrices,
  DEFAULT_ROOM_CONFIGURATION,
  type PriceTable,
  type RoomConfiguration,
  type RoomInfo,
  type RoomLimits,
} from '@colloquy/live-protocol';
import { AppTopicDesk, checkTopics } from './app/app-topic.ts';
import { checkConfiguration } from './configuration-input.ts';
import { checkName } from './input.ts';
import { checkBudget, type RoomBudget } from './metering/room-budget.ts';
import type { OpusDecoderPort } from './ports/opus-decoder.ts';
import type { RecordingStore } from './ports/recording-store.ts';
import type { RoomLimitOptions, RoomManagerOptions } from './room-options.ts';
import { checkTools } from './tools/check-tools.ts';
import type { AnyRoomTool } from './tools/room-tool.ts';

/** The options with every default filled in and everything checked. */
export interface RoomSettings {
  readonly modelDisplayName: string;
  readonly budget: (room: RoomInfo) => RoomBudget;
  readonly prices: PriceTable;
  readonly tools: ReadonlyMap<string, AnyRoomTool>;
  readonly topics: AppTopicDesk;
  readonly defaultConfiguration: RoomConfiguration;
  readonly floorReleaseMs: number;
  readonly leaveOutEchoes: boolean;
  readonly historyTurns: number;
  readonly graceMs: number;
  readonly emptyGraceMs: number;
  readonly waitingTimeoutMs: number;
  readonly expireAfterMs: number;
  readonly limits: Required<RoomLimitOptions>;
  readonly opusDecoder: OpusDecoderPort | null;
  readonly recordings: RecordingStore | null;
  readonly maxRecordingMs: number;
  readonly leaseMs: number;
}

const defaultLimits: Required<RoomLimitOptions> = {
  maxParticipants: 100,
  maxWaiting: 100,
  maxConnectionsPerParticipant: 8,
  maxMicrophones: 8,
  maxRelayedSpeakers: 3,
  maxTextLength: 16_000,
  maxMessageBytes: 1_048_576,
  maxPictureBytes: 786_432,
  maxPicturesPerSecond: 1,
  maxPicturesPerMinute: 60,
  maxTextsPerSecond: 10,
  maxToolResultBytes: 49_152,
  maxAppEntryBytes: 16_384,
};

/** @throws TypeError, RangeError */
export function toSettings(options: RoomManagerOptions): RoomSettings {
  if (typeof options?.engine?.append !== 'function') {
    throw new TypeError('RoomManager needs an "engine", such as memoryEngine() or sqliteEngine({ directory }).');
  }
  if (options.model !== null && typeof options.model?.open !== 'function') {
    throw new TypeError('RoomManager needs a "model" port; pass null for rooms without a model.');
  }
  checkNode(options);
  const limits = toLimits(options.limits);
  return {
    modelDisplayName: checkName('"modelDisplayName"', options.modelDisplayName ?? 'Model'),
    tools: checkTools(options.tools),
    topics: new AppTopicDesk(checkTopics(options.topics), limits.maxAppEntryBytes),
    budget: checkBudget(options.budget),
    prices: checkPrices(options.prices ?? {}, 'RoomManager'),
    defaultConfiguration: checkConfiguration(options.defaultConfiguration, DEFAULT_ROOM_CONFIGURATION),
    leaveOutEchoes: options.leaveOutEchoes ?? true,
    floorReleaseMs: amount('floorReleaseMs', options.floorReleaseMs ?? 30_000),
    historyTurns: amount('historyTurns', options.historyTurns ?? 40),
    graceMs: amount('graceMs', options.graceMs ?? 15_000),
    emptyGraceMs: amount('emptyGraceMs', options.emptyGraceMs ?? 30_000),
    waitingTimeoutMs: amount('waitingTimeoutMs', options.waitingTimeoutMs ?? 600_000),
    expireAfterMs: days(options.expireAfterDays ?? 0),
    limits,
    opusDecoder: checkOpusDecoder(options.opusDecoder),
    recordings: checkRecordings(options.recordings),
    maxRecordingMs: amount('maxRecordingMs', options.maxRecordingMs ?? 4 * 60 * 60 * 1_000),
    leaseMs: leaseLength(options.leaseMs ?? 10_000),
  };
}

/** The part of the limits that clients are told. */
export function toWireLimits(limits: Required<RoomLimitOptions>): RoomLimits {
  const { maxTextLength, maxMessageBytes, maxPicturesPerSecond } = limits;
  return { maxTextLength, maxMessageBytes, maxPicturesPerSecond };
}

function checkOpusDecoder(port: OpusDecoderPort | null | undefined): OpusDecoderPort | null {
  if (port === undefined || port === null) return null;
  if (typeof port.load === 'function' && typeof port.open === 'function') return port;
  throw new TypeError('"opusDecoder" must have load() and open(), as opusDecoder() of @colloquy/live-proxy/rooms has.');
}

function checkRecordings(store: RecordingStore | null | undefined): RecordingStore | null {
  if (store === undefined || store === null) return null;
  if (typeof store.begin === 'function' && typeof store.delete === 'function') return store;
  throw new TypeError('"recordings" must be a store, such as fileRecordings({ directory }) of room-core/recordings.');
}

function checkNode({ engine, node }: RoomManagerOptions): void {
  if (node === undefined || node === null) return;
  if (typeof node.acquire !== 'function' || typeof node.send !== 'function') {
    throw new TypeError('"node" must be a node, such as redisNode({ connection }) of room-core/redis.');
  }
  if (engine.shared !== true) {
    throw new TypeError(
      '"node" is for servers that share an engine, such as redisEngine({ connection }); this one is not.',
    );
  }
}

function leaseLength(value: unknown): number {
  if (typeof value === 'number' && value >= 1_000 && value <= 600_000) return value;
  throw new RangeError(`"leaseMs" must be a number from 1000 to 600000; it is ${String(value)}.`);
}

function toLimits(wish: RoomLimitOptions = {}): Required<RoomLimitOptions> {
  const limits: Record<string, number> = { ...defaultLimits };
  for (const [name, value] of Object.entries(wish)) {
    if (value === undefined) continue;
    if (!(name in defaultLimits)) throw new RangeError(`"limits.${name}" is not known.`);
    limits[name] = amount(`limits.${name}`, value);
  }
  return limits as unknown as Required<RoomLimitOptions>;
}

function amount(name: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value < 2 ** 31) return value;
  throw new RangeError(`"${name}" must be a number from 0 to 2147483647; it is ${String(value)}.`);
}

function days(value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value <= 36_500) return value * 86_400_000;
  throw new RangeError(`"expireAfterDays" must be a number from 0 to 36500; it is ${String(value)}.`);
}
