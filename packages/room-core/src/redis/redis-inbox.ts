import type { Redis } from 'ioredis';
import { openRedis, type RedisLinkOptions, untilReady } from './redis-link.ts';

/** Channels of Redis that somebody listens to, subscribed again whenever there is a new connection. */
export class RedisInbox {
  readonly #redis: Redis;
  readonly #listeners = new Map<string, Set<(bytes: Buffer) => void>>();
  /** Resolves when everything is subscribed. */
  #heard: Promise<unknown> = Promise.resolve();

  constructor(options: Pick<RedisLinkOptions, 'connection' | 'timeoutMs'>) {
    this.#redis = openRedis(options);
    this.#redis.on('messageBuffer', (channel: Buffer, bytes: Buffer) => {
      for (const listener of this.#listeners.get(channel.toString()) ?? []) listener(bytes);
    });
    this.#redis.on('ready', () => this.#subscribe([...this.#listeners.keys()]));
  }

  subscribe(channel: string, listener: (bytes: Buffer) => void): () => void {
    const own = (bytes: Buffer) => listener(bytes);
    const known = this.#listeners.get(channel);
    const listeners = known ?? new Set();
    this.#listeners.set(channel, listeners.add(own));
    if (!known) this.#subscribe([channel]);
    return () => {
      if (!listeners.delete(own) || listeners.size > 0 || this.#listeners.get(channel) !== listeners) return;
      this.#listeners.delete(channel);
      // When it does not arrive, the connection is gone, and the subscription with it.
      this.#redis.unsubscribe(channel).catch(() => {});
    };
  }

  /** Resolves when nothing is missed from now on. @throws RoomCoreError `ERR_STORE_UNAVAILABLE` */
  async heard(): Promise<void> {
    if (this.#listeners.size === 0) return;
    await untilReady(this.#redis);
    await this.#heard;
  }

  close(): void {
    this.#listeners.clear();
    this.#redis.disconnect();
  }

  #subscribe(channels: readonly string[]): void {
    // Without a connection there is nothing to ask; the next one asks for every channel.
    if (this.#redis.status !== 'ready' || channels.length === 0) return;
    this.#heard = Promise.all([this.#heard, this.#redis.subscribe(...channels).catch(() => {})]);
  }
}
