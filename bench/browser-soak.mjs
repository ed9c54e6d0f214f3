// pnpm soak:browser: a conversation of five minutes in headless Chromium: microphone on, the model talking, being cut and
// talking again. Told each half minute: what is on the heap after a collection. It has to stay within 5 % of what it was
// after the first minute, and what is not compiled code within 1 %: V8 compiles what runs often for the first minutes, on
// a heap of 1.2 MB. After `dispose()` no context, track, timer or socket may be left open. What is not so is told, and the
// program ends with 1.
//
//   node bench/browser-soak.mjs [--minutes 5]
import { parseArgs } from 'node:util';
import { launchChromium } from '../e2e/support/chromium.ts';
import { collected, heapByKind } from '../e2e/support/heap.ts';
import { speakIrregularly } from '../e2e/support/jittery-speech.ts';
import { disposeAndLook, watchOpenThings } from '../e2e/support/open-things.ts';
import { ScriptedModel } from '../e2e/support/scripted-model.ts';
import { soundPage } from '../e2e/support/sound-page.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '5' } } });
const minutes = Number(values.minutes);
const browser = await launchChromium();
const model = await ScriptedModel.start(await soundPage());
const heap = [];
let [before, after] = [new Map(), new Map()];
let left;
const transcripts = [];
try {
  const context = await browser.newContext({ permissions: ['microphone'] });
  await watchOpenThings(context);
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await page.goto(model.url);
  await page.evaluate(async () => {
    // A transcript that is full within the first minute: what grows after that, grows for ever.
    window.sound.current = await window.sound.conversation({}, 20);
    await window.sound.current.live.microphone.start();
  });
  const endsAt = performance.now() + minutes * 60_000;
  let nextAt = performance.now() + 30_000;
  for (let turn = 0; performance.now() < endsAt; turn++) {
    model.say({ serverContent: { inputTranscription: { text: `What is the meaning of ${turn}?` } } });
    model.say({ serverContent: { outputTranscription: { text: `It is the number after ${turn - 1}, and no more.` } } });
    await speakIrregularly(model, 3, 60);
    if (turn % 3 === 0) model.say({ serverContent: { interrupted: true } });
    model.say({ serverContent: { turnComplete: true } });
    // What came is not kept here either.
    model.frames.length = 0;
    model.messages.length = 0;
    if (performance.now() < nextAt) continue;
    nextAt += 30_000;
    const usedSize = await collected(session);
    const items = await page.evaluate(() => window.sound.current.live.getSnapshot().transcript.length);
    heap.push(usedSize);
    transcripts.push(items);
    if (heap.length === 2) before = await heapByKind(session);
    console.log(`${(heap.length / 2).toFixed(1)} min  ${(usedSize / 1e6).toFixed(2)} MB  ${items} items of transcript`);
  }
  after = await heapByKind(session);
  const { underruns, concealedMs } = await page.evaluate(() =>
    window.sound.current.live.speaker.source('model', { sampleRate: 24_000 }).statistics(),
  );
  console.log(`played with ${underruns} underruns, ${concealedMs.toFixed(0)} ms concealed`);
  left = await disposeAndLook(page);
  console.log('after dispose()', JSON.stringify(left));
} finally {
  await browser.close();
  await model.stop();
}
const [, first = 0] = heap;
const growth = (heap.at(-1) ?? 0) / first - 1;
const bytes = (kinds, isCode) => {
  let sum = 0;
  for (const [kind, { size }] of kinds) if (kind.startsWith('code') === isCode) sum += size;
  return sum;
};
const grown = (isCode) => bytes(after, isCode) / bytes(before, isCode) - 1;
const told = (share) => `${share >= 0 ? '+' : ''}${(share * 100).toFixed(1)} %`;
console.log(`heap after ${minutes} min against 1 min: ${told(growth)} (at most 5 %)`);
console.log(
  `of it objects, strings and arrays: ${told(grown(false))} (at most 1 %); compiled code: ${told(grown(true))}`,
);
for (const [kind, { count }] of after) {
  const more = count - (before.get(kind)?.count ?? 0);
  if (more >= 20 && !kind.startsWith('code')) console.log(`  ${more} more of ${kind}`);
}
const complaints = [
  [heap.length >= 4, 'fewer than four readings: give it two minutes or more'],
  [Math.abs(growth) <= 0.05, 'the heap is not within 5 %'],
  [grown(false) <= 0.01, 'objects, strings and arrays grew by more than 1 %'],
  [transcripts.every((items) => items <= 20), `the transcript has more than its 20 items: ${transcripts.join(', ')}`],
  [left.timers === 0, `${left.timers} timers are left`],
  [left.contexts.length > 0 && left.contexts.every((state) => state === 'closed'), 'an audio context is left open'],
  [left.tracks.length > 0 && left.tracks.every((state) => state === 'ended'), 'a track is left live'],
  [left.sockets.length > 0 && left.sockets.every((state) => state === WebSocket.CLOSED), 'a socket is left open'],
].flatMap(([isFine, complaint]) => (isFine ? [] : [complaint]));
for (const complaint of complaints) console.error(`FAILED: ${complaint}`);
process.exitCode = complaints.length > 0 ? 1 : 0;
