// The smallest page around the components of the guides.
import { RoomClient } from '@colloquy/live-client';
import { RoomProvider } from '@colloquy/live-client/react';
import { createRoot } from 'react-dom/client';
import { Poll } from '../rooms/own-entries.page.tsx';
import { Panel } from '../rooms/room.page.tsx';

const room = new RoomClient({ url: '/rooms/panel', clientId: 'poll' });
await room.connect();
createRoot(document.body.appendChild(document.createElement('main'))).render(
  <>
    <Panel />
    <RoomProvider client={room}>
      <Poll />
    </RoomProvider>
  </>,
);
