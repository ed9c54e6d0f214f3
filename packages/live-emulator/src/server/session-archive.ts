import type { SessionRecord } from '../session/session-record.ts';

/** Audio kept of closed sessions in all; the oldest give theirs up first. */
const MOST_CLOSED_AUDIO_BYTES = 256 * 1024 * 1024;

/** An emulator's memory of its sessions: the open ones, and the last closed ones within bounds. */
export class SessionArchive<T extends { readonly record: SessionRecord }> {
  readonly #keepClosed: number;
  readonly #sessions = new Map<string, T>();

  constructor(options: { readonly keepClosed: number }) {
    this.#keepClosed = options.keepClosed;
  }

  /** All that are remembered, in the order in which they began. */
  get all(): readonly T[] {
    return [...this.#sessions.values()];
  }

  get(id: string): T | null {
    return this.#sessions.get(id) ?? null;
  }

  add(session: T): void {
    this.#sessions.set(session.record.id, session);
  }

  /** Forgets what is too much; to be called when a session has closed. */
  tidy(): void {
    const closed = this.all.filter((session) => session.record.isClosed);
    for (const session of closed.slice(0, Math.max(0, closed.length - this.#keepClosed))) {
      this.#sessions.delete(session.record.id);
    }
    let bytes = closed.reduce((sum, session) => sum + session.record.keptAudioBytes, 0);
    for (const { record } of closed) {
      if (bytes <= MOST_CLOSED_AUDIO_BYTES) break;
      bytes -= record.keptAudioBytes;
      record.forgetAudio();
    }
  }
}
