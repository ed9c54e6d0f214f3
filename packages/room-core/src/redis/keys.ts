/** Names of what lies in Redis. The room in braces keeps all of one room on one shard. */
export class RedisKeys {
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** Hash: the record, and where the log stands. */
  room(roomId: string): string {
    return this.#of(roomId, 'room');
  }

  /** Stream: entry `seq` has the id `seq-0`. */
  log(roomId: string): string {
    return this.#of(roomId, 'log');
  }

  /** Hash: the last number of each client. */
  clients(roomId: string): string {
    return this.#of(roomId, 'clients');
  }

  /** Sorted set by `seq`: entries whose words were taken out, and that are not in the stream any more. */
  redacted(roomId: string): string {
    return this.#of(roomId, 'redacted');
  }

  /** Channel that new entries are published to. */
  feed(roomId: string): string {
    return this.#of(roomId, 'feed');
  }

  /** String: who has the lease of the room. */
  owner(roomId: string): string {
    return this.#of(roomId, 'owner');
  }

  /** Channel that tells of leases. */
  ownerFeed(roomId: string): string {
    return this.#of(roomId, 'owners');
  }

  /** Hash: what the next holder of the lease has to know. */
  kept(roomId: string): string {
    return this.#of(roomId, 'kept');
  }

  /** String: who reads the room back from the store at this moment. */
  opening(roomId: string): string {
    return this.#of(roomId, 'opening');
  }

  /** String: which server stores what is written to the room. */
  storing(roomId: string): string {
    return this.#of(roomId, 'storing');
  }

  /** Channel of what is sent to a node. */
  inbox(nodeId: string): string {
    return `${this.#prefix}node:${nodeId}`;
  }

  /** The room of a channel. */
  roomOfFeed(channel: string): string {
    return channel.slice(this.#prefix.length + 1, channel.lastIndexOf('}'));
  }

  /** Sorted set: every room by the time of its creation. */
  get index(): string {
    return `${this.#prefix}rooms`;
  }

  /** Set: rooms here that a store stands behind. */
  get stored(): string {
    return `${this.#prefix}stored`;
  }

  /** Counts the rooms that were created. */
  get ordinal(): string {
    return `${this.#prefix}ordinal`;
  }

  #of(roomId: string, what: string): string {
    return `${this.#prefix}{${roomId}}:${what}`;
  }
}
