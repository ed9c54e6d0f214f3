import type { RoomLease } from '../ports/room-node.ts';

/** What stands in Redis of a lease: nobody else's is equal, whatever number it has. */
export function toToken({ nodeId, fence }: Pick<RoomLease, 'nodeId' | 'fence'>): string {
  return `${nodeId} ${fence}`;
}

/** `null` for no lease. */
export function toLease(roomId: string, token: string | null | undefined): RoomLease | null {
  if (token == null || token === '') return null;
  const [nodeId = '', fence = ''] = token.split(' ');
  return { roomId, nodeId, fence: Number(fence) };
}
