/**
 * Rooms in Redis, for several servers that share them.
 *
 * @packageDocumentation
 */

export { type RedisEngineOptions, redisEngine } from './redis-engine.ts';
export { type RedisNodeOptions, redisNode } from './redis-node.ts';
