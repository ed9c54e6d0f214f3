/** What the proxy tells of its own connection to the model, while the one to the client stays open. */
export interface ContinuityNotice {
  /** `leaving`, `reconnecting`, `resumed`, `restarted`, `degraded`, `failed`, or what a newer proxy says. */
  readonly state: string;
  /** Stable code of what happened; `null` where nothing went wrong. */
  readonly code: string | null;
  /** In words for people. */
  readonly reason: string | null;
}

const head = '{"colloquy":';

/** Reads a message of the subprotocol `colloquy.live.v1`; `null` for Gemini's own messages, which are not parsed here. */
export function readContinuityNotice(data: string | Uint8Array): ContinuityNotice | null {
  if (typeof data !== 'string' || !data.startsWith(head)) return null;
  try {
    const { colloquy } = JSON.parse(data) as { colloquy: Record<string, unknown> | null };
    if (typeof colloquy?.state !== 'string') return null;
    return { state: colloquy.state, code: stringOf(colloquy.code), reason: stringOf(colloquy.reason) };
  } catch {
    // What begins so and is no JSON goes the way of all messages, and is reported there.
    return null;
  }
}

function stringOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
