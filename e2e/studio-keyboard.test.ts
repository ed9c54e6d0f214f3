import { startStudio } from '@colloquy/studio';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, skipReason } from './support/chromium.ts';
import { eventually } from './support/eventually.ts';
import { Keyboard } from './support/keyboard.ts';
import { Guest } from './support/studio-page.ts';

/** From the welcome page to the history of a closed room, without a mouse; each test goes on where the one before ended. */
describe.skipIf(skipReason)(`the studio by keyboard alone${skipReason}`, () => {
  let browser: Browser;
  let studio: Awaited<ReturnType<typeof startStudio>>;
  let guest: Guest;
  let page: Page;
  let keyboard: Keyboard;
  let roomId: string;

  beforeAll(async () => {
    studio = await startStudio({ port: 0, dataDirectory: ':memory:' });
    browser = await launchChromium();
    guest = await Guest.open(browser, studio.url, 'Ben');
    page = guest.page;
    keyboard = new Keyboard(page);
  });

  afterAll(async () => {
    await browser?.close();
    await studio?.close({ graceMs: 0 });
  });

  it('says who they are, makes a room, tries microphone and loudspeaker, and goes in', async () => {
    await keyboard.reach('name-input');
    await page.keyboard.type('Bem');
    await page.keyboard.press('Enter');
    await page.getByTestId('lobby').waitFor();
    await keyboard.choose('guest-menu', 'change-name');
    await keyboard.expectAt('name-input');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('Ben');
    await page.keyboard.press('Enter');
    await page.getByTestId('guest-name').getByText('Ben').waitFor();
    await keyboard.expectAt('guest-menu');

    await keyboard.reach('create-room');
    await page.keyboard.press('Enter');
    await keyboard.expectAt('room-name-input');
    await page.keyboard.press('Escape');
    await keyboard.expectAt('create-room');
    await page.keyboard.press('Enter');
    await keyboard.expectAt('room-name-input');
    await page.keyboard.type('By keyboard');
    await page.keyboard.press('Enter');
    await page.getByTestId('join-now').waitFor();
    roomId = new URL(page.url()).pathname.split('/').at(-1) ?? '';

    await keyboard.reach('precheck-microphone');
    await page.keyboard.press('Enter');
    await page.getByTestId('level-meter').waitFor();
    await keyboard.reach('choose-microphone');
    await keyboard.reach('test-sound');
    await page.keyboard.press('Enter');
    await keyboard.reach('join-now');
    await page.keyboard.press('Enter');
    await page.getByTestId('room').waitFor();
    await keyboard.expectKept('the door');
  });

  it('writes, and adds, links and takes away cards', async () => {
    await keyboard.reach('composer-input');
    await page.keyboard.type('Claim: everything has a key.');
    await page.keyboard.press('Enter');
    await page.getByTestId('card').first().waitFor();
    await page.keyboard.type('Is that so?');
    await keyboard.reach('send');
    await page.keyboard.press('Enter');
    await keyboard.expectAt('composer-input');
    await guest.sees({ kind: 'text', speakers: ['Ben'], text: 'Is that so?' });

    await keyboard.reach('add-card');
    await page.keyboard.press('Enter');
    await keyboard.expectAt('card-text');
    await page.keyboard.type('Try it without a mouse.');
    await keyboard.reach('card-add');
    await page.keyboard.press('Enter');
    await page.getByTestId('card').nth(1).waitFor();
    await keyboard.expectAt('add-card');
    await keyboard.reach('card-open');
    await page.keyboard.press('Enter');
    await keyboard.reach('link-target');
    await page.keyboard.press('ArrowDown');
    await keyboard.reach('link-add');
    await page.keyboard.press('Enter');
    await page.getByTestId('card-link').waitFor();
    await page.keyboard.press('Escape');
    await keyboard.expectAt('card-open');
    await page.keyboard.press('Enter');
    await keyboard.reach('card-remove');
    await page.keyboard.press('Enter');
    await eventually('one card is left', async () => (await page.getByTestId('card').count()) === 1);
    await keyboard.expectAt('board');
  });

  it('finds what was said, sends somebody out, and changes the settings', async () => {
    await keyboard.reach('search-open');
    await page.keyboard.press('Enter');
    await keyboard.expectAt('search-input');
    await page.keyboard.type('everything');
    await page.keyboard.press('Enter');
    await page.getByTestId('search-hit').first().waitFor();
    await page.keyboard.press('Escape');
    await keyboard.expectAt('search-open');

    await studio.manager.connect(
      roomId,
      { identity: { participantId: 'dan', name: 'Dan', role: 'speaker' }, clientId: 'dan', receive: null },
      { connectionId: 'dan', send: () => {}, sendMedia: () => true, close: () => {} },
    );
    await keyboard.choose('participant-menu', 'remove');
    await keyboard.reach('confirm');
    await page.keyboard.press('Enter');
    await page.locator('[data-name="Dan"]').waitFor({ state: 'detached' });
    await keyboard.expectKept('somebody was sent out');

    await keyboard.reach('tab-people');
    await page.keyboard.press('ArrowRight');
    await page.getByTestId('config').waitFor();
    await keyboard.reach('config-preset');
    await page.keyboard.press('ArrowDown');
    await keyboard.reach('config-floor');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await keyboard.reach('config-apply');
    await page.keyboard.press('Enter');
    await guest.until('the settings hold', ({ room }) => {
      return room?.configurationVersion === 2 && room.configuration.floor === 'floor';
    });
    await page.getByTestId('config-apply').waitFor({ state: 'detached' });
    await keyboard.expectAt('config');
  });

  it('meets everything in the room, each once, in the order in which it is read', async () => {
    await guest.until('the model listens', ({ model }) => model.status === 'listening');
    const met = await keyboard.walkThrough();
    const landmarks = ['copy-invite', 'composer-input', 'add-card', 'tab-settings', 'config-model', 'interrupt'];
    expect(met).toEqual(expect.arrayContaining(landmarks));
    expect(met.filter((name) => landmarks.includes(name))).toEqual(landmarks);
  });

  it('talks: the microphone, and the button that is held down', async () => {
    await keyboard.reachInToolbar('microphone');
    await page.keyboard.press('Enter');
    await guest.until('the microphone is muted', ({ microphone }) => microphone.status === 'muted');
    await keyboard.moveTo('push-to-talk', 'ArrowRight');
    await page.keyboard.down('Space');
    await guest.until('the model hears Ben', ({ microphone, floor, self }) => {
      return microphone.status === 'on' && floor.holder === self?.participantId;
    });
    await page.keyboard.up('Space');
    await guest.until('nobody has the floor', ({ floor }) => floor.holder === null);
    // It was muted before, and is not left open for the people in the room.
    await guest.until('the microphone is muted again', ({ microphone }) => microphone.status === 'muted');
    await keyboard.expectAt('push-to-talk');
  });

  it('takes the minutes, closes the room, and reads and takes its history', async () => {
    const minutes = page.waitForEvent('download');
    await keyboard.choose('room-menu', 'export-markdown');
    expect((await minutes).suggestedFilename()).toContain('.md');
    await keyboard.expectAt('room-menu');
    await keyboard.choose('room-menu', 'close-room');
    await keyboard.reach('confirm');
    await page.keyboard.press('Enter');
    await page.getByTestId('read-history').waitFor();
    await keyboard.expectKept('the room was closed');
    await keyboard.reach('read-history');
    await page.keyboard.press('Enter');
    await page.getByTestId('history').waitFor();
    await keyboard.expectKept('the way to the history');

    const captions = page.waitForEvent('download');
    await keyboard.choose('history-export', 'export-json');
    expect((await captions).suggestedFilename()).toContain('.json');
    await keyboard.expectAt('history-export');
    await keyboard.reach('history-conversation');
    await keyboard.moveTo('history-board', 'ArrowRight');
    await page.getByTestId('board-list').waitFor();
    await keyboard.reach('back-to-lobby');
    await page.keyboard.press('Enter');
    await page.getByTestId('create-room').waitFor();
    await keyboard.expectKept('the way back');
    expect(guest.complaints).toEqual([]);
  });
});
