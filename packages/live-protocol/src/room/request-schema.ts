import * as v from 'valibot';
import type { RoomRequest } from './requests.ts';

/** A request as it stands in a text frame. */
export type RoomRequestMessage = { readonly type: 'request'; readonly id: string } & RoomRequest;

/** The requests of clients. Called at first use, so that browsers do without the schema library. */
export function buildRoomRequest(): v.GenericSchema<unknown, RoomRequestMessage> {
  const type = v.literal('request');
  const id = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, "-" or "_"'));
  const participantId = v.pipe(v.string(), v.minLength(1, 'must not be empty'), v.maxLength(128));
  const words = v.optional(v.pipe(v.string(), v.maxLength(200, 'must have at most 200 characters')));
  const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
  const topic = v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{0,63}$/, 'must be 1 to 64 of "a" to "z", digits and "-"'));
  const action = <A extends string, E extends v.ObjectEntries>(name: A, entries: E) =>
    v.object({ type, id, action: v.literal(name), ...entries });
  return v.variant('action', [
    action('setRole', { participantId, role: v.picklist(['host', 'speaker', 'viewer']) }),
    action('configure', {
      version: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
      // The room checks the fields, and names them in its refusal.
      changes: v.record(v.string(), v.unknown()),
    }),
    action('record', { active: v.boolean() }),
    action('mute', { participantId, source: v.optional(v.picklist(['microphone', 'camera', 'screen'])) }),
    action('remove', { participantId, reason: words }),
    action('letIn', { participantId }),
    action('waitingRoom', { active: v.boolean() }),
    action('admit', { participantId }),
    action('refuse', { participantId, reason: words }),
    action('redact', { seq: v.pipe(v.number(), v.safeInteger(), v.minValue(1)), reason: words }),
    action('lock', {}),
    action('unlock', {}),
    action('close', { reason: words }),
    action('publish', { topic, data: v.record(v.string(), v.unknown()) }),
    action('appEntries', { topic, after: count, limit: v.pipe(count, v.minValue(1), v.maxValue(200)) }),
  ]);
}
