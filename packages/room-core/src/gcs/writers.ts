import { randomBytes } from 'node:crypto';

/** Metadata that names who wrote an object. `checkColdMetadata` admits no dot, so nobody else uses it. */
export const WRITERS_KEY = 'colloquy.writers';

/** More than can be written to one name (about one a second) while a call is tried again. */
const MOST_WRITERS = 40;

/** What no object has: it was ours, and has been replaced since. */
export const SUPERSEDED = 'superseded';

/**
 * The last writers of a name, oldest first. A call whose answer was lost meets its own success as a refused precondition;
 * by then others may have gone on from it. Their writers still name it, so it knows.
 */
export type Writers = readonly string[];

/** A word for one call, all attempts of it. */
export function newWriter(): string {
  return randomBytes(6).toString('base64url');
}

export function parseWriters(text: string | undefined): Writers {
  return text === undefined || text === '' ? [] : text.split(',');
}

export function withWriter(before: Writers, writer: string): Writers {
  return [...before, writer].slice(-MOST_WRITERS);
}

/** The version of a store: what the service compares, and who led there. */
export interface GcsVersion {
  readonly generation: string;
  readonly writers: Writers;
}

export function toVersion({ generation, writers }: GcsVersion): string {
  return `${generation}/${writers.join(',')}`;
}

/** `null` for what is no version of this store. */
export function parseVersion(version: string): GcsVersion | null {
  const [, generation, writers] = /^(\d{1,20})\/([\w,-]*)$/.exec(version) ?? [];
  return generation === undefined ? null : { generation, writers: parseWriters(writers) };
}
