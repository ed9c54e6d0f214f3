import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const server = fileURLToPath(new URL('../server.ts', import.meta.url));

test('the server starts without a key, serves its page, and lets people into its room', async () => {
  const child = spawn(process.execPath, ['--conditions=mono-source', server], {
    env: { ...process.env, PORT: '0', GEMINI_API_KEY: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  try {
    let address: string | undefined;
    for await (const line of createInterface({ input: child.stdout })) {
      address = /Open (\S+)/.exec(line)?.[1];
      if (address !== undefined) break;
    }
    // Whoever closes the output early must not block the server.
    child.stdout.resume();
    if (address === undefined) throw new Error('The server ended before it listened.');
    expect(await (await fetch(address)).text()).toContain('<title>The table</title>');
    expect(await (await fetch(new URL('/rooms/table', address))).json()).toMatchObject({ id: 'table' });

    const socket = new WebSocket(new URL('/rooms/table?name=Ana', address.replace('http', 'ws')), 'colloquy.room.v1');
    const welcomed = new Promise((resolve, reject) => {
      socket.onopen = () => socket.send(JSON.stringify({ type: 'hello', v: 1, clientId: 'tab1' }));
      socket.onmessage = ({ data }) => resolve(JSON.parse(data));
      socket.onclose = ({ code, reason }) => reject(new Error(`closed with ${code} ${reason}`));
    });
    expect(JSON.stringify(await welcomed)).toContain('"Ana"');
    socket.close();
  } finally {
    child.kill('SIGKILL');
    await exited;
  }
});
