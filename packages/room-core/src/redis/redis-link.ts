import { Redis, type RedisOptions } from 'ioredis';
import { RoomCoreError } from '../errors.ts';

/** What a {@link RedisLink} is made of. */
export interface RedisLinkOptions {
  readonly connection: string | RedisOptions;
  /** Longest that a command waits for a connection and its answer, in milliseconds. */
  readonly timeoutMs: number;
  /** Hears of settings that lose data, once a connection. */
  readonly onWarning: (message: string) => void;
}

const LONGEST_RETRY_MS = 2_000;

/**
 * One connection for commands, with the identity of the server's process at its other end. Nothing is ever sent again by
 * itself: a command whose answer was lost may have been carried out, and the server that comes next may be another one.
 */
export class RedisLink {
  readonly redis: Redis;
  readonly #options: RedisLinkOptions;
  #run: Promise<string>;
  #setRun: (run: string) => void = () => {};
  #closed = false;

  constructor(options: RedisLinkOptions) {
    this.#options = options;
    this.#run = this.#unknown();
    this.redis = openRedis(options);
    this.redis.on('ready', () => void this.#identify());
    this.redis.on('close', () => {
      this.#run = this.#unknown();
    });
  }

  /**
   * Calls `send` with the identity of the server, on the connection that it was read on.
   * @throws RoomCoreError `ERR_STORE_UNAVAILABLE`
   */
  async use<T>(send: (redis: Redis, run: string) => Promise<T>): Promise<T> {
    if (this.#closed) throw new RoomCoreError('ERR_STORE_UNAVAILABLE', 'The Redis engine was closed.');
    try {
      // No turn of the event loop lies between the answer and the command: it goes to the server that was asked.
      const run = await this.#withinTime(this.#run);
      return await send(this.redis, run);
    } catch (cause) {
      throw unavailable(cause);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.redis.disconnect();
  }

  #unknown(): Promise<string> {
    return new Promise((resolve) => {
      this.#setRun = resolve;
    });
  }

  async #identify(): Promise<void> {
    const found = this.#setRun;
    try {
      const info = await this.redis.info();
      const run = field(info, 'run_id');
      if (run === null) throw new Error('the server does not tell its run_id');
      for (const warning of warningsOf(info)) this.#options.onWarning(warning);
      found(run);
    } catch {
      // Without an identity nothing can be written safely: begin again.
      if (!this.#closed) this.redis.disconnect(true);
    }
  }

  async #withinTime<T>(promise: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('there is no connection')), this.#options.timeoutMs);
      timer.unref();
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/**
 * A connection that retries by itself, and sends nothing again. One that goes silent without an end, as when the machine of
 * Redis loses its power, is given up, where the operating system would wait for a quarter of an hour: after `timeoutMs` without
 * a byte while an answer is awaited. It asks for one that often, so that one is noticed that only listens.
 */
export function openRedis({ connection, timeoutMs }: Pick<RedisLinkOptions, 'connection' | 'timeoutMs'>): Redis {
  const given: RedisOptions = typeof connection === 'string' ? {} : connection;
  const options: RedisOptions = {
    ...given,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    commandTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    connectTimeout: timeoutMs,
    retryStrategy: (attempt) => Math.min(LONGEST_RETRY_MS, 50 * 2 ** Math.min(attempt, 6)) * (0.5 + Math.random() / 2),
  };
  const redis = typeof connection === 'string' ? new Redis(connection, options) : new Redis(options);
  // Whoever waits for a command hears of it; a connection that is down is retried.
  redis.on('error', () => {});
  let asking: NodeJS.Timeout | undefined;
  redis.on('ready', () => {
    clearInterval(asking);
    // What answers is heard by the connection, and what does not ends it.
    asking = setInterval(() => redis.ping().catch(() => {}), timeoutMs);
    asking.unref();
  });
  redis.on('close', () => clearInterval(asking));
  return redis;
}

/** Resolves when a connection can be used. @throws RoomCoreError `ERR_STORE_UNAVAILABLE` after its time to connect. */
export async function untilReady(redis: Redis): Promise<void> {
  if (redis.status === 'ready') return;
  let ready = (): void => {};
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      ready = resolve;
      redis.once('ready', ready);
      timer = setTimeout(() => reject(unavailable('there is no connection')), redis.options.connectTimeout);
      timer.unref();
    });
  } finally {
    clearTimeout(timer);
    redis.off('ready', ready);
  }
}

/** An error that says nothing of addresses or passwords. */
export function unavailable(cause: unknown): RoomCoreError {
  if (cause instanceof RoomCoreError) return cause;
  const text = cause instanceof Error ? cause.message : String(cause);
  const why = text.startsWith('OOM') ? 'its memory is full' : text.split('\n', 1)[0]?.slice(0, 120);
  return new RoomCoreError('ERR_STORE_UNAVAILABLE', `Redis cannot be used now (${why}); try again later.`, { cause });
}

function field(info: string, name: string): string | null {
  return new RegExp(`^${name}:(.*?)\r?$`, 'm').exec(info)?.[1] ?? null;
}

function warningsOf(info: string): readonly string[] {
  const warnings: string[] = [];
  const policy = field(info, 'maxmemory_policy');
  if (policy !== null && policy !== 'noeviction') {
    warnings.push(`Redis has maxmemory-policy ${policy} and may drop rooms; set it to noeviction.`);
  }
  if (field(info, 'aof_enabled') === '0') {
    warnings.push('Redis has appendonly off: what was acknowledged since its last snapshot is lost when it stops.');
  }
  return warnings;
}
