import type { PlaybackStatistics, RoomClient, RoomSnapshot } from '@colloquy/live-client';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { eventually, PATIENCE_MS } from './eventually.ts';
import { installFakeMicrophone } from './fake-microphone.ts';

declare global {
  interface Window {
    __colloquy?: { readonly client: RoomClient };
  }
}

/** One person at the studio: a browser context of their own, with a microphone of their own. */
export class Guest {
  readonly name: string;
  readonly page: Page;
  /** Everything the page complained of; tests expect it to stay empty. */
  readonly complaints: readonly string[];
  /** Every WebSocket that the page opened so far. */
  readonly dialled: readonly string[];
  readonly #context: BrowserContext;

  private constructor(name: string, context: BrowserContext, page: Page) {
    const complaints: string[] = [];
    const dialled: string[] = [];
    this.name = name;
    this.#context = context;
    this.page = page;
    this.complaints = complaints;
    this.dialled = dialled;
    page.on('websocket', (socket) => dialled.push(socket.url()));
    page.on('pageerror', (error) => complaints.push(`${name}: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(`${name}: ${message.text()}`);
    });
  }

  /** Opens the studio, as whoever has not said who they are; `prepare` sees the page before anything is loaded. */
  static async open(
    browser: Browser,
    studioUrl: string,
    name: string,
    path = '/',
    prepare: (context: BrowserContext, page: Page) => Promise<void> = async () => {},
  ): Promise<Guest> {
    const context = await browser.newContext({ permissions: ['microphone', 'camera'], reducedMotion: 'reduce' });
    await installFakeMicrophone(context);
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    await prepare(context, page);
    const guest = new Guest(name, context, page);
    await page.goto(new URL(path, studioUrl).href);
    return guest;
  }

  /** Opens the studio and says who it is. */
  static async arrive(...how: Parameters<typeof Guest.open>): Promise<Guest> {
    const guest = await Guest.open(...how);
    await guest.page.getByTestId('name-input').fill(guest.name);
    await guest.page.getByTestId('name-submit').click();
    return guest;
  }

  /**
   * Presses a button, without the browser's path of a mouse: on a starved machine a page that encodes and shows video leaves
   * that without an answer for half a minute.
   */
  async press(testId: string): Promise<void> {
    await this.page.getByTestId(testId).and(this.page.locator(':enabled')).dispatchEvent('click');
  }

  /** Goes in, past the check of devices. */
  async enter(): Promise<void> {
    await this.page.getByTestId('join-now').click();
    await this.page.getByTestId('room').waitFor();
  }

  /** Turns the microphone and the camera on. */
  async turnOnDevices(): Promise<void> {
    for (const device of ['microphone', 'camera']) await this.press(device);
    await this.until(
      'devices are on',
      ({ microphone, camera }) => microphone.status === 'on' && camera.status === 'on',
    );
  }

  /** Creates a room from the lobby and answers its path. */
  async createRoom(roomName: string): Promise<string> {
    await this.page.getByTestId('create-room').click();
    await this.page.getByTestId('room-name-input').fill(roomName);
    await this.page.getByTestId('create-room-submit').click();
    await this.enter();
    return new URL(this.page.url()).pathname;
  }

  /** Waits for an item of the timeline that names exactly these speakers, in any order. */
  async sees(item: { kind: string; speakers: readonly string[]; text: string; state?: string }): Promise<Locator> {
    const { kind, speakers, text, state = 'final' } = item;
    const named = [speakers, speakers.toReversed()].map((names) => {
      const [joined, about] = [names.join('+'), `[data-kind="${kind}"][data-state="${state}"]`];
      return `[data-testid="timeline-item"]${about}[data-speakers="${joined}"]`;
    });
    const found = this.page.locator(named.join(',')).filter({ hasText: text }).first();
    await found.waitFor({ state: 'attached', timeout: PATIENCE_MS });
    return found;
  }

  /** Number of timeline items that fit. */
  count(kind: string, state = 'final'): Promise<number> {
    return this.page.locator(`[data-testid="timeline-item"][data-kind="${kind}"][data-state="${state}"]`).count();
  }

  /** Writes a message that the model is asked to answer, or one for people only. */
  async write(text: string, audience: 'model' | 'people' = 'model'): Promise<void> {
    await this.page.getByTestId(`audience-${audience}`).click();
    await this.page.getByTestId('composer-input').fill(text);
    await this.page.getByTestId('send').click();
  }

  /** What this person's playback worklet has played of somebody; the model is `'model'`. */
  playback(participantId: string): Promise<PlaybackStatistics | null> {
    return this.page.evaluate((id) => window.__colloquy?.client.playback(id) ?? null, participantId);
  }

  /** Waits until the condition holds in the room's snapshot; the condition sees only the snapshot. */
  until(what: string, condition: (snapshot: RoomSnapshot) => boolean): Promise<unknown> {
    // The condition crosses into the page by its source: the page's security policy allows no eval there.
    const expression = `(${condition.toString()})(window.__colloquy.client.getSnapshot())`;
    return eventually(`${this.name}: ${what}`, () =>
      this.page.evaluate<boolean>(`Boolean(window.__colloquy && ${expression})`),
    );
  }

  async close(): Promise<void> {
    await this.#context.close();
  }
}
