import type { LogEntry } from '@colloquy/live-protocol';
import { roomActor } from '../actors.ts';
import type { RoomEngine } from '../ports/room-engine.ts';
import type { RoomLease } from '../ports/room-node.ts';
import type { EndedCall } from '../tools/tool-call.ts';

/** `response`: `null` while it is open. */
type Call = Omit<EndedCall, 'response'> & { readonly response: EndedCall['response'] | null };

/**
 * Nobody knows how far a tool came that ran when its server died: its call is `abandoned`.
 * @param entries - the newest ones of the log: calls that may still be open were made within them.
 * @returns the calls of late with what they came to, the oldest first. A model session that is gone on with may repeat them.
 */
export async function endOpenCalls(
  engine: RoomEngine,
  lease: RoomLease,
  entries: readonly LogEntry[],
): Promise<readonly EndedCall[]> {
  const { roomId } = lease;
  const calls = new Map<string, Call>();
  for (const { kind, body } of entries) {
    if (kind === 'tool.call') calls.set(body.callId, { callId: body.callId, name: body.name, response: null });
    else if (kind === 'tool.result') {
      calls.set(body.callId, { callId: body.callId, name: body.name, response: body.response });
    }
  }
  const stopped = { error: 'The server that ran it stopped; whether it did anything is not known.' };
  const ended: EndedCall[] = [];
  for (const { callId, name, response } of calls.values()) {
    if (!response) {
      const body = { callId, name, outcome: 'abandoned' as const, response: stopped };
      await engine.append(roomId, { kind: 'tool.result', actor: roomActor, body }, { lease });
    }
    ended.push({ callId, name, response: response ?? stopped });
  }
  return ended;
}
