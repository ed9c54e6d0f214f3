// pnpm soak:browser: a conversation of five minutes in headless Chromium: microphone and camera on, the model talking, being
// cut and talking again. Told ten times: what is on the heap after a collection, of the page and of each worker and worklet,
// which have heaps of their own. Of each, what is not compiled code has to stay within 1 % (or 8 kB) of what it was after the
// first minute of five, and the whole within 5 % of what it was after the second: on heaps of a megabyte and less, V8 compiles for
// the first minutes. Of less than five minutes the growth is told and not judged. The memory of the processes is told beside
// it. Between two readings at least a quarter of what is due has to come of the microphone, whose sound never pauses and of which
// only frames with sound count, of the camera and of the model's voice, and every thread has to be there at each reading. The
// microphone has to be captured from its track, as it is where nobody says how. After `dispose()` no context, track, timer, socket
// or thread may be left. What is not so is told, and the program ends with 1.
//
//   node bench/browser-soak.mjs [--minutes 5 | --try]
//
// `--try` is two readings as soon as they can be, of which only what is left after `dispose()` is judged: it shows that the
// program works.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { launchChromium } from '../e2e/support/chromium.ts';
import { collected, heapByKind, pageIsolate } from '../e2e/support/heap.ts';
import { speakIrregularly } from '../e2e/support/jittery-speech.ts';
import { isSound, knownMicrophone } from '../e2e/support/microphone-sound.ts';
import { disposeAndLook, watchOpenThings } from '../e2e/support/open-things.ts';
import { ScriptedModel } from '../e2e/support/scripted-model.ts';
import { soundPage } from '../e2e/support/sound-page.ts';
import { ThreadIsolates } from '../e2e/support/thread-isolates.ts';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '5' }, try: { type: 'boolean', default: false } },
});
const isTry = values.try;
const minutes = isTry ? 0 : Number(values.minutes);
/** Of a minute most is V8's first compiling. */
const isJudged = minutes >= 5;
const readings = isTry ? 2 : 10;
const everyMs = (minutes * 60_000) / readings;
const folder = await mkdtemp(join(tmpdir(), 'colloquy-soak-'));
const browser = await launchChromium([await knownMicrophone(folder)]);
const model = await ScriptedModel.start(await soundPage());
/** What was held at each reading, bytes, by whom. */
const heaps = new Map();
const buffers = new Map();
const held = (name) => heaps.get(name) ?? [];
const hold = (name, { onHeap, inBuffers }) => {
  heaps.set(name, [...held(name), onHeap]);
  buffers.set(name, [...(buffers.get(name) ?? []), inBuffers]);
};
const processes = [];
let [before, after] = [new Map(), new Map()];
let left;
let threadsLeft;
/** What came since the last reading: frames of the microphone with sound, pictures of the camera. */
let [framesCame, picturesCame] = [0, 0];
/** Of each time between two readings: which share of it came of the microphone, of the camera and out of the loudspeaker. */
const alive = { microphone: [], camera: [], loudspeaker: [] };
const transcripts = [];
try {
  const context = await browser.newContext({ permissions: ['microphone', 'camera'] });
  await watchOpenThings(context);
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  const threads = await ThreadIsolates.watch(session);
  const isolates = () => new Map([['page', pageIsolate(session)], ...threads.all()]);
  await page.goto(model.url);
  await page.evaluate(async () => {
    // A transcript that is full within the first minute: what grows after that, grows for ever.
    window.sound.current = await window.sound.conversation({}, 20, true);
    await window.sound.current.live.microphone.start();
    // Its pictures are encoded in a worker.
    await window.sound.current.live.camera.start();
  });
  let readAt = performance.now();
  let nextAt = readAt + everyMs;
  for (let turn = 0; held('page').length < readings; turn++) {
    model.say({ serverContent: { inputTranscription: { text: `What is the meaning of ${turn}?` } } });
    model.say({ serverContent: { outputTranscription: { text: `It is the number after ${turn - 1}, and no more.` } } });
    await speakIrregularly(model, isTry ? 0.5 : 3, 60);
    if (turn % 3 === 0) model.say({ serverContent: { interrupted: true } });
    model.say({ serverContent: { turnComplete: true } });
    framesCame += model.frames.filter(isSound).length;
    picturesCame += model.messages.filter(({ realtimeInput }) => realtimeInput?.video).length;
    // What came is not kept here either.
    model.frames.length = 0;
    model.messages.length = 0;
    if (performance.now() < nextAt) continue;
    nextAt += everyMs;
    const { soundMs } = await page.evaluate(() => window.sound.current.listen());
    const elapsedMs = performance.now() - readAt;
    readAt += elapsedMs;
    alive.microphone.push((framesCame * 20) / elapsedMs);
    alive.camera.push((picturesCame * 1_000) / elapsedMs);
    alive.loudspeaker.push(soundMs / elapsedMs);
    [framesCame, picturesCame] = [0, 0];
    for (const [name, isolate] of isolates()) hold(name, await collected(isolate));
    processes.push(await residentBytes(browser));
    const items = await page.evaluate(() => window.sound.current.live.getSnapshot().transcript.length);
    transcripts.push(items);
    const number = held('page').length;
    if (number === 2) before = await kinds(isolates());
    const each = [...heaps].map(([name, bytes]) => {
      return `${name} ${megabytes(bytes.at(-1))} and ${megabytes(buffers.get(name).at(-1))} in buffers`;
    });
    const minute = ((number * everyMs) / 60_000).toFixed(1);
    console.log(
      `${minute} min  ${each.join(', ')}; processes of pages ${megabytes(processes.at(-1))}; ${items} items of transcript`,
    );
  }
  after = await kinds(isolates());
  for (const [what, shares] of Object.entries(alive)) console.log(`${what}: ${percent(shares)} of each time`);
  const { underruns, concealedMs } = await page.evaluate(() =>
    window.sound.current.live.speaker.source('model', { sampleRate: 24_000 }).statistics(),
  );
  console.log(`played with ${underruns} underruns, ${concealedMs.toFixed(0)} ms concealed`);
  left = await disposeAndLook(page);
  // A worklet ends with its context, whose ends are told a little later than the page is.
  for (let n = 0; n < 300 && threads.all().size > 1; n++) await page.waitForTimeout(100);
  threadsLeft = threads.all().size;
  console.log('after dispose()', JSON.stringify({ ...left, threads: threadsLeft }));
} finally {
  await browser.close();
  await model.stop();
  await rm(folder, { recursive: true, force: true });
}
const told = (share) => `${share >= 0 ? '+' : ''}${(share * 100).toFixed(1)} %`;
const bytes = (kinds, isCode) => {
  let sum = 0;
  for (const [kind, { size }] of kinds ?? []) if (kind.startsWith('code') === isCode) sum += size;
  return sum;
};
const growths = [...heaps].map(([name, sizes]) => {
  const grown = (isCode) => bytes(after.get(name), isCode) - bytes(before.get(name), isCode);
  return {
    name,
    // What runs seldom is compiled in the second minute of five.
    whole: sizes.at(-1) / sizes[3] - 1,
    fromBeginning: sizes.at(-1) / sizes[1] - 1,
    dataBytes: grown(false),
    data: grown(false) / bytes(before.get(name), false),
    codeBytes: grown(true),
  };
});
console.log(`heaps after ${minutes} min:`);
for (const { name, whole, fromBeginning, data, codeBytes } of growths) {
  console.log(
    `  ${name}: ${told(whole)} since ${minutes * 0.4} min (at most 5 %); since ${minutes * 0.2} min ${told(fromBeginning)}, of it objects, strings and arrays ${told(data)} (at most 1 % or 8 kB), compiled code ${(codeBytes / 1e3).toFixed(1)} kB`,
  );
}
// In buffers is what is about to be played, more or less of it; what is left behind would be there at each reading.
const swollen = [...buffers].filter(([, sizes]) => {
  const half = Math.floor(sizes.length / 2);
  return Math.min(...sizes.slice(half)) > Math.max(...sizes.slice(0, half));
});
console.log(`memory of the processes of pages, told only: ${told(processes.at(-1) / processes[1] - 1)}`);
for (const [name, kinds] of after) {
  for (const [kind, { count }] of kinds) {
    const more = count - (before.get(name)?.get(kind)?.count ?? 0);
    if (more >= 20 && !kind.startsWith('code')) console.log(`  ${more} more of ${kind} in ${name}`);
  }
}
/** Of what came meanwhile. */
const ofTheRun = [
  // The worklet with the ears of this program and what plays, the worker that captures, and the one that encodes pictures.
  [heaps.size >= 4, `a page, a worklet and two workers are expected, and there are: ${[...heaps.keys()].join(', ')}`],
  [
    [...heaps.values()].every(({ length }) => length === readings),
    `a thread ended or began meanwhile: ${[...heaps].map(([name, { length }]) => `${name} was read ${length} times`)}`,
  ],
  [
    left.contexts.length === 0,
    'the microphone was captured by the worklet, which has a context, and not from its track',
  ],
  ...Object.entries(alive).map(([what, shares]) => [
    shares.every((share) => share >= 0.25),
    `the ${what} was silent for most of a time: ${percent(shares)} came`,
  ]),
  ...swollen.map(([name, sizes]) => [false, `the buffers of ${name} grow: ${sizes.join(', ')}`]),
  ...growths.flatMap(({ name, whole, data, dataBytes }) => [
    [!isJudged || Math.abs(whole) <= 0.05, `the heap of ${name} is not within 5 %`],
    [
      !isJudged || data <= 0.01 || dataBytes <= 8_000,
      `objects, strings and arrays of ${name} grew by more than 1 % and 8 kB`,
    ],
  ]),
];
const complaints = [
  ...(isTry ? [] : ofTheRun),
  [transcripts.every((items) => items <= 20), `the transcript has more than its 20 items: ${transcripts.join(', ')}`],
  [threadsLeft <= 1, `${threadsLeft} workers and worklets are left, of which one is this program's`],
  [left.timers === 0, `${left.timers} timers are left`],
  [left.contexts.every((state) => state === 'closed'), 'an audio context is left open'],
  [left.tracks.length > 0 && left.tracks.every((state) => state === 'ended'), 'a track is left live'],
  [left.sockets.length > 0 && left.sockets.every((state) => state === WebSocket.CLOSED), 'a socket is left open'],
].flatMap(([isFine, complaint]) => (isFine ? [] : [complaint]));
for (const complaint of complaints) console.error(`FAILED: ${complaint}`);
process.exitCode = complaints.length > 0 ? 1 : 0;

/** What is on each heap, by kind. */
async function kinds(isolates) {
  const all = new Map();
  for (const [name, isolate] of isolates) all.set(name, await heapByKind(isolate));
  return all;
}

/** What the processes of all pages hold in memory. Elsewhere than on Linux nobody tells. */
async function residentBytes(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const pages = processInfo.filter(({ type }) => type === 'renderer');
  const each = pages.map(async ({ id }) => {
    const told = await readFile(`/proc/${id}/status`, 'utf8').catch(() => '');
    return 1_024 * Number(/^RssAnon:\s+(\d+) kB$/m.exec(told)?.[1] ?? Number.NaN);
  });
  return (await Promise.all(each)).reduce((sum, bytes) => sum + bytes, 0);
}

function percent(shares) {
  return shares.map((share) => `${(share * 100).toFixed(0)} %`).join(', ');
}

function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}
