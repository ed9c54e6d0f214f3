import { ApiError } from './api-error.ts';

/** The four preconditions of the JSON API; generations are decimal strings, as on the wire. */
export interface Preconditions {
  readonly ifGenerationMatch: string | null;
  readonly ifGenerationNotMatch: string | null;
  readonly ifMetagenerationMatch: string | null;
  readonly ifMetagenerationNotMatch: string | null;
}

/** No condition at all. */
export const UNCONDITIONAL: Preconditions = {
  ifGenerationMatch: null,
  ifGenerationNotMatch: null,
  ifMetagenerationMatch: null,
  ifMetagenerationNotMatch: null,
};

/** What a precondition is compared with. */
interface Versions {
  readonly generation: string;
  readonly metageneration: string;
}

const NAMES = Object.keys(UNCONDITIONAL) as (keyof Preconditions)[];

/** As if none had been given. */
export function dropPreconditions(query: URLSearchParams): void {
  for (const name of NAMES) query.delete(name);
}

/** @throws ApiError 400 for a value that is no number. */
export function readPreconditions(query: URLSearchParams): Preconditions {
  const entries = NAMES.map((name) => {
    const value = query.get(name);
    if (value !== null && !/^\d{1,20}$/.test(value)) {
      throw new ApiError(400, 'invalid', `Invalid value for ${name}: "${value}"`);
    }
    return [name, value] as const;
  });
  return Object.fromEntries(entries) as unknown as Preconditions;
}

/**
 * A missing object has generation 0, so `ifGenerationMatch=0` creates only, and `ifGenerationNotMatch=0` wants it there.
 *
 * @param read a read answers 304 where a write answers 412 for the two `NotMatch` conditions.
 * @throws ApiError 412 or 304.
 */
export function checkPreconditions(conditions: Preconditions, live: Versions | null, read = false): void {
  const generation = live?.generation ?? '0';
  const { ifGenerationMatch, ifGenerationNotMatch, ifMetagenerationMatch, ifMetagenerationNotMatch } = conditions;
  if (ifGenerationMatch !== null && ifGenerationMatch !== generation) throw notMet();
  if (ifMetagenerationMatch !== null && ifMetagenerationMatch !== live?.metageneration) throw notMet();
  const same =
    (ifGenerationNotMatch !== null && ifGenerationNotMatch === generation) ||
    (ifMetagenerationNotMatch !== null && ifMetagenerationNotMatch === live?.metageneration);
  if (same) throw read ? new ApiError(304, 'notModified', 'Not Modified') : notMet();
}

function notMet(): ApiError {
  return new ApiError(412, 'conditionNotMet', 'At least one of the pre-conditions you specified did not hold.');
}
