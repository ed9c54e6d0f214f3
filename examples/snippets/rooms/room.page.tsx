// #region page
import { RoomClient } from '@colloquy/live-client';
import {
  RoomProvider,
  useMedia,
  useModelState,
  useParticipants,
  useRoomClient,
  useTimeline,
} from '@colloquy/live-client/react';

const client = new RoomClient({ url: '/rooms/panel', ticket: async () => (await fetch('/ticket')).text() });
client.connect().catch((error: Error) => console.error(error.message)); // rejects when this person may not enter

export function Panel() {
  return (
    <RoomProvider client={client}>
      <People />
      <Conversation />
      <Microphone />
    </RoomProvider>
  );
}

function People() {
  const people = useParticipants();
  const model = useModelState();
  return (
    <p>
      {people.map((person) => person.name).join(', ')} · the model is {model.status}
    </p>
  );
}

function Conversation() {
  const { timeline } = useTimeline();
  return (
    <ol>
      {timeline.map(({ id, speakers, text }) => (
        <li key={id}>
          {speakers.map((speaker) => speaker.name).join(' and ')}: {text}
        </li>
      ))}
    </ol>
  );
}

function Microphone() {
  const room = useRoomClient();
  const { microphone } = useMedia();
  const toggle = async () => {
    await room.speaker.resume();
    if (microphone.status === 'on') room.microphone.setMuted(true);
    else if (microphone.status === 'muted') room.microphone.setMuted(false);
    else await room.microphone.start();
  };
  return (
    <button type="button" onClick={toggle}>
      Microphone: {microphone.status}
    </button>
  );
}
// #endregion
