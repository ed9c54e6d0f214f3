import { Emitter } from './emitter.ts';
import { MetricsCounter, type RoomMetrics } from './metrics/room-metrics.ts';
import type { RoomManagerEvents } from './room-events.ts';
import type { RoomLogger } from './room-options.ts';
import type { RoomSessionInfo } from './room-sessions.ts';

/** Tells of something that happened. */
export type EmitRoomManagerEvent = <K extends keyof RoomManagerEvents & string>(
  type: K,
  event: RoomManagerEvents[K],
) => void;

/** Everything that rooms tell passes here: errors are logged, what is measured is added up, listeners hear of all. */
export class RoomAnnouncer {
  readonly #logger: RoomLogger;
  readonly #metrics = new MetricsCounter();
  readonly #events: Emitter<RoomManagerEvents>;

  constructor(logger: RoomLogger) {
    this.#logger = logger;
    this.#events = new Emitter((error) => this.emit('error', { room: null, stage: 'listener', error }));
  }

  emit<K extends keyof RoomManagerEvents & string>(type: K, event: RoomManagerEvents[K]): void {
    if (type === 'error') this.#log(event as RoomManagerEvents['error']);
    if (type === 'measured') this.#metrics.add((event as RoomManagerEvents['measured']).measurement);
    this.#events.emit(type, event);
  }

  /** @returns its own undo. */
  on<K extends keyof RoomManagerEvents & string>(type: K, listener: (event: RoomManagerEvents[K]) => void): () => void {
    return this.#events.on(type, listener);
  }

  /** What was measured so far. @param sessions - rooms that run now. */
  metrics(sessions: readonly RoomSessionInfo[]): RoomMetrics {
    return this.#metrics.snapshot(sessions);
  }

  removeAll(): void {
    this.#events.removeAll();
  }

  #log({ room, stage, error }: RoomManagerEvents['error']): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#logger.error?.('a room had an error', { room: room?.id ?? null, stage, error: message });
  }
}
