import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);

/** Runs code in a Node process of its own, from sources; worklet sources are left out, which only sound needs. */
async function inPlainNode(code: string): Promise<string> {
  const hooks = `
    import { registerHooks } from 'node:module';
    registerHooks({
      resolve: (specifier, context, next) =>
        specifier.endsWith('?worklet') ? { url: 'data:text/javascript,export default ""', shortCircuit: true } : next(specifier, context),
    });`;
  const { stdout } = await run(
    process.execPath,
    [
      '--conditions=mono-source',
      '--no-warnings',
      '--import',
      `data:text/javascript,${encodeURIComponent(hooks)}`,
      '--input-type=module',
      '--eval',
      code,
    ],
    { cwd: import.meta.dirname },
  );
  return stdout;
}

const traps = `
  const touched = [];
  const trap = (name) => new Proxy(function () {}, {
    get: (_, key) => { touched.push(name + '.' + String(key)); },
    construct: () => { touched.push('new ' + name); return {}; },
    apply: () => { touched.push(name + '()'); },
  });
  for (const name of ['window', 'document', 'sessionStorage', 'localStorage', 'location', 'WebSocket', 'AudioContext',
    'AudioWorkletNode', 'MediaStream', 'requestAnimationFrame', 'setTimeout', 'setInterval', 'fetch', 'Worker', 'Blob']) {
    Object.defineProperty(globalThis, name, { value: trap(name), configurable: true, writable: true });
  }
  Object.defineProperty(globalThis, 'navigator', { value: trap('navigator'), configurable: true });
  const before = Object.keys(globalThis).length;`;

describe('importing', () => {
  it.each(['@colloquy/live-client', '@colloquy/live-client/react', '@colloquy/live-client/testing'])(
    '%s touches nothing in plain Node',
    async (name) => {
      const code = `${traps}
      const names = Object.keys(await import('${name}'));
      process.stdout.write(JSON.stringify({ names: names.length, touched, added: Object.keys(globalThis).length - before }));`;
      const { names, touched, added } = JSON.parse(await inPlainNode(code));
      expect(names).toBeGreaterThan(5);
      expect(touched).toEqual([]);
      expect(added).toBe(0);
    },
  );

  it('makes clients on a server, which hold nothing open', async () => {
    const code = `
      const { RoomClient, GeminiLiveAPI } = await import('@colloquy/live-client');
      const room = new RoomClient({ url: '/rooms/a' });
      const live = new GeminiLiveAPI({ url: '/live', setup: {} });
      const outcome = await room.connect().catch(({ code, retryable }) => ({ code, retryable }));
      process.stdout.write(JSON.stringify([room.getSnapshot().connection.status, live.getSnapshot().model, outcome]));`;
    expect(JSON.parse(await inPlainNode(code))).toEqual([
      'closed',
      'off',
      { code: 'ERR_CONNECTION_FAILED', retryable: false },
    ]);
  });

  it('renders on a server', async () => {
    const { RoomClient } = await import('../src/index.ts');
    const { RoomProvider, useAudioLevel, useDevices, useParticipants, useRoom, useTimeline } = await import(
      '../src/react/index.ts'
    );
    function Page() {
      const { connection } = useRoom();
      const count = useParticipants().length + useTimeline().timeline.length + useDevices().cameras.length;
      return createElement('p', null, `${connection.status} ${count} ${useAudioLevel('model')}`);
    }
    const client = new RoomClient({ url: '/rooms/a' });
    const html = renderToString(createElement(RoomProvider, { client }, createElement(Page)));
    expect(html).toBe('<p>idle 0 0</p>');
  });

  it('renders a conversation on a server', async () => {
    const { GeminiLiveAPI } = await import('../src/index.ts');
    const { LiveProvider, useAudioLevel, useClientTool, useLive, useTranscript } = await import(
      '../src/react/index.ts'
    );
    function Page() {
      useClientTool({ name: 'lamp', description: 'The lamp.', run: () => 'on' });
      return createElement('p', null, `${useLive().model} ${useTranscript().length} ${useAudioLevel('model')}`);
    }
    const client = new GeminiLiveAPI({ url: '/live', setup: {} });
    const html = renderToString(createElement(LiveProvider, { client }, createElement(Page)));
    expect(html).toBe('<p>off 0 0</p>');
  });
});
