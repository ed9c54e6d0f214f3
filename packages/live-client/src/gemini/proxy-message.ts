/** What the proxy tells of its own connection to the model, while the one to the client stays open. */
export interface ContinuityNotice {
  /** `leaving`, `reconnecting`, `resumed`, `restarted`, `degraded`, `failed`, or what a newer proxy says. */
  readonly state: string;
  /** Stable code of what happened; `null` where nothing went wrong. */
  readonly code: string | null;
  /** In words for people. */
  readonly reason: string | null;
}

/** Something that the proxy wants known while the session goes on. */
export interface ProxyNotice {
  /**
   * `budgetLow`, `sessionEnding`, `ticketEnding`, `ticketRefreshed`, `ticketRefused`, `turnNotKept`, `serverClosing`, or what
   * a newer proxy says.
   */
  readonly code: string;
  /** In words for people. */
  readonly message: string;
}

/** A message of the subprotocol `colloquy.live.v1`. */
export type ProxyMessage =
  | { readonly type: 'continuity'; readonly continuity: ContinuityNotice }
  | { readonly type: 'notice'; readonly notice: ProxyNotice }
  /** The answer to {@link PROXY_PING}. */
  | { readonly type: 'pong' }
  /** What a newer proxy says. */
  | { readonly type: 'unknown' };

/** Asks the proxy whether it is there. */
export const PROXY_PING = '{"colloquy":{"ping":1}}';

const head = '{"colloquy":';

/** Reads a message of the subprotocol; `null` for Gemini's own messages, which are not parsed here. */
export function readProxyMessage(data: string | Uint8Array): ProxyMessage | null {
  if (typeof data !== 'string' || !data.startsWith(head)) return null;
  let said: Record<string, unknown> | null;
  try {
    said = (JSON.parse(data) as { colloquy: Record<string, unknown> | null }).colloquy;
  } catch {
    // What begins so and is no JSON goes the way of all messages, and is reported there.
    return null;
  }
  const { state, code, reason, notice, pong } = said ?? {};
  if (typeof state === 'string') {
    return { type: 'continuity', continuity: { state, code: stringOf(code), reason: stringOf(reason) } };
  }
  if (pong !== undefined) return { type: 'pong' };
  const { code: noticeCode, message } = (notice ?? {}) as Record<string, unknown>;
  if (typeof noticeCode === 'string') {
    return { type: 'notice', notice: { code: noticeCode, message: stringOf(message) ?? '' } };
  }
  return { type: 'unknown' };
}

function stringOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
