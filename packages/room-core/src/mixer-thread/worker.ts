import { parentPort } from 'node:worker_threads';
import { localMixers } from '../audio/local-mixer.ts';
import type { MixEvent, RoomMixer } from '../ports/room-mixer.ts';
import { systemClock } from '../system-clock.ts';
import { type FromMixer, type RoomReport, sharedNow, type ToMixer } from './messages.ts';

// The thread that mixes: its ticks are on time however busy the thread is that serves the rooms.
const port = parentPort;
if (!port) throw new Error('The worker of threadMixers runs as a worker thread only.');
const mixers = localMixers(systemClock(), (error) => {
  throw error;
});
const rooms = new Map<number, RoomMixer>();
const refused = new Set<string>();
let reports: RoomReport[] = [];

port.on('message', (message: ToMixer) => {
  const { room } = message;
  if (message.op === 'open') {
    const { maxMicrophones, leaveOutEchoes } = message;
    rooms.set(
      room,
      mixers.open({ maxMicrophones, leaveOutEchoes, onEvent: (event) => report({ room, event: copyOf(event) }) }),
    );
    return;
  }
  const mixer = rooms.get(room);
  if (!mixer) return;
  switch (message.op) {
    case 'receive':
      noteRefusal(room, message.frame.connectionId, !mixer.receive(message.frame));
      break;
    case 'endBurst':
      mixer.endBurst(message.connectionId);
      break;
    case 'remove':
      refused.delete(`${room} ${message.connectionId}`);
      mixer.remove(message.connectionId);
      break;
    case 'setOpen':
      mixer.setOpen(message.connectionId, message.participantId, message.open);
      break;
    case 'setPolicy':
      mixer.setPolicy(message.policy, message.holder);
      break;
    case 'hearModel':
      mixer.hearModel(message.pcm);
      break;
    case 'stopModel':
      mixer.stopModel();
      break;
    case 'dispose':
      mixer.dispose();
      rooms.delete(room);
      break;
    default:
      message satisfies never;
  }
});

function noteRefusal(room: number, connectionId: string, isRefused: boolean): void {
  const key = `${room} ${connectionId}`;
  if (refused.has(key) === isRefused) return;
  if (isRefused) refused.add(key);
  else refused.delete(key);
  report({ room, connectionId, refused: isRefused });
}

/** Everything that happens at once goes in one message. */
function report(one: RoomReport): void {
  if (reports.length === 0) queueMicrotask(flush);
  reports.push(one);
}

function flush(): void {
  const message: FromMixer = { reports, at: sharedNow() };
  reports = [];
  port?.postMessage(message);
}

/** The mixer uses its buffer again. */
function copyOf(event: MixEvent): MixEvent {
  return event.type === 'frame' ? { ...event, samples: event.samples.slice() } : event;
}
