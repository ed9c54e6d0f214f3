import type { ServerContent, ServerMessage } from '@colloquy/live-protocol';

/**
 * Puts neighbours together as far as nothing is lost and no order is turned around: parts of the model's turn line up,
 * other fields join when they are not there yet. An interruption stays alone and nothing joins the end of a turn, because
 * in one message nobody could tell what came first.
 */
export function bundleMessages(messages: readonly ServerMessage[]): ServerMessage[] {
  const bundles: ServerMessage[] = [];
  for (const message of messages) {
    const last = bundles.at(-1);
    const joined = last ? join(last, message) : null;
    if (joined) bundles[bundles.length - 1] = joined;
    else bundles.push(message);
  }
  return bundles;
}

function join(first: ServerMessage, second: ServerMessage): ServerMessage | null {
  if (!isContent(first) || !isContent(second)) return null;
  if (first.serverContent?.interrupted || first.serverContent?.turnComplete || second.serverContent?.interrupted) {
    return null;
  }
  if (first.usageMetadata && second.usageMetadata) return null;
  const content = joinContent(first.serverContent, second.serverContent);
  if (content === null) return null;
  return { ...first, ...second, ...(content ? { serverContent: content } : {}) };
}

/** Holds nothing but content and what it cost: other kinds of message come alone. */
function isContent(message: ServerMessage): boolean {
  return Object.keys(message).every((key) => key === 'serverContent' || key === 'usageMetadata');
}

/** `null` when they do not go together; `undefined` when neither has any. */
function joinContent(
  first: ServerContent | undefined,
  second: ServerContent | undefined,
): ServerContent | undefined | null {
  if (!first || !second) return first ?? second;
  const { modelTurn: turn, ...rest } = second;
  if (Object.keys(rest).some((key) => key in first)) return null;
  const parts = [...(first.modelTurn?.parts ?? []), ...(turn?.parts ?? [])];
  return { ...first, ...rest, ...(parts.length > 0 ? { modelTurn: { ...first.modelTurn, ...turn, parts } } : {}) };
}
