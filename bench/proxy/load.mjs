// The clients of the proxy's bench, in a process of their own: opens sessions and answers one command after the other.
import { connect } from 'node:net';
import { FRAME_MS, FrameCounter, PATH, setupFrame, upFrame } from './frames.mjs';

let clients = [];
let stalled = [];
const commands = { open, flood, talk, stall, close };
process.on('message', async ({ command, ...options }) => {
  try {
    process.send({ result: await commands[command](options) });
  } catch (error) {
    process.send({ error: error.message });
  }
});
process.on('disconnect', () => process.exit());

class Client {
  socket;
  received = 0;
  sent = 0;
  sentAt = 0;
  onMessage = () => {};

  async open(port, ticket) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.setNoDelay();
    this.socket.on('error', (error) => this.fail?.(error));
    this.socket.on('close', () => this.fail?.(new Error('The connection was closed.')));
    const authorization = ticket === undefined ? '' : `Authorization: Bearer ${ticket}\r\n`;
    this.socket.write(
      `GET ${PATH} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${'A'.repeat(22)}==\r\n${authorization}\r\n`,
    );
    await new Promise((resolve, reject) => {
      this.fail = reject;
      let head = '';
      const counter = new FrameCounter((opcode) => {
        if (opcode !== 1 && opcode !== 2) return;
        this.received += 1;
        this.onMessage();
      });
      this.onMessage = resolve;
      this.socket.on('data', (chunk) => {
        if (head === null) {
          counter.push(chunk);
          return;
        }
        head += chunk.toString('latin1');
        const end = head.indexOf('\r\n\r\n');
        if (end < 0) return;
        if (!head.startsWith('HTTP/1.1 101')) reject(new Error(head.slice(0, end)));
        const rest = Buffer.from(head.slice(end + 4), 'latin1');
        head = null;
        this.socket.write(setupFrame);
        if (rest.byteLength > 0) counter.push(rest);
      });
    });
    this.received = 0;
    this.fail = undefined;
    this.onMessage = () => {};
  }

  send() {
    this.sent += 1;
    this.socket.write(upFrame);
  }
}

/** Opens sessions, a few at a time, beside those that are open. */
async function open({ port, ticket, sessions }) {
  const waiting = Array.from({ length: sessions }, () => new Client());
  clients.push(...waiting);
  const openSome = async () => {
    for (let client = waiting.pop(); client; client = waiting.pop()) await client.open(port, ticket);
  };
  await Promise.all(Array.from({ length: 20 }, openSome));
}

/** Each client has `window` messages on their way, all the time. */
async function flood({ seconds, window }) {
  const before = totals();
  let isOver = false;
  for (const client of clients) {
    client.onMessage = () => isOver || client.send();
    for (let count = 0; count < window; count += 1) client.send();
  }
  await sleep(seconds * 1_000);
  isOver = true;
  return ended(before);
}

/** Each client sends a message every 40 ms, spread over them; the answer comes at once. Times are round trips. */
async function talk({ seconds }) {
  const before = totals();
  const times = [];
  const startedAt = performance.now();
  const until = startedAt + seconds * 1_000;
  let late = 0;
  // The pace is kept by one loop: a timer for each client would be the load.
  const order = clients.map((client, index) => ({ client, dueAt: startedAt + (index * FRAME_MS) / clients.length }));
  for (const { client } of order) client.onMessage = () => times.push(performance.now() - client.sentAt);
  await new Promise((resolve) => {
    let next = 0;
    const step = () => {
      const now = performance.now();
      for (let entry = order[next]; entry.dueAt <= now; entry = order[next]) {
        // One that still waits for its answer keeps its first time.
        if (entry.client.received < entry.client.sent) late += 1;
        entry.client.sentAt = performance.now();
        entry.client.send();
        entry.dueAt += FRAME_MS;
        next = (next + 1) % order.length;
      }
      if (now < until) setTimeout(step, 1);
      else resolve();
    };
    step();
  });
  const result = await ended(before);
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
  return { ...result, late, p50: at(0.5), p99: at(0.99) };
}

/** Beside the others a client asks for answers and reads none of them: more than sockets and relays are willing to hold. */
async function stall({ port, ticket, messages }) {
  const client = new Client();
  stalled.push(client);
  await client.open(port, ticket);
  client.socket.pause();
  for (let count = 0; count < messages; count += 1) client.send();
  await sleep(500);
}

async function close() {
  for (const { socket } of [...clients, ...stalled]) socket.destroy();
  clients = [];
  stalled = [];
}

/** Waits for what is on its way; what has not come in 5 s is missing. */
async function ended(before) {
  const deadline = performance.now() + 5_000;
  while (totals().received < totals().sent && performance.now() < deadline) await sleep(10);
  const { sent, received } = totals();
  return { messages: sent - before.sent + received - before.received, missing: sent - received };
}

function totals() {
  return {
    sent: clients.reduce((sum, client) => sum + client.sent, 0),
    received: clients.reduce((sum, client) => sum + client.received, 0),
  };
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
