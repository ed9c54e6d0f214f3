// A server with the room "r1" in a data folder and a model that talks; says where it listens on standard output, and runs until
// it is killed.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isRoomCoreError, type ModelEvent, type ModelPort, RoomManager } from '@colloquy/room-core';
import { sqliteEngine } from '@colloquy/room-core/sqlite';
import { serveRooms } from '../../src/rooms/index.ts';

/** Answers every text for a second, word by word, and writes down every second that it hears. */
function talkingModel(): ModelPort {
  return {
    modelName: () => 'talking',
    open: ({ onEvent, signal }) => {
      let heard = 0;
      let answer: NodeJS.Timeout | null = null;
      const stop = () => {
        if (answer) clearInterval(answer);
        answer = null;
      };
      const emit = (...events: ModelEvent[]) => {
        if (!signal.aborted) for (const event of events) onEvent(event);
      };
      const sendText = (text: string) => {
        if (answer) emit({ type: 'interrupted' }, { type: 'turnComplete', reason: null });
        stop();
        let ticks = 0;
        answer = setInterval(() => {
          ticks += 1;
          emit({ type: 'audio', samples: new Int16Array(480).fill(1_000) });
          if (ticks % 5 === 1) emit({ type: 'outputTranscript', text: ` word ${ticks} about "${text.slice(-12)}"` });
          if (ticks < 50) return;
          stop();
          emit({ type: 'turnComplete', reason: null });
        }, 20);
      };
      const sendAudio = () => {
        heard += 1;
        if (heard % 50 === 0) emit({ type: 'inputTranscript', text: `Second ${heard / 50}.`, finished: true });
      };
      signal.addEventListener('abort', stop, { once: true });
      queueMicrotask(() => emit({ type: 'ready', model: 'talking', resumed: false }));
      const nothing = () => {};
      return {
        ...{ activity: 'automatic', sendText, sendAudio, sendAudioStreamEnd: nothing, sendActivityStart: nothing },
        ...{ sendActivityEnd: nothing, sendSpeakers: nothing, sendContext: nothing, sendImage: nothing },
        ...{ sendToolResponse: nothing, close: async () => stop() },
      };
    },
  };
}

const [directory = ''] = process.argv.slice(2);
const engine = sqliteEngine({ directory });
const manager = new RoomManager({ engine, model: talkingModel(), limits: { maxTextsPerSecond: 0 } });
await manager
  .create({ id: 'r1', name: 'Panel', configuration: { bargeIn: { who: 'nobody', afterMs: 0 } } })
  .catch((error: unknown) => {
    // After a restart it is there.
    if (!isRoomCoreError(error) || error.code !== 'ERR_ROOM_EXISTS') throw error;
  });
const http = createServer();
const rooms = serveRooms(manager, {
  authenticate: ({ ticket }) => ({ participantId: `p-${ticket}`, name: ticket ?? '', role: 'speaker' }),
  limits: { textsPerSecond: 0, messagesPerSecond: 0 },
});
rooms.attach(http, { path: '/rooms' });
http.listen(0, '127.0.0.1', () => process.stdout.write(`127.0.0.1:${(http.address() as AddressInfo).port}\n`));
