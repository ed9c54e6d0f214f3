import type { Redis } from 'ioredis';
import { openRedis, type RedisLinkOptions, untilReady } from './redis-link.ts';

interface Waiting {
  readonly channel: string;
  readonly bytes: Buffer;
  readonly mayBeLost: boolean;
}

/** Bytes that are on their way to Redis at the same time. */
const MOST_UNDER_WAY = 262_144;
/** Sound and pictures that wait, about five seconds of ten voices; the oldest are dropped. */
const MOST_LOSSY_BYTES = 1_048_576;
/** Everything that waits; what comes then is refused. */
const MOST_BYTES = 8 * 1_048_576;

/** What is published to Redis, in order, with a limit for what waits. */
export class RedisOutbox {
  readonly #redis: Redis;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #lossyBytes = 0;
  #underWay = 0;
  #isClosed = false;

  constructor(options: Pick<RedisLinkOptions, 'connection' | 'timeoutMs'>) {
    this.#redis = openRedis(options);
    // What waited for a connection that is gone is too old for the next one.
    this.#redis.on('close', () => this.#clear());
  }

  /** @returns `false` when it was dropped at once. */
  send(channel: string, bytes: Uint8Array, mayBeLost: boolean): boolean {
    if (this.#isClosed || this.#redis.status !== 'ready') return false;
    if (this.#waitingBytes + bytes.byteLength > MOST_BYTES) return false;
    this.#waiting.push({ channel, bytes: Buffer.from(bytes), mayBeLost });
    this.#waitingBytes += bytes.byteLength;
    if (mayBeLost) this.#lossyBytes += bytes.byteLength;
    this.#dropOldest();
    this.#pump();
    return true;
  }

  /** Resolves when something can be sent. @throws RoomCoreError `ERR_STORE_UNAVAILABLE` */
  ready(): Promise<void> {
    return untilReady(this.#redis);
  }

  close(): void {
    this.#isClosed = true;
    this.#clear();
    this.#redis.disconnect();
  }

  #pump(): void {
    while (this.#underWay < MOST_UNDER_WAY) {
      const next = this.#waiting.shift();
      if (!next) return;
      const { byteLength } = next.bytes;
      this.#forget(next);
      this.#underWay += byteLength;
      this.#redis
        .publish(next.channel, next.bytes)
        // Whoever counts what arrives notices what did not.
        .catch(() => {})
        .finally(() => {
          this.#underWay -= byteLength;
          this.#pump();
        });
    }
  }

  #dropOldest(): void {
    while (this.#lossyBytes > MOST_LOSSY_BYTES) {
      const oldest = this.#waiting.findIndex(({ mayBeLost }) => mayBeLost);
      for (const dropped of this.#waiting.splice(oldest, 1)) this.#forget(dropped);
    }
  }

  #forget({ bytes, mayBeLost }: Waiting): void {
    this.#waitingBytes -= bytes.byteLength;
    if (mayBeLost) this.#lossyBytes -= bytes.byteLength;
  }

  #clear(): void {
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#lossyBytes = 0;
  }
}
