import { roomActor } from '../actors.ts';
import type { RoomEngine } from '../ports/room-engine.ts';
import type { RoomLease } from '../ports/room-node.ts';
import type { EndedCall } from '../tools/tool-call.ts';

/** Calls that may still be open were made within the last entries. */
const LOOKED_THROUGH = 200;

/**
 * Nobody knows how far a tool came that ran when its server died: its call is `abandoned`.
 * @returns the calls of late with what they came to, the oldest first. A model session that is gone on with may repeat them.
 */
export async function endOpenCalls(engine: RoomEngine, lease: RoomLease): Promise<readonly EndedCall[]> {
  const { roomId } = lease;
  const { top } = await engine.position(roomId);
  if (top === 0) return [];
  const from = Math.max(1, top - LOOKED_THROUGH + 1);
  const calls = new Map<string, EndedCall | null>();
  const names = new Map<string, string>();
  for (const { kind, body } of await engine.read(roomId, { from, limit: LOOKED_THROUGH })) {
    if (kind === 'tool.call') {
      calls.set(body.callId, null);
      names.set(body.callId, body.name);
    } else if (kind === 'tool.result') {
      calls.set(body.callId, { callId: body.callId, name: body.name, response: body.response });
    }
  }
  const response = { error: 'The server that ran it stopped; whether it did anything is not known.' };
  for (const [callId, ended] of calls) {
    if (ended) continue;
    const name = names.get(callId) ?? '';
    const body = { callId, name, outcome: 'abandoned' as const, response };
    await engine.append(roomId, { kind: 'tool.result', actor: roomActor, body }, { lease });
    calls.set(callId, { callId, name, response });
  }
  return [...calls.values()].filter((ended) => ended !== null);
}
