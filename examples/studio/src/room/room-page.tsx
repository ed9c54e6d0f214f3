import { RoomProvider, useRoom, useRoomClient, useWaitingRoom } from '@colloquy/live-client/react';
import { type ReactNode, useCallback, useEffect, useState } from 'react';
import { ActivityProvider } from '../activity/activity-provider.tsx';
import { rememberJoined, wasJoinedHere } from '../precheck/joined-here.ts';
import { PrecheckPage } from '../precheck/precheck-page.tsx';
import { JoinProblemPage } from './join-problem-page.tsx';
import { JoiningPage } from './joining-page.tsx';
import { RoomView } from './room-view.tsx';
import { useClientOfRoom } from './use-joined-room.ts';
import { WaitingPage } from './waiting-page.tsx';

/** A room: before the door, on the way in, inside, or at a door that stays shut. */
export function RoomPage({ roomId }: { roomId: string }): ReactNode {
  const client = useClientOfRoom(roomId);
  if (client === null) return <JoiningPage connection={null} />;
  return (
    <RoomProvider client={client}>
      <ActivityProvider>
        <Door roomId={roomId} />
      </ActivityProvider>
    </RoomProvider>
  );
}

function Door({ roomId }: { roomId: string }): ReactNode {
  const client = useRoomClient();
  const { connection, room } = useRoom();
  const { position } = useWaitingRoom();
  const [wantsIn, setWantsIn] = useState(() => wasJoinedHere(roomId));
  const enter = useCallback(() => {
    client.connect().catch(() => {
      // The snapshot tells it, and this page shows it.
    });
  }, [client]);
  const join = useCallback(() => setWantsIn(true), []);
  const isInside = room !== null;
  useEffect(() => {
    if (wantsIn) enter();
  }, [wantsIn, enter]);
  useEffect(() => {
    if (isInside) rememberJoined(roomId);
  }, [isInside, roomId]);
  // Whoever was inside keeps the conversation in sight, also when the connection ends for good.
  if (room !== null) return <RoomView room={room} />;
  if (!wantsIn) return <PrecheckPage roomId={roomId} onJoin={join} />;
  if (connection.status !== 'closed' && position !== null) return <WaitingPage position={position} />;
  if (connection.status !== 'closed') return <JoiningPage connection={connection} />;
  return <JoinProblemPage roomId={roomId} error={connection.error} onRetry={enter} />;
}
