import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import {
  ADOPT,
  DOUBT,
  ERASE,
  HOLD,
  INSTALL,
  LEAVE,
  LOOK,
  RECORD,
  REST,
  STORE_TURN,
  TABLE,
  UNLOAD,
  WAKE,
} from './hot-scripts.ts';
import { ACQUIRE, APPEND, CREATE, DELETE, KEEP, REDACT, RELEASE, RENEW, SKIP, START_EPOCH, UPDATE } from './scripts.ts';

/** The scripts of the engine, by name. */
export type ScriptName =
  | ('append' | 'skip' | 'startEpoch' | 'redact' | 'create' | 'update' | 'delete')
  | ('acquire' | 'renew' | 'release' | 'keep')
  | HotScriptName;

/** Those of a room that a store stands behind. */
export type HotScriptName =
  | ('look' | 'install' | 'adopt' | 'rest' | 'wake' | 'unload' | 'erase')
  | ('doubt' | 'record' | 'table' | 'storeTurn' | 'hold' | 'leave');

const SOURCES: Readonly<Record<ScriptName, string>> = {
  append: APPEND,
  skip: SKIP,
  startEpoch: START_EPOCH,
  redact: REDACT,
  create: CREATE,
  update: UPDATE,
  delete: DELETE,
  acquire: ACQUIRE,
  renew: RENEW,
  release: RELEASE,
  keep: KEEP,
  ...{ look: LOOK, install: INSTALL, adopt: ADOPT, rest: REST, wake: WAKE, unload: UNLOAD, erase: ERASE },
  ...{ doubt: DOUBT, record: RECORD, table: TABLE, storeTurn: STORE_TURN, hold: HOLD, leave: LEAVE },
};
const HASHES = new Map(
  Object.values(SOURCES).map((source) => [source, createHash('sha1').update(source).digest('hex')]),
);

/** Runs scripts by their hash; a server that does not know one is sent it. */
export class RedisScripts {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  async run(
    name: ScriptName,
    keys: readonly string[],
    values: readonly (string | number)[],
  ): Promise<readonly string[]> {
    const source = SOURCES[name];
    const given = [...keys, ...values];
    const asked = this.#redis.evalsha(HASHES.get(source) ?? '', keys.length, ...given);
    try {
      return (await asked) as readonly string[];
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return (await this.#redis.eval(source, keys.length, ...given)) as readonly string[];
    }
  }
}
