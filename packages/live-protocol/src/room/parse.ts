import * as v from 'valibot';
import type { RoomClientMessage, RoomServerMessage } from './messages.ts';
import { buildRoomRequest, type RoomRequestMessage } from './request-schema.ts';

/** Why a text frame is not a message of the room wire; the message names the field, the value and the remedy. */
export class RoomMessageError extends Error {
  override readonly name = 'RoomMessageError';
  /** Id of the request that was malformed, so that it can be refused; `null` for anything else. */
  readonly requestId: string | null;

  constructor(message: string, options: ErrorOptions & { readonly requestId?: string | null } = {}) {
    super(message, options);
    this.requestId = options.requestId ?? null;
  }
}

const serverTypes: ReadonlySet<string> = new Set<RoomServerMessage['type']>([
  'waiting',
  'waitingList',
  'welcome',
  'entries',
  'ack',
  'nack',
  'presence',
  'delta',
  'model',
  'floor',
  'pin',
  'codecs',
  'keyFrame',
  'interrupted',
  'history',
  'found',
  'settings',
  'doors',
  'muted',
  'done',
  'refused',
  'toolCall',
  'toolCancelled',
  'toolApproval',
  'toolDecided',
  'usage',
  'notice',
  'pong',
  'epoch',
  'recording',
  'goaway',
  'error',
]);

/**
 * Reads a text frame from a client. Unknown fields are dropped; an unknown type or a wrong field is an error.
 *
 * @throws {@link RoomMessageError}
 */
export function parseRoomClientMessage(text: string): RoomClientMessage {
  const value = parseObject(text);
  const result = v.safeParse(schemaOf(value.type), value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue) ?? 'message';
  const message = `"${path}" of a ${excerpt(value.type)} message is wrong: ${shorten(issue.message)}.`;
  throw new RoomMessageError(message, { requestId: requestIdOf(value) });
}

function requestIdOf({ type, id }: Record<string, unknown>): string | null {
  return type === 'request' && typeof id === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(id) ? id : null;
}

// Built at first use: browsers only read what the server says, and their bundles do without the schema library.
let clientMessage: v.GenericSchema<unknown, Exclude<RoomClientMessage, RoomRequestMessage>> | undefined;
let roomRequest: v.GenericSchema<unknown, RoomRequestMessage> | undefined;

function schemaOf(type: string): v.GenericSchema<unknown, RoomClientMessage> {
  if (type === 'request') {
    roomRequest ??= buildRoomRequest();
    return roomRequest;
  }
  clientMessage ??= buildClientMessage();
  return clientMessage;
}

function buildClientMessage() {
  const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
  const id = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, "-" or "_"'));
  const cid = v.pipe(
    v.string(),
    v.regex(/^[A-Za-z0-9_-]{1,64}:[1-9][0-9]{0,14}$/, 'must be "clientId:n" with n from 1'),
  );
  const participantId = v.pipe(v.string(), v.minLength(1, 'must not be empty'), v.maxLength(128));
  const watched = v.union(
    [v.literal('all'), v.pipe(v.array(v.pipe(v.string(), v.maxLength(128))), v.maxLength(MAX_WATCHED))],
    `must be "all" or up to ${MAX_WATCHED} participant ids`,
  );
  // As the model's service made it.
  const callId = v.pipe(v.string(), v.minLength(1, 'must not be empty'), v.maxLength(256));
  const callIds = v.pipe(v.array(callId), v.maxLength(64));
  const toolNames = v.pipe(v.array(v.pipe(v.string(), v.maxLength(128))), v.maxLength(MAX_TOOLS));
  return v.variant('type', [
    v.object({
      type: v.literal('hello'),
      v: count,
      clientId: id,
      resume: v.optional(v.object({ epoch: count, seq: count })),
      receive: v.optional(v.object({ audio: codecs('opus'), video: codecs('vp8') })),
    }),
    v.object({
      type: v.literal('pub'),
      cid,
      kind: v.literal('msg.text'),
      body: v.object({ text: v.pipe(v.string(), v.minLength(1, 'must not be empty')), toModel: v.boolean() }),
    }),
    v.object({
      type: v.literal('media'),
      media: v.object({ microphone: v.boolean(), camera: v.boolean(), screen: v.boolean() }),
    }),
    v.object({ type: v.literal('watch'), cameras: watched, screens: watched }),
    v.object({ type: v.literal('interrupt') }),
    v.object({
      type: v.literal('floor'),
      action: v.picklist(['request', 'release', 'grant', 'revoke']),
      participantId: v.optional(participantId),
    }),
    v.object({
      type: v.literal('pin'),
      pin: v.nullable(v.object({ participantId, source: v.picklist(['camera', 'screen']) })),
    }),
    v.object({ type: v.literal('history'), id, before: count, limit: v.pipe(count, v.minValue(1), v.maxValue(500)) }),
    v.object({
      type: v.literal('search'),
      id,
      query: v.pipe(v.string(), v.maxLength(500, 'may have 500 characters')),
      before: v.optional(count),
      limit: v.pipe(count, v.minValue(1), v.maxValue(100)),
    }),
    v.object({ type: v.literal('sync'), from: count }),
    v.object({ type: v.literal('tools'), names: toolNames, running: v.optional(callIds) }),
    v.object({ type: v.literal('toolResult'), callId, response: v.record(v.string(), v.unknown()) }),
    v.object({ type: v.literal('toolFailed'), callId, message: v.pipe(v.string(), v.maxLength(2_000)) }),
    v.object({ type: v.literal('toolDecision'), callId, approved: v.boolean() }),
    v.object({ type: v.literal('ping'), t: v.number() }),
    v.object({ type: v.literal('leave') }),
  ]);
}

/** As many as a model takes. */
const MAX_TOOLS = 512;

/** Far more pictures than a screen has room for. */
const MAX_WATCHED = 500;

/** A list of codec names; those of newer clients are left out. */
function codecs<Name extends string>(name: Name) {
  return v.optional(
    v.pipe(
      v.array(v.pipe(v.string(), v.maxLength(32))),
      v.maxLength(16),
      v.transform((names): Name[] => (names.includes(name) ? [name] : [])),
    ),
  );
}

/**
 * Reads a text frame from the server. Only the envelope is checked: client and server are released together, and
 * unknown types are for newer clients.
 *
 * @returns `null` for a type this version does not know.
 * @throws {@link RoomMessageError} when the frame is not a JSON object with a `type`.
 */
export function parseRoomServerMessage(text: string): RoomServerMessage | null {
  const value = parseObject(text);
  return serverTypes.has(value.type) ? (value as unknown as RoomServerMessage) : null;
}

function parseObject(text: string): Record<string, unknown> & { type: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new RoomMessageError(`A message must be JSON; this one starts with ${excerpt(text)}.`, { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RoomMessageError(`A message must be a JSON object; this one is ${excerpt(text)}.`);
  }
  const { type } = value as Record<string, unknown>;
  if (typeof type !== 'string') throw new RoomMessageError('A message needs a "type" that is a string.');
  return value as Record<string, unknown> & { type: string };
}

function excerpt(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}

/** The schema library repeats the value in its message, and a value may be as large as a frame. */
function shorten(message: string): string {
  return message.length > 300 ? `${message.slice(0, 300)}…` : message;
}
