/**
 * Durable objects of rooms in Google Cloud Storage.
 *
 * @packageDocumentation
 */

export { type GcsColdStoreOptions, gcsColdStore } from './gcs-cold-store.ts';
export type { RetryOptions } from './retry-budget.ts';
