import { once } from 'node:events';
import { type Emulator, ScriptedBrain, startEmulator } from '@colloquy/live-emulator';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { launchChromium, skipReason } from './support/chromium.ts';

const PATH = '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent';
const SETUP = { setup: { model: 'models/gemini-3.8-live', generationConfig: { responseModalities: ['AUDIO'] } } };
/** One red pixel. */
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';
const HOSTILE = '<img src=x onerror="document.title=1">';

/** Of an image that was decoded; runs in the page. */
const readWidth = (element: object): unknown => ('naturalWidth' in element ? element.naturalWidth : null);

describe.skipIf(skipReason)(`the emulator's page${skipReason}`, () => {
  let browser: Browser;
  let emulator: Emulator;
  let page: Page;
  const problems: string[] = [];
  const sockets: WebSocket[] = [];

  async function connect(...messages: readonly object[]): Promise<WebSocket> {
    const socket = new WebSocket(emulator.wsUrl + PATH);
    sockets.push(socket);
    await once(socket, 'open');
    for (const message of messages) socket.send(JSON.stringify(message));
    return socket;
  }

  beforeAll(async () => {
    browser = await launchChromium();
    emulator = await startEmulator({ timeScale: 20, brain: new ScriptedBrain(['Good evening.']) });
    page = await browser.newPage();
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    await page.goto(`${emulator.url}/__emulator/`);
  });
  afterAll(async () => {
    for (const socket of sockets) socket.terminate();
    await browser?.close();
    await emulator?.close();
  });

  it('shows a session while it goes on: its counters, what it sent, pictures, and what it did wrong', async () => {
    await page.getByText('No session yet.').waitFor();
    const video = { mimeType: 'image/png', data: PIXEL };
    const socket = await connect(SETUP, { realtimeInput: { video } }, { realtimeInput: { text: HOSTILE } });
    await page.getByRole('heading', { name: 'session-1 · models/gemini-3.8-live' }).waitFor();
    await page.getByText(HOSTILE).waitFor();
    await page.getByAltText('picture 1').waitFor();
    const width = (): Promise<unknown> => page.getByAltText('picture 1').evaluate(readWidth);
    await expect.poll(width).toBe(1);
    await page.getByText(/^Spoken, [1-9]/).waitFor();
    expect(await page.title()).toBe('Live emulator');
    socket.send(JSON.stringify({ realtimeInput: { texxt: 'Hello.' } }));
    await page.getByText('realtimeInput.texxt').waitFor();
    await page.getByText('1 violation', { exact: true }).waitFor();
    await page.getByText(/^Closed with 1007 Invalid JSON payload received/).waitFor();
  });

  it('lists the newest session first and shows the one that is chosen, also by its address', async () => {
    await connect(SETUP);
    const entries = page.getByRole('navigation').getByRole('button');
    await expect.poll(() => entries.count()).toBe(2);
    expect(await entries.first().textContent()).toContain('session-2');
    await entries.first().click();
    await page.getByRole('heading', { name: 'session-2' }).waitFor();
    await page.goto(`${emulator.url}/__emulator/#session-1`);
    await page.reload();
    await page.getByRole('heading', { name: 'session-1' }).waitFor();
    expect(problems).toEqual([]);
  });

  it('says so when the emulator is gone', async () => {
    await emulator.close();
    await page.getByText('the emulator does not answer').waitFor();
  });
});
