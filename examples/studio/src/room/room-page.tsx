import { RoomProvider, useRoom, useRoomClient } from '@colloquy/live-client/react';
import type { ReactNode } from 'react';
import { JoinProblemPage } from './join-problem-page.tsx';
import { JoiningPage } from './joining-page.tsx';
import { RoomView } from './room-view.tsx';
import { useJoinedRoom } from './use-joined-room.ts';

/** Joins a room: on the way in, inside, or at a door that stays shut. */
export function RoomPage({ roomId }: { roomId: string }): ReactNode {
  const client = useJoinedRoom(roomId);
  if (client === null) return <JoiningPage connection={null} />;
  return (
    <RoomProvider client={client}>
      <JoinedRoom roomId={roomId} />
    </RoomProvider>
  );
}

function JoinedRoom({ roomId }: { roomId: string }): ReactNode {
  const client = useRoomClient();
  const { connection, room } = useRoom();
  // Whoever was inside keeps the conversation in sight, also when the connection ends for good.
  if (room !== null) return <RoomView room={room} />;
  if (connection.status !== 'closed') return <JoiningPage connection={connection} />;
  const retry = (): void => {
    client.connect().catch(() => {
      // The snapshot tells it, and this page shows it.
    });
  };
  return <JoinProblemPage roomId={roomId} error={connection.error} onRetry={retry} />;
}
