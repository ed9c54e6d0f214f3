import { afterEach, describe, expect, it } from 'vitest';
import { type Emulator, readWav, ScriptedBrain, type SessionReport, startEmulator } from '../src/index.ts';
import { LiveSocket } from './live-socket.ts';

const running: Emulator[] = [];
async function start(options: Parameters<typeof startEmulator>[0] = {}): Promise<Emulator> {
  const emulator = await startEmulator({ timeScale: 20, brain: new ScriptedBrain(['Good evening.']), ...options });
  running.push(emulator);
  return emulator;
}
afterEach(async () => {
  await Promise.all(running.splice(0).map((emulator) => emulator.close()));
});

describe('the inspection page', () => {
  it.each(['/__emulator', '/__emulator/', '/__emulator/?x#session-1'])('is served at %s', async (path) => {
    const response = await fetch(`${(await start()).url}${path}`);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    const html = await response.text();
    // It works offline and never makes markup of what clients send.
    expect(html).not.toMatch(/https?:\/\/|innerHTML|insertAdjacentHTML/);
    const script = /<script>(?<code>.*)<\/script>/s.exec(html)?.groups?.code ?? '';
    expect(() => new Function(script)).not.toThrow();
  });
});

describe('the summary', () => {
  it('lists the sessions without what is in them', async () => {
    const emulator = await start();
    await new LiveSocket(emulator.wsUrl).setup();
    const odd = new LiveSocket(emulator.wsUrl);
    await odd.opened();
    odd.send({ foo: 1 });
    await odd.untilClosed();
    const { sessions } = (await (await fetch(`${emulator.url}/__emulator/summary`)).json()) as { sessions: unknown[] };
    const openedAtMs = expect.any(Number);
    const backend = 'gemini';
    expect(sessions).toEqual([
      { id: 'session-1', state: 'ready', backend, profile: '3.8', openedAtMs, violations: 0 },
      { id: 'session-2', state: 'closed', backend, profile: null, openedAtMs, violations: 1 },
    ]);
  });
});

describe('what the model said', () => {
  it('can be heard again, sample by sample', async () => {
    const emulator = await start();
    const client = await new LiveSocket(emulator.wsUrl).setup();
    client.send({ clientContent: { turns: [{ parts: [{ text: 'Hello.' }] }], turnComplete: true } });
    await client.until(({ events }) => events.some(({ type }) => type === 'turnComplete'));
    const response = await fetch(`${emulator.url}/__emulator/sessions/session-1/spoken.wav`);
    expect(response.headers.get('content-type')).toBe('audio/wav');
    const { samples, sampleRate } = readWav(new Uint8Array(await response.arrayBuffer()));
    const sent = client.events.flatMap((event) => (event.type === 'audio' ? [Buffer.from(event.data)] : []));
    expect(sampleRate).toBe(24_000);
    expect(Buffer.from(samples.buffer).equals(Buffer.concat(sent))).toBe(true);
    expect(samples.length).toBeGreaterThan(12_000);
    expect(emulator.sessions()[0]?.spoken().samples).toEqual(samples);
    expect(emulator.sessions()[0]?.report().sent.audioSeconds).toBeCloseTo(samples.length / 24_000, 9);
  });
});

describe('pictures', () => {
  it('are there by number as long as they are kept', async () => {
    const emulator = await start({ keepPictures: 2 });
    const client = await new LiveSocket(emulator.wsUrl).setup();
    for (const last of [1, 2, 3]) {
      const data = Buffer.from([0xff, 0xd8, 0xff, last]).toString('base64');
      client.send({ realtimeInput: { video: { mimeType: 'image/jpeg', data } } });
    }
    const report = (): SessionReport | undefined => emulator.sessions()[0]?.report();
    await expect.poll(() => report()?.received.pictures).toMatchObject({ count: 3, kept: [2, 3] });
    const get = (number: number): Promise<Response> =>
      fetch(`${emulator.url}/__emulator/sessions/session-1/pictures/${number}`);
    expect(new Uint8Array(await (await get(2)).arrayBuffer()).at(-1)).toBe(2);
    expect((await get(3)).headers.get('content-type')).toBe('image/jpeg');
    for (const number of [0, 1, 4]) expect((await get(number)).status).toBe(404);
  });

  it.each([
    ['image/svg+xml', 'image/svg+xml'],
    ['image/jpeg\r\nx: y', 'application/octet-stream'],
    ['image/jpeg; \u2603', 'application/octet-stream'],
  ])('of type %j do no harm', async (mimeType, served) => {
    const emulator = await start();
    const client = await new LiveSocket(emulator.wsUrl).setup();
    client.send({ realtimeInput: { video: { mimeType, data: 'AAAA' } } });
    await expect.poll(() => emulator.sessions()[0]?.report().received.pictures.count).toBe(1);
    const response = await fetch(`${emulator.url}/__emulator/sessions/session-1/pictures/1`);
    expect(response.headers.get('content-type')).toBe(served);
    expect(response.headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
  });
});
