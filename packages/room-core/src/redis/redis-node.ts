import type { RedisOptions } from 'ioredis';
import { roomNotFound } from '../engine/checks.ts';
import type { AcquiredLease, KeptName, RoomLease, RoomNode } from '../ports/room-node.ts';
import { randomId } from '../random-id.ts';
import { RedisKeys } from './keys.ts';
import { toLease, toToken } from './lease-token.ts';
import { RedisInbox } from './redis-inbox.ts';
import { RedisLink } from './redis-link.ts';
import { RedisOutbox } from './redis-outbox.ts';
import { RedisScripts } from './redis-scripts.ts';
import { seal, unseal } from './sealed.ts';

/** Options of {@link redisNode}. */
export interface RedisNodeOptions {
  /** The same as of the engine: leases lie beside the rooms. */
  readonly connection: string | RedisOptions;
  /** Another Redis for what nodes say to each other, so that voices do not delay texts. @defaultValue `connection` */
  readonly relayConnection?: string | RedisOptions;
  /** The same as of the engine. @defaultValue `'colloquy:'` */
  readonly prefix?: string;
  /**
   * With this secret, the same on all servers and at least 16 characters long, what a model session is gone on with is kept,
   * encrypted, so that the next server can go on with it. Without it that one begins a new session, which knows the log.
   * @defaultValue `null`
   */
  readonly secret?: string | null;
  /** Longest that a call waits for a connection and its answer, in milliseconds. @defaultValue 5_000 */
  readonly timeoutMs?: number;
}

/**
 * This server among those that share rooms in Redis.
 *
 * @example
 * ```ts
 * const connection = 'redis://127.0.0.1:6379';
 * const rooms = new RoomManager({ engine: redisEngine({ connection }), node: redisNode({ connection }), model });
 * ```
 */
export function redisNode(options: RedisNodeOptions): RoomNode {
  return new RedisNode(options);
}

const MIN_SECRET_LENGTH = 16;

class RedisNode implements RoomNode {
  readonly nodeId: string = randomId();
  readonly #keys: RedisKeys;
  readonly #link: RedisLink;
  readonly #scripts: RedisScripts;
  readonly #outbox: RedisOutbox;
  readonly #inbox: RedisInbox;
  readonly #owners: RedisInbox;
  readonly #secret: string | null;
  #closed = false;

  constructor(options: RedisNodeOptions) {
    const { connection, secret = null, timeoutMs = 5_000 } = options;
    if (secret !== null && (typeof secret !== 'string' || secret.length < MIN_SECRET_LENGTH)) {
      throw new TypeError(`"secret" of redisNode must be a text of at least ${MIN_SECRET_LENGTH} characters.`);
    }
    this.#secret = secret;
    const relayed = { connection: options.relayConnection ?? connection, timeoutMs };
    this.#keys = new RedisKeys(options.prefix ?? 'colloquy:');
    this.#link = new RedisLink({ connection, timeoutMs, onWarning: () => {} });
    this.#scripts = new RedisScripts(this.#link.redis);
    this.#outbox = new RedisOutbox(relayed);
    this.#inbox = new RedisInbox(relayed);
    this.#owners = new RedisInbox({ connection, timeoutMs });
  }

  async acquire(roomId: string, ttlMs: number): Promise<AcquiredLease> {
    const [outcome, token] = await this.#run('acquire', roomId, [this.nodeId, ttlMs, this.#keys.ownerFeed(roomId)]);
    const lease = toLease(roomId, token);
    if (!lease) throw roomNotFound(roomId);
    return { outcome: outcome === 'acquired' ? 'acquired' : 'held', lease };
  }

  async renew(lease: RoomLease, ttlMs: number): Promise<boolean> {
    const [outcome] = await this.#run('renew', lease.roomId, [toToken(lease), ttlMs]);
    return outcome === 'renewed';
  }

  async release(lease: RoomLease): Promise<void> {
    await this.#run('release', lease.roomId, [toToken(lease), this.#keys.ownerFeed(lease.roomId)]);
  }

  async holder(roomId: string): Promise<RoomLease | null> {
    return toLease(roomId, await this.#link.use((redis) => redis.get(this.#keys.owner(roomId))));
  }

  watch(roomId: string, listener: (holder: RoomLease | null) => void): () => void {
    return this.#owners.subscribe(this.#keys.ownerFeed(roomId), (token) => listener(toLease(roomId, token.toString())));
  }

  async keep(lease: RoomLease, what: KeptName, value: string | null): Promise<boolean> {
    const isSecret = what === 'session';
    const stored = isSecret && value !== null ? this.#seal(value, lease.roomId) : value;
    const [outcome] = await this.#run('keep', lease.roomId, [toToken(lease), what, stored ?? '']);
    return outcome === 'kept';
  }

  async kept(roomId: string, what: KeptName): Promise<string | null> {
    const stored = await this.#link.use((redis) => redis.hget(this.#keys.kept(roomId), what));
    if (stored === null || what !== 'session') return stored;
    return this.#secret === null ? null : unseal(stored, this.#secret, roomId);
  }

  send(nodeId: string, bytes: Uint8Array, options: { readonly mayBeLost?: boolean } = {}): boolean {
    return this.#outbox.send(this.#keys.inbox(nodeId), bytes, options.mayBeLost ?? false);
  }

  listen(listener: (bytes: Uint8Array) => void): () => void {
    return this.#inbox.subscribe(this.#keys.inbox(this.nodeId), listener);
  }

  async listening(): Promise<void> {
    await Promise.all([this.#inbox.heard(), this.#owners.heard(), this.#outbox.ready()]);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#inbox.close();
    this.#owners.close();
    this.#outbox.close();
    await this.#link.close();
  }

  #seal(value: string, roomId: string): string | null {
    return this.#secret === null ? null : seal(value, this.#secret, roomId);
  }

  #run(
    name: 'acquire' | 'renew' | 'release' | 'keep',
    roomId: string,
    values: readonly (string | number)[],
  ): Promise<readonly string[]> {
    const keys = [this.#keys.room(roomId), this.#keys.owner(roomId), this.#keys.kept(roomId)];
    return this.#link.use(() => this.#scripts.run(name, keys, values));
  }
}
