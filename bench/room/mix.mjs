// Eight open microphones of one room: what mixing costs, and whether its frames come on time.
import { memoryEngine, RoomManager, systemClock } from '../../packages/room-core/dist/index.js';
import { threadMixers } from '../../packages/room-core/dist/mixer-thread.js';
import { FakeClock, settle } from '../../packages/room-core/dist/testing.js';
import { median, percentile, printTable } from './table.mjs';

const MICROPHONES = 8;
/** Of a minute, and of a run that only shows that it works: 0.4 s of it are not heard yet. */
const TICKS = { minute: 3_000, smallest: 500 };
const FRAME_MS = 20;

export async function measureMix({ runs, seconds, isTry }) {
  await costs(runs, isTry ? TICKS.smallest : TICKS.minute);
  await cadences(runs, seconds);
}

/** Time of a minute of a room, as fast as it goes, with and without its mixing. */
async function costs(runs, ticks) {
  const variants = {
    'plain sum (the peer)': () => plainSum(ticks),
    'room, nobody mixed': () => minute(ticks, 'mix', silentMixers()),
    'room, mix': () => minute(ticks, 'mix'),
    'room, pick': () => minute(ticks, 'pick'),
    'room, floor': () => minute(ticks, 'floor'),
  };
  const found = Object.fromEntries(Object.keys(variants).map((name) => [name, []]));
  // In turns, so that a busy moment of the machine does not meet one variant only; the first round warms up.
  for (let run = 0; run <= runs; run += 1) {
    for (const [name, measure] of Object.entries(variants)) {
      const usPerTick = await measure();
      if (run > 0) found[name].push(usPerTick);
    }
  }
  const idle = median(found['room, nobody mixed']);
  printTable(
    `${MICROPHONES} microphones, everybody relayed to everybody: time per tick of ${FRAME_MS} ms`,
    Object.entries(found).map(([name, values]) => {
      const usPerTick = median(values);
      const own = name.startsWith('room, ') && name !== 'room, nobody mixed' ? usPerTick - idle : null;
      return {
        '': name,
        'µs per tick': usPerTick.toFixed(1),
        'of a core': percent(usPerTick),
        'mixing alone': own === null ? '' : percent(own),
      };
    }),
  );
}

async function minute(ticks, floor, mixers) {
  const clock = new FakeClock();
  const { rooms, talkers, heard } = await openRoom({ clock, floor, mixers });
  const startedAt = performance.now();
  for (let tick = 0; tick < ticks; tick += 1) {
    for (const talker of talkers) talker.speak();
    clock.advance(FRAME_MS);
  }
  const usPerTick = ((performance.now() - startedAt) * 1_000) / ticks;
  if (!mixers && heard.length < ticks * 0.9) throw new Error(`${floor}: only ${heard.length} frames came`);
  await rooms.shutdown();
  return usPerTick;
}

/** The least that mixing can be: eight frames added up and clipped. */
function plainSum(ticks) {
  const frames = Array.from({ length: MICROPHONES }, (_, index) => tone(200 + index * 100));
  const out = new Int16Array(320);
  const startedAt = performance.now();
  for (let tick = 0; tick < ticks; tick += 1) {
    for (let index = 0; index < 320; index += 1) {
      let sum = 0;
      for (const frame of frames) sum += frame[index];
      out[index] = Math.max(-32_768, Math.min(32_767, sum));
    }
  }
  return ((performance.now() - startedAt) * 1_000) / ticks;
}

/** Real time: when each frame reaches the model. */
async function cadences(runs, seconds) {
  const variants = {
    'in the serving thread': () => undefined,
    'in a thread of its own': () => threadMixers({ when: 'always' }),
    'serving thread blocked 8 ms of 30': () => undefined,
  };
  const rows = [];
  for (const [name, mixers] of Object.entries(variants)) {
    const found = [];
    for (let run = 0; run < runs; run += 1) found.push(await cadence(mixers(), seconds, name.includes('blocked')));
    const of = (key) => median(found.map((each) => each[key]));
    rows.push({
      '': name,
      'frames per s': of('perSecond').toFixed(2),
      'late p50': `${of('p50').toFixed(1)} ms`,
      'late p99': `${of('p99').toFixed(1)} ms`,
      'most at once': of('atOnce'),
      'process, senders included': `${of('cpu').toFixed(1)} %`,
    });
  }
  printTable(`The same in real time, ${seconds} s each: frames that reach the model`, rows);
}

async function cadence(mixers, seconds, isBlocked) {
  const { rooms, talkers, heard } = await openRoom({ clock: systemClock(), floor: 'mix', mixers });
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  for (let tick = 0; tick < seconds * 50; tick += 1) {
    for (const talker of talkers) talker.speak();
    if (isBlocked) block(8);
    await sleepUntil(startedAt + (tick + 1) * FRAME_MS);
  }
  const { user, system } = process.cpuUsage(cpu);
  const wallMs = performance.now() - startedAt;
  await rooms.shutdown();
  const first = heard[0];
  const late = heard.map((at, index) => at - first - index * FRAME_MS);
  const earliest = Math.min(...late);
  let atOnce = 1;
  for (let from = 0, to = 0; to < heard.length; to += 1) {
    while (heard[to] - heard[from] > FRAME_MS / 4) from += 1;
    atOnce = Math.max(atOnce, to - from + 1);
  }
  return {
    perSecond: (heard.length - 1) / ((heard.at(-1) - first) / 1_000),
    p50: percentile(
      late.map((each) => each - earliest),
      0.5,
    ),
    p99: percentile(
      late.map((each) => each - earliest),
      0.99,
    ),
    atOnce,
    cpu: ((user + system) / 1_000 / wallMs) * 100,
  };
}

async function openRoom({ clock, floor, mixers }) {
  const heard = [];
  const rooms = new RoomManager({
    engine: memoryEngine({ now: () => clock.now() }),
    model: silentModel(() => heard.push(performance.now())),
    clock,
    floorReleaseMs: 0,
    ...(mixers && { mixers }),
  });
  const { id } = await rooms.create({ name: 'Bench', configuration: { floor, speakerCues: 'none' } });
  const talkers = [];
  for (let index = 0; index < MICROPHONES; index += 1) talkers.push(await Talker.join(rooms, id, index));
  talkers[0].connection.receive({ type: 'floor', action: 'request' });
  await settle();
  return { rooms, talkers, heard };
}

/** Somebody who speaks all the time. */
class Talker {
  #index = 0;

  static async join(rooms, roomId, index) {
    const talker = new Talker();
    const port = { connectionId: `c${index}`, send() {}, sendMedia: () => true, close() {} };
    const identity = { participantId: `p${index}`, name: `P${index}`, role: 'speaker' };
    talker.connection = await rooms.connect(roomId, { identity, clientId: `tab${index}` }, port);
    talker.connection.receive({ type: 'media', media: { microphone: true, camera: false, screen: false } });
    talker.payload = new Uint8Array(tone(200 + index * 100).buffer);
    return talker;
  }

  speak() {
    const [index, { payload }] = [this.#index, this];
    this.#index += 1;
    const seq = index & 0xffff;
    this.connection.receiveMedia({
      ...{ kind: 1, codec: 1, flags: 1, participant: 0, seq, turn: 0 },
      ...{ mediaTime: index * 320, payload },
    });
  }
}

/** A model that hears and says nothing. */
function silentModel(onAudio) {
  const nothing = () => {};
  return {
    modelName: () => 'silent',
    open({ configuration, onEvent }) {
      queueMicrotask(() => onEvent({ type: 'ready', model: 'silent', resumed: false }));
      const methods = ['AudioStreamEnd', 'ActivityStart', 'ActivityEnd', 'Speakers', 'Text', 'Context', 'Image'];
      return {
        activity: configuration.floor === 'mix' ? 'automatic' : 'manual',
        sendAudio: onAudio,
        ...Object.fromEntries(methods.map((method) => [`send${method}`, nothing])),
        sendToolResponse: nothing,
        close: async () => {},
      };
    },
  };
}

/** Mixers that mix nothing: what is left is the rest of a room. */
function silentMixers() {
  const nothing = () => {};
  const mixer = { receive: () => true, endBurst: nothing, setOpen: nothing, setPolicy: nothing, remove: nothing };
  return {
    open: () => ({ ...mixer, hearModel: nothing, stopModel: nothing, dispose: nothing }),
    close: async () => {},
  };
}

function tone(frequency) {
  const at = (index) => 5_000 * Math.sin((2 * Math.PI * frequency * index) / 16_000);
  return Int16Array.from({ length: 320 }, (_, index) => at(index));
}

function percent(usPerTick) {
  return `${(usPerTick / (FRAME_MS * 10)).toFixed(2)} %`;
}

function block(ms) {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

function sleepUntil(at) {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, at - performance.now())));
}
