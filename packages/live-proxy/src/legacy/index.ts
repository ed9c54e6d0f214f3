/**
 * The original studio's wire in front of rooms, so that its unmodified web client works, safely.
 *
 * @packageDocumentation
 */

export type { LegacyRoomsPort, LegacyServer, ServeLegacyOptions } from './serve-legacy.ts';
export { serveLegacy } from './serve-legacy.ts';
