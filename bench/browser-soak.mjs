// pnpm soak:browser: a conversation of five minutes in headless Chromium: microphone on, the model talking, being cut and
// talking again. Told each half minute: what is on the heap after a collection. It has to stay within 5 % of what it was
// after the first minute; after `dispose()` no context, track or worklet may be left.
//
//   node bench/browser-soak.mjs [--minutes 5]
import { parseArgs } from 'node:util';
import { launchChromium } from '../e2e/support/chromium.ts';
import { speakIrregularly } from '../e2e/support/jittery-speech.ts';
import { ScriptedModel } from '../e2e/support/scripted-model.ts';
import { soundPage } from '../e2e/support/sound-page.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '5' } } });
const minutes = Number(values.minutes);
const browser = await launchChromium();
const model = await ScriptedModel.start(await soundPage());
const heap = [];
try {
  const context = await browser.newContext({ permissions: ['microphone'] });
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
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    const items = await page.evaluate(() => window.sound.current.live.getSnapshot().transcript.length);
    heap.push(usedSize);
    console.log(`${(heap.length / 2).toFixed(1)} min  ${(usedSize / 1e6).toFixed(2)} MB  ${items} items of transcript`);
  }
  const left = await page.evaluate(async () => {
    const { live } = window.sound.current;
    const { underruns, concealedMs } = await live.speaker.source('model', { sampleRate: 24_000 }).statistics();
    await live.dispose();
    return { microphone: live.microphone.state.status, canPlay: live.speaker.canPlay, underruns, concealedMs };
  });
  console.log('after dispose()', left);
} finally {
  await browser.close();
  await model.stop();
}
const [, first = 0] = heap;
const last = heap.at(-1) ?? 0;
const growth = (last / first - 1) * 100;
console.log(`heap after ${minutes} min against 1 min: ${growth >= 0 ? '+' : ''}${growth.toFixed(1)} % (at most 5 %)`);
process.exitCode = growth > 5 ? 1 : 0;
