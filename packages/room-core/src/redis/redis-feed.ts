import type { LogEntry } from '@colloquy/live-protocol';
import type { Redis, RedisOptions } from 'ioredis';
import { EntryFanout } from '../engine/entry-fanout.ts';
import type { RedisKeys } from './keys.ts';
import { unpackEntry } from './packed-entry.ts';
import { openRedis } from './redis-link.ts';

/** What a {@link RedisFeed} is made of. */
export interface RedisFeedOptions {
  readonly connection: string | RedisOptions;
  readonly timeoutMs: number;
  readonly keys: RedisKeys;
  /** The newest entry of a room: it shows what was missed while there was no connection. */
  readonly newest: (roomId: string) => Promise<LogEntry | null>;
}

/** A room that somebody listens to. */
interface Listened {
  listeners: number;
  epoch: number;
  seq: number;
  /** Resolves when Redis tells of new entries; never rejects. */
  heard: Promise<void>;
}

/**
 * Entries of all servers, each handed on once and never backwards. Redis forgets a message that nobody was there to take:
 * after a break the newest entry is handed on, and whoever counts sees the gap.
 */
export class RedisFeed {
  readonly #options: RedisFeedOptions;
  readonly #redis: Redis;
  readonly #fanout = new EntryFanout();
  readonly #rooms = new Map<string, Listened>();

  constructor(options: RedisFeedOptions) {
    this.#options = options;
    this.#redis = openRedis(options);
    this.#redis.on('message', (channel: string, message: string) => this.#take(channel, message));
    this.#redis.on('ready', () => {
      for (const roomId of this.#rooms.keys()) this.#listen(roomId);
    });
  }

  subscribe(roomId: string, listener: (entry: LogEntry) => void): () => void {
    const stop = this.#fanout.subscribe(roomId, listener);
    const room = this.#rooms.get(roomId) ?? { listeners: 0, epoch: 0, seq: 0, heard: Promise.resolve() };
    room.listeners += 1;
    if (room.listeners === 1) {
      this.#rooms.set(roomId, room);
      this.#listen(roomId);
    }
    let stopped = false;
    return () => {
      stop();
      if (stopped) return;
      stopped = true;
      room.listeners -= 1;
      if (room.listeners > 0 || this.#rooms.get(roomId) !== room) return;
      this.#rooms.delete(roomId);
      // When it does not arrive, the connection is gone, and the subscription with it.
      this.#redis.unsubscribe(this.#options.keys.feed(roomId)).catch(() => {});
    };
  }

  /** An entry of a listened-to room, by whichever way it came first. */
  offer(entry: LogEntry): void {
    const room = this.#rooms.get(entry.room);
    if (!room || entry.epoch < room.epoch || (entry.epoch === room.epoch && entry.seq <= room.seq)) return;
    room.epoch = entry.epoch;
    room.seq = entry.seq;
    this.#fanout.publish(entry);
  }

  /** Resolves when nothing that is appended from now on is missed, or a subscription has failed. */
  async listening(roomId: string): Promise<void> {
    await this.#rooms.get(roomId)?.heard;
  }

  close(): void {
    this.#fanout.clear();
    this.#rooms.clear();
    this.#redis.disconnect();
  }

  #listen(roomId: string): void {
    const room = this.#rooms.get(roomId);
    // Without a connection there is nothing to ask; the next one asks for every room.
    if (!room || this.#redis.status !== 'ready') return;
    room.heard = this.#redis
      .subscribe(this.#options.keys.feed(roomId))
      .then(() => this.#catchUp(roomId, room))
      .catch(() => {});
  }

  /** Only what was missed since the last entry that was handed on. */
  async #catchUp(roomId: string, room: Listened): Promise<void> {
    if (room.seq === 0) return;
    const newest = await this.#options.newest(roomId);
    if (newest) this.offer(newest);
  }

  #take(channel: string, message: string): void {
    const roomId = this.#options.keys.roomOfFeed(channel);
    const room = this.#rooms.get(roomId);
    const [, epoch = '', seq = '', ts = ''] = message.split(' ', 4);
    if (!room || Number(epoch) < room.epoch || (Number(epoch) === room.epoch && Number(seq) <= room.seq)) return;
    // The writer's name is the first word; the entry follows the fourth space.
    let at = 0;
    for (let space = 0; space < 4; space += 1) at = message.indexOf(' ', at) + 1;
    this.offer(
      unpackEntry(roomId, { seq: Number(seq), epoch: Number(epoch), ts: Number(ts), json: message.slice(at) }),
    );
  }
}
