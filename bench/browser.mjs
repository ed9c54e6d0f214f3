// pnpm bench:browser: sound in headless Chromium, from the microphone to the proxy and from the proxy to the ear.
//
//   node bench/browser.mjs [--quick]
//
// Microphone to proxy: clicks that enter the browser's graph at a known time, looked for in what arrives; from the click
// to the whole 20 ms frame in the server. The browser buffers between its graphs and before its output; what this package
// adds is the frame, and the way from the page to the server, which has a row of its own. Barge-in: from `interrupted` in the page to the last sound that leaves its
// graph. Speech: a tone of 60 s, each 40 ms of it up to 80 ms late; gaps are counted at the end of the graph.
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { launchChromium } from '../e2e/support/chromium.ts';
import { speakIrregularly } from '../e2e/support/jittery-speech.ts';
import { ScriptedModel } from '../e2e/support/scripted-model.ts';
import { soundPage } from '../e2e/support/sound-page.ts';

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const clicks = values.quick ? 20 : 120;
const bargeIns = values.quick ? 5 : 25;
const seconds = values.quick ? 10 : 60;
const isolated = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };

const browser = await launchChromium();
try {
  const microphone = await microphoneToProxy();
  const rows = [
    ['', 'p50', 'p95', 'worst', 'target'],
    ['click to proxy, ms', ...spread(microphone.clicks), 'p95 ≤ 40'],
    ['frame in the page to proxy, ms', ...spread(microphone.frames), ''],
    ['barge-in to silence, ms', ...spread(await bargeInToSilence()), '≤ 30'],
  ];
  console.log(`\n${browser.version()}, ${cpus().length} cores (${cpus()[0]?.model.trim()})\n`);
  print(rows);
  console.log(
    `\nThe browser's own latency of one graph is ${microphone.baseLatencyMs.toFixed(1)} ms here; a click passes two.`,
  );
  const speech = [['speech, spread 80 ms', 'gaps', 'longest', 'underruns', 'concealed', 'depth', 'transport']];
  for (const [name, headers] of [
    ['by messages', {}],
    ['isolated page', isolated],
  ]) {
    const { heard, statistics } = await irregularSpeech(headers);
    speech.push([
      `${seconds} s, ${name}`,
      String(heard.gaps),
      `${heard.longestGapMs.toFixed(0)} ms`,
      String(statistics.underruns),
      `${statistics.concealedMs.toFixed(0)} ms`,
      `${statistics.targetDepthMs.toFixed(0)} ms`,
      statistics.transport,
    ]);
  }
  console.log('');
  print(speech);
  console.log('\nGaps are counted after the first second. Target: none.');
} finally {
  await browser.close();
}

/** Milliseconds from each click to the arrival of its frame. */
async function microphoneToProxy() {
  return withPage({}, async (page, model) => {
    const { times, frames, baseLatencyMs } = await page.evaluate(async (count) => {
      const source = new AudioContext();
      const sink = source.createMediaStreamDestination();
      navigator.mediaDevices.getUserMedia = async () => sink.stream;
      window.sound.current = await window.sound.conversation();
      await window.sound.current.live.microphone.start();
      await new Promise((done) => setTimeout(done, 1_000));
      const click = source.createBuffer(1, 96, source.sampleRate);
      click.getChannelData(0).fill(0.9);
      const times = [];
      const frames = [];
      window.sound.current.live.microphone.on('frameCaptured', () =>
        frames.push(performance.timeOrigin + performance.now()),
      );
      for (let n = 0; n < count; n++) {
        const node = new AudioBufferSourceNode(source, { buffer: click });
        node.connect(sink);
        const at = source.currentTime + 0.1;
        times.push(performance.timeOrigin + performance.now() + (at - source.currentTime) * 1_000);
        node.start(at);
        await new Promise((done) => setTimeout(done, 200 + (n % 7) * 9));
      }
      await new Promise((done) => setTimeout(done, 300));
      return { times, frames, baseLatencyMs: source.baseLatency * 1_000 };
    }, clicks);
    const loud = model.frames.filter(({ samples }) => samples.some((sample) => Math.abs(sample) > 8_000));
    const arrived = model.frames.slice(-frames.length);
    return {
      baseLatencyMs,
      clicks: times.flatMap((at) => {
        const frame = loud.find(({ atMs }) => atMs >= at && atMs < at + 190);
        return frame ? [frame.atMs - at] : [];
      }),
      frames: frames.map((at, n) => (arrived[n]?.atMs ?? Number.NaN) - at),
    };
  });
}

/** Milliseconds from each interruption to the last sound. */
async function bargeInToSilence() {
  return withPage({}, async (page, model) => {
    await converse(page);
    await page.evaluate(() => {
      window.interruptedAt = [];
      window.sound.current.live.on('interrupted', () => {
        window.interruptedAt.push(performance.timeOrigin + performance.now());
      });
    });
    const second = tone(24_000);
    const measured = [];
    for (let n = 0; n < bargeIns; n++) {
      await page.evaluate(() => window.sound.current.listen());
      for (let part = 0; part < 5; part++) model.speak(second);
      await page.waitForTimeout(700 + n * 13);
      model.say({ serverContent: { interrupted: true } });
      await page.waitForFunction((count) => window.interruptedAt.length > count, n);
      model.say({ serverContent: { turnComplete: true } });
      await page.waitForTimeout(200);
      const { lastSoundAtMs } = await page.evaluate(() => window.sound.current.listen());
      const atMs = await page.evaluate(() => window.interruptedAt.at(-1));
      measured.push(Math.max(0, lastSoundAtMs - atMs));
    }
    return measured;
  });
}

async function irregularSpeech(headers) {
  return withPage(headers, async (page, model) => {
    await converse(page);
    const speech = speakIrregularly(model, seconds, 80);
    await page.waitForTimeout(1_200);
    await page.evaluate(() => window.sound.current.listen());
    await speech;
    await page.waitForTimeout(700);
    return page.evaluate(async () => ({
      heard: await window.sound.current.listen(),
      statistics: await window.sound.current.live.speaker.source('model', { sampleRate: 24_000 }).statistics(),
    }));
  });
}

async function withPage(headers, run) {
  const model = await ScriptedModel.start(await soundPage(headers));
  const context = await browser.newContext({ permissions: ['microphone'] });
  try {
    const page = await context.newPage();
    await page.goto(model.url);
    return await run(page, model);
  } finally {
    await context.close();
    await model.stop();
  }
}

function converse(page) {
  return page.evaluate(async () => {
    window.sound.current = await window.sound.conversation();
  });
}

function tone(length) {
  return Int16Array.from({ length }, (_, n) => 12_000 * Math.sin((2 * Math.PI * 500 * n) / 24_000));
}

function spread(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return [at(0.5), at(0.95), at(1)].map((value) => value.toFixed(1));
}

function print(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  for (const row of rows) console.log(row.map((cell, column) => cell.padEnd(widths[column])).join('  '));
}
