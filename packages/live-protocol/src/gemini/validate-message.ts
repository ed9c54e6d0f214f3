import type { Backend } from './backend.ts';
import { GeminiCloseReason } from './close-reasons.ts';
import { excerpt } from './decode-frame.ts';
import type { ClientMessage, ClientMessageKind, ServerMessage, ServerMessageKind } from './messages.ts';
import { CLIENT_ENUMS, CLIENT_SCHEMA } from './schema/client.ts';
import { CONTENT_ENUMS, CONTENT_SCHEMA } from './schema/content.ts';
import { Normaliser } from './schema/normalise.ts';
import { Schema } from './schema/schema.ts';
import { SERVER_ENUMS, SERVER_SCHEMA } from './schema/server.ts';
import { TOOL_ENUMS, TOOL_SCHEMA } from './schema/tools.ts';
import { ViolationSignal, type WireViolation } from './schema/violation.ts';

/** What a validation needs to know. */
export interface ValidationOptions {
  /** Whose fields are legal. When not given, the fields of both backends are. */
  readonly backend?: Backend;
}

/** A message in canonical form, or the first thing that is wrong with it. */
export type Validation<T, K extends string = string> =
  | {
      readonly ok: true;
      /** lowerCamelCase names, enum names in full, int64 as strings, no `null`. */
      readonly message: T;
      readonly kind: K;
    }
  | { readonly ok: false; readonly violation: WireViolation };

/**
 * Checks one decoded client message as strictly as the service does, and brings it into canonical form. Never throws;
 * the value is not changed. What depends on the model or the session is `checkSetup`'s and `checkRealtimeInput`'s.
 */
export function validateClientMessage(
  value: unknown,
  options: ValidationOptions = {},
): Validation<ClientMessage, ClientMessageKind> {
  return guard(() => {
    clientSchema ??= new Schema(
      [CLIENT_SCHEMA, CONTENT_SCHEMA, TOOL_SCHEMA],
      [CLIENT_ENUMS, CONTENT_ENUMS, TOOL_ENUMS],
    );
    const message = new Normaliser(clientSchema, options.backend ?? null).root(
      'BidiGenerateContentClientMessage',
      value,
    );
    const [kind] = Object.keys(message);
    if (kind === undefined) throw new ViolationSignal('', GeminiCloseReason.invalidArgument, ONE_KIND);
    return { ok: true, message: message as unknown as ClientMessage, kind: kind as ClientMessageKind };
  });
}

/**
 * Checks one decoded server message as strictly as {@link validateClientMessage} does for clients: for those who write
 * servers. To read what a server sends, use `parseServerMessage`, which is lenient.
 */
export function validateServerMessage(
  value: unknown,
  options: ValidationOptions = {},
): Validation<ServerMessage, ServerMessageKind | 'empty'> {
  return guard(() => {
    serverSchema ??= new Schema([SERVER_SCHEMA, CONTENT_SCHEMA], [SERVER_ENUMS, CONTENT_ENUMS]);
    const message = new Normaliser(serverSchema, options.backend ?? null).root(
      'BidiGenerateContentServerMessage',
      value,
    );
    const kinds = Object.keys(message) as ServerMessageKind[];
    const kind = kinds.find((name) => name !== 'usageMetadata') ?? kinds[0] ?? 'empty';
    return { ok: true, message: message as ServerMessage, kind };
  });
}

/** Decodes a frame (text, or UTF-8 bytes of a binary frame) and validates it as {@link validateClientMessage} does. */
export function parseClientFrame(
  data: string | Uint8Array,
  options: ValidationOptions = {},
): Validation<ClientMessage, ClientMessageKind> {
  let text: string;
  let value: unknown;
  try {
    text = typeof data === 'string' ? data : new TextDecoder('utf-8', { fatal: true }).decode(data);
  } catch {
    // Nothing is lost: the bytes say no more than that they are no UTF-8.
    return refuse('Invalid JSON payload received. Encountered non UTF-8 code points.', 'Encode messages in UTF-8.');
  }
  try {
    value = JSON.parse(text);
  } catch {
    // The engine's own words differ from Google's; the client is told what Google would say.
    return refuse(
      `Invalid JSON payload received. Unexpected token. ${excerpt(text)}`,
      'Send one JSON object per frame.',
    );
  }
  return validateClientMessage(value, options);
}

const ONE_KIND = 'Put one thing into each message: setup, clientContent, realtimeInput, toolResponse or contextUpdate.';
// Read at first use: importing this package costs nothing.
let clientSchema: Schema | undefined;
let serverSchema: Schema | undefined;

function guard<T, K extends string>(walk: () => Validation<T, K>): Validation<T, K> {
  try {
    return walk();
  } catch (error) {
    if (error instanceof ViolationSignal) return { ok: false, violation: error.violation };
    throw error;
  }
}

function refuse(reason: string, remedy: string): { readonly ok: false; readonly violation: WireViolation } {
  return { ok: false, violation: { closeCode: 1007, reason, path: '', remedy } };
}
