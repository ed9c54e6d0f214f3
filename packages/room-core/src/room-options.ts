import type { PriceTable, RoomConfiguration } from '@colloquy/live-protocol';
import type { AppTopics } from './app/app-topic.ts';
import type { RoomBudgetOption } from './metering/room-budget.ts';
import type { Clock } from './ports/clock.ts';
import type { ModelPort } from './ports/model-session.ts';
import type { OpusDecoderPort } from './ports/opus-decoder.ts';
import type { RecordingStore } from './ports/recording-store.ts';
import type { RoomEngine } from './ports/room-engine.ts';
import type { MixerPort } from './ports/room-mixer.ts';
import type { RoomNode } from './ports/room-node.ts';
import type { AnyRoomTool } from './tools/room-tool.ts';

/** Where the library says what happens. It never writes to the console. */
export interface RoomLogger {
  /** What helps to understand a run. */
  debug?(message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** What may become a problem. */
  warn?(message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** What failed with nobody to reject. */
  error?(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Limits of every room. */
export interface RoomLimitOptions {
  /** People in one room, those who are `away` included. @defaultValue 100 */
  readonly maxParticipants?: number;
  /** People who wait to be admitted to one room. @defaultValue 100 */
  readonly maxWaiting?: number;
  /** Sockets of one person in one room. @defaultValue 8 */
  readonly maxConnectionsPerParticipant?: number;
  /** Microphones that are mixed for the model at the same time. @defaultValue 8 */
  readonly maxMicrophones?: number;
  /** Microphones that people hear at the same time, the loudest; `0` relays all. @defaultValue 3 */
  readonly maxRelayedSpeakers?: number;
  /** Longest text of one message, in UTF-16 units. @defaultValue 16_000 */
  readonly maxTextLength?: number;
  /** Largest WebSocket message that clients are told they may send, in bytes. @defaultValue 1_048_576 */
  readonly maxMessageBytes?: number;
  /** Largest picture, in bytes. @defaultValue 786_432 */
  readonly maxPictureBytes?: number;
  /** Pictures per second of one room for the model. @defaultValue 1 */
  readonly maxPicturesPerSecond?: number;
  /** The same per minute: the model is charged for each; `0` shows it none. @defaultValue 60 */
  readonly maxPicturesPerMinute?: number;
  /** Texts per second of one connection, over time; `0` turns the limit off. @defaultValue 10 */
  readonly maxTextsPerSecond?: number;
  /**
   * Largest answer of a tool, in bytes of JSON; `0` turns the limit off. Browsers also keep to the largest message that
   * the server takes. @defaultValue 49_152
   */
  readonly maxToolResultBytes?: number;
  /** Largest data of one entry of the application's own, in bytes of JSON; `0` turns the limit off. @defaultValue 16_384 */
  readonly maxAppEntryBytes?: number;
}

/** Options of {@link RoomManager}. */
export interface RoomManagerOptions {
  readonly engine: RoomEngine;
  /**
   * This server among several that share the engine: each room runs on one of them, people may be connected to any.
   * @defaultValue `null`: this server is the only one
   */
  readonly node?: RoomNode | null;
  /** Another server takes over a room whose server was not heard of for so long, in milliseconds. @defaultValue 10_000 */
  readonly leaseMs?: number;
  /** Opens the model sessions; `null` makes rooms of people only. */
  readonly model: ModelPort | null;
  /**
   * What the model may call, in every room: each call runs once, and stands in the log with what it came to.
   * @defaultValue none
   */
  readonly tools?: readonly AnyRoomTool[];
  /**
   * What the application keeps in the logs of rooms, published by people (`publish` of the client) and by
   * `RoomManager.publish`. @defaultValue nothing
   */
  readonly topics?: AppTopics;
  /**
   * What a room may use of its model. Counted over all the times that people are in the room, and over
   * restarts: what was used is stored with the room, after 10 s at the latest.
   * @defaultValue without limit
   */
  readonly budget?: RoomBudgetOption;
  /** Prices of a million tokens by model and kind, in whatever currency. @defaultValue nothing has a price */
  readonly prices?: PriceTable;
  /** Name of the model as a participant and as the author of entries. @defaultValue `'Model'` */
  readonly modelDisplayName?: string;
  /** Taken for what a new room does not say. */
  readonly defaultConfiguration?: Partial<RoomConfiguration>;
  /**
   * Whoever has the floor (`floor: 'floor'`) and is silent for so long loses it, in milliseconds; `0` turns it off.
   * @defaultValue 30_000
   */
  readonly floorReleaseMs?: number;
  /**
   * Of two microphones that hear the same voice, such as two laptops in one room, the softer one is left out.
   * @defaultValue true
   */
  readonly leaveOutEchoes?: boolean;
  /** Messages of the log that a fresh model session is seeded with. @defaultValue 40 */
  readonly historyTurns?: number;
  /** How long a person whose connection broke stays `away` before they leave, in milliseconds. @defaultValue 15_000 */
  readonly graceMs?: number;
  /** How long the model session outlives the last person, in milliseconds. @defaultValue 30_000 */
  readonly emptyGraceMs?: number;
  /** How long somebody may wait to be admitted, in milliseconds; `0` is without end. @defaultValue 600_000 */
  readonly waitingTimeoutMs?: number;
  /** Rooms to which nothing was added for so many days are deleted with their logs; `0` keeps them. @defaultValue 0 */
  readonly expireAfterDays?: number;
  readonly limits?: RoomLimitOptions;
  /**
   * Where hosts may keep recordings of what is heard. Without it nothing is ever recorded; with it a host starts and ends
   * each recording, and everybody in the room is told.
   */
  readonly recordings?: RecordingStore | null;
  /** A recording ends by itself after so long, in milliseconds; `0` is without end. @defaultValue 14_400_000 */
  readonly maxRecordingMs?: number;
  /**
   * Lets people send Opus, about an eighth of the bytes; without it they send PCM16.
   * @defaultValue `null`
   */
  readonly opusDecoder?: OpusDecoderPort | null;
  /** Where audio is mixed for the model. @defaultValue the thread that serves the rooms */
  readonly mixers?: MixerPort;
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock;
  readonly logger?: RoomLogger;
}
