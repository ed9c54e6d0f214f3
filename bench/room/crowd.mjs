// A hundred people in one room and one of them speaks: does every frame reach everybody, how late, and for how much work.
import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { median, percentile, printTable } from './table.mjs';

const { WebSocket } = createRequire(new URL('../../packages/live-proxy/package.json', import.meta.url))('ws');

const FRAME_MS = 20;
const HEADER_BYTES = 16;
const PAYLOAD_BYTES = 640;
/** Of a run, and of one that only shows that it works. */
const SIZE = { people: 100, warmUpFrames: 50, pauseMs: 1_000 };
const SMALLEST = { people: 3, warmUpFrames: 5, pauseMs: 100 };

export async function measureCrowd({ runs, seconds, isTry }) {
  const size = isTry ? SMALLEST : SIZE;
  const found = new Map([
    ['peer', []],
    ['ours', []],
  ]);
  // In turns, so that a busy moment of the machine does not meet one variant only.
  for (let run = 0; run < runs; run += 1) {
    for (const [kind, results] of found) results.push(await crowd(kind, seconds, size));
  }
  const rows = [...found].map(([kind, results]) => {
    const of = (pick) => median(results.map(pick));
    return {
      '': kind === 'ours' ? 'room, PCM16' : 'plain ws fan-out (the peer)',
      'frames lost': of(({ lost }) => lost),
      'p50 ms': of(({ latencies }) => percentile(latencies, 0.5)).toFixed(1),
      'p99 ms': of(({ latencies }) => percentile(latencies, 0.99)).toFixed(1),
      'µs per frame and listener': of(({ cpuUs, delivered }) => cpuUs / delivered).toFixed(1),
      'of a core': `${(of(({ cpuShare }) => cpuShare) * 100).toFixed(0)} %`,
    };
  });
  printTable(`${size.people} participants, one speaks, ${FRAME_MS} ms frames, ${seconds} s`, rows);
}

async function crowd(kind, seconds, { people: count, warmUpFrames, pauseMs }) {
  const child = fork(fileURLToPath(new URL('crowd-server.mjs', import.meta.url)), [kind]);
  const { url } = await answer(child);
  const latencies = [];
  const people = [];
  try {
    for (let n = 0; n < count; n += 1) people.push(await join(kind, url, n, latencies));
    const [speaker] = people;
    const frames = (seconds * 1_000) / FRAME_MS;
    await speak(speaker, 0, warmUpFrames);
    await settled(latencies, warmUpFrames * (count - 1), pauseMs);
    latencies.length = 0;
    const before = await usage(child);
    const startedAt = performance.now();
    await speak(speaker, warmUpFrames, frames);
    await settled(latencies, frames * (count - 1), pauseMs);
    const elapsedMs = performance.now() - startedAt;
    const after = await usage(child);
    const cpuUs = after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system;
    return {
      latencies,
      cpuUs,
      delivered: latencies.length,
      lost: frames * (count - 1) - latencies.length,
      cpuShare: cpuUs / 1_000 / elapsedMs,
    };
  } finally {
    for (const socket of people) socket.terminate();
    child.kill();
  }
}

function join(kind, url, n, latencies) {
  const socket = kind === 'ours' ? new WebSocket(`${url}?name=P${n}`, 'colloquy.room.v1') : new WebSocket(url);
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () => {
      if (kind === 'ours') socket.send(JSON.stringify({ type: 'hello', v: 1, clientId: `tab${n}` }));
      else resolve(socket);
    });
    socket.on('message', (data, isBinary) => {
      if (isBinary) latencies.push(performance.now() - data.readDoubleLE(HEADER_BYTES));
      else if (data.includes('"welcome"')) resolve(socket);
    });
    socket.on('close', (code, reason) => reject(new Error(`closed with ${code} ${reason}`)));
  });
}

/** Sends frames in real time; each carries the moment of its sending. */
async function speak(socket, from, count) {
  const startedAt = performance.now();
  for (let index = 0; index < count; index += 1) {
    const dueInMs = startedAt + index * FRAME_MS - performance.now();
    if (dueInMs > 0) await new Promise((resolve) => setTimeout(resolve, dueInMs));
    const frame = Buffer.alloc(HEADER_BYTES + PAYLOAD_BYTES);
    frame.set([1, 1, 1, 1]);
    frame.writeUInt16LE((from + index) & 0xffff, 6);
    frame.writeUInt32LE((from + index) * 320, 8);
    frame.writeDoubleLE(performance.now(), HEADER_BYTES);
    socket.send(frame);
  }
}

/** Resolves when all frames have come, or none for so long. */
async function settled(latencies, expected, pauseMs) {
  for (let before = -1; latencies.length < expected && latencies.length > before; ) {
    before = latencies.length;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

async function usage(child) {
  child.send('usage');
  return answer(child);
}

function answer(child) {
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', () => reject(new Error('The server stopped.')));
  });
}
