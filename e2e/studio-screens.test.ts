import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Brain } from '@colloquy/live-emulator';
import { RoomCloseCode } from '@colloquy/live-protocol';
import { startStudio } from '@colloquy/studio';
import type { Browser, Page, Route, WebSocketRoute } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, skipReason } from './support/chromium.ts';
import { eventually } from './support/eventually.ts';
import { Guest } from './support/studio-page.ts';
import { LOOKED_AT_ELSEWHERE, partsOfStudio } from './support/studio-parts.ts';
import { lookAt as look, lookedAt } from './support/themes.ts';

type Studio = Awaited<ReturnType<typeof startStudio>>;
type RoomManager = Studio['manager'];

/** Files what is written as a claim, clears the board when asked, and says little. */
const brain: Brain = {
  respond({ input }) {
    const last = input.findLast(({ type }) => type === 'text' || type === 'toolResult');
    if (last?.type !== 'text') return [{ type: 'say', text: 'Done.' }];
    if (/tell a story/i.test(last.text)) return [{ type: 'say', text: 'Once upon a time, and long ago. '.repeat(20) }];
    if (/clear the board/i.test(last.text)) return [{ type: 'call', calls: [{ name: 'clear_board', args: {} }] }];
    const [, text] = /Claim: ([^\n]+)/.exec(last.text) ?? [];
    if (!text) return [{ type: 'say', text: 'Yes.' }];
    return [{ type: 'call', calls: [{ name: 'add_board_note', args: { kind: 'claim', text } }] }];
  },
};

describe.skipIf(skipReason)(`every screen of the studio keeps nobody out, in light and in dark${skipReason}`, () => {
  let browser: Browser;
  let studio: Studio;
  let dataDirectory: string;
  let ana: Guest;
  let ben: Guest;
  let roomPath: string;
  let budget: { readonly softTokens?: number; readonly hardTokens?: number } = {};

  beforeAll(async () => {
    dataDirectory = await mkdtemp(join(tmpdir(), 'studio-screens-'));
    studio = await startStudio({ port: 0, dataDirectory, emulator: { brain }, budget: () => budget });
    browser = await launchChromium();
    ana = await Guest.arrive(browser, studio.url, 'Ana');
    roomPath = await ana.createRoom('Panel');
    ben = await Guest.arrive(browser, studio.url, 'Ben', roomPath);
    await ben.enter();
    await ana.until('both are here and the model listens', ({ participants, model }) => {
      return model.status === 'listening' && participants.some(({ name }) => name === 'Ben');
    });
    await ana.write('Claim: the bridge is old.');
    await ana.page.locator('[data-testid="card"]').first().waitFor();
    await ben.write('It was mended last year.', 'people');
    await ana.sees({ kind: 'text', speakers: ['Ben'], text: 'mended' });
    await eventually('the model answers', async () => (await ana.count('ai')) > 0);
    await ana.until('the model listens', ({ model }) => model.status === 'listening');
  });

  afterAll(async () => {
    await browser?.close();
    await studio?.close({ graceMs: 0 });
    await rm(dataDirectory, { recursive: true, force: true });
  });

  it('the way in: a name, an empty lobby, a new room, the check of devices, a room with nobody else in it', async () => {
    const fresh = await startStudio({ port: 0, dataDirectory: ':memory:' });
    const guest = await Guest.open(browser, fresh.url, 'Ivy');
    const { page } = guest;
    await page.getByTestId('name-input').waitFor();
    await look('welcome', page);
    await page.getByTestId('theme-switch').click();
    await page.getByTestId('theme-dark').waitFor();
    await look('themes', page);
    await page.keyboard.press('Escape');
    await page.getByTestId('name-submit').click();
    await page.getByRole('alert').waitFor();
    await look('welcome without a name', page);
    await page.getByTestId('name-input').fill(guest.name);
    await page.getByTestId('name-submit').click();
    await page.getByTestId('create-room').waitFor();
    await look('lobby, empty', page);
    await page.getByTestId('create-room').click();
    await page.getByTestId('room-options').click();
    await look('new room', page);
    await page.getByTestId('room-name-input').fill('Panel');
    await page.getByTestId('create-room-submit').click();
    await page.getByTestId('precheck-microphone').click();
    await page.getByTestId('level-meter').waitFor();
    await page.getByTestId('precheck-camera').click();
    await page.getByTestId('own-preview').waitFor();
    await look('device check', page);
    await page.getByTestId('rename').click();
    await page.getByTestId('name-submit').waitFor();
    await look('another name before the door', page);
    await page.keyboard.press('Escape');
    await page.getByTestId('precheck-camera').click();
    await guest.enter();
    await guest.until('the model listens', ({ model }) => model.status === 'listening');
    await look('room, empty', page);
    await page.getByTestId('copy-invite').click();
    await page.locator('[data-sonner-toast]').waitFor();
    await look('toast', page);
    await page.getByTestId('search-open').click();
    await page.getByTestId('search-input').fill('unicorn');
    await page.getByTestId('search-submit').click();
    await page.getByTestId('search-nothing').waitFor();
    await look('search without a hit', page);
    await page.keyboard.press('Escape');
    await page.getByTestId('add-card').click();
    await page.getByTestId('card-add').waitFor();
    await look('new card', page);
    await page.keyboard.press('Escape');
    await page.getByTestId('room-menu').click();
    await page.getByTestId('close-room').click();
    await page.getByTestId('confirm').waitFor();
    await look('question before closing', page);
    await guest.close();
    await fresh.close({ graceMs: 0 });
  });

  it('a room with people, its settings, its activity, its search and its board', async () => {
    const { page } = ana;
    await look('room', page);
    await page.getByTestId('tab-settings').click();
    await page.getByTestId('config').waitFor();
    await look('settings of a host', page);
    await page.getByTestId('config-effective').click();
    await page.getByTestId('config-setup').scrollIntoViewIfNeeded();
    await look('what the model is set up with', page);
    await ben.page.getByTestId('tab-settings').click();
    await ben.page.getByTestId('config-read-only').waitFor();
    await look('settings of others', ben.page);
    await page.getByTestId('tab-activity').click();
    await page.getByTestId('event').first().waitFor();
    await look('activity', page);
    await page.getByTestId('tab-people').click();
    await page.getByTestId('search-open').click();
    await page.getByTestId('search-input').fill('mended');
    await page.getByTestId('search-submit').click();
    await page.getByTestId('search-hit').first().waitFor();
    await look('search', page);
    await page.keyboard.press('Escape');
    await page.getByTestId('board-as-list').click();
    await page.getByTestId('board-list').waitFor();
    await look('board as a list', page);
    await page.getByTestId('card-open').first().click();
    await page.getByTestId('card-save').waitFor();
    await look('card', page);
    await page.getByTestId('card-save').click();
    await page.getByTestId('card-save').waitFor({ state: 'detached' });
    await page.getByTestId('board-export').click();
    await page.getByTestId('board-json').waitFor();
    await look('board export', page);
    await page.keyboard.press('Escape');
  });

  it('what hosts do: menus, raised hands, people who wait, a recording, a tool that asks', async () => {
    const { page } = ana;
    await page.getByTestId('room-menu').click();
    await page.getByTestId('record').waitFor();
    await look('menu of the room', page);
    await page.getByTestId('record').click();
    await page.getByTestId('confirm').waitFor();
    await look('question before a recording', page);
    await page.getByTestId('confirm').click();
    await ben.page.getByTestId('recording-banner').waitFor();
    await page.evaluate(async () => {
      await window.__colloquy?.client.host.configure({ floor: 'floor', floorMode: 'moderated' });
      await window.__colloquy?.client.host.setWaitingRoom(true);
    });
    await page.getByTestId('participant-menu').click();
    await page.getByTestId('grant-floor').waitFor();
    await look('menu of a person', page);
    await page.keyboard.press('Escape');
    await ben.page.getByTestId('raise-hand').click();
    await page.getByTestId('raised-hand').waitFor();
    const cleo = await Guest.arrive(browser, studio.url, 'Cleo', roomPath);
    await cleo.page.getByTestId('join-now').click();
    await cleo.page.getByTestId('waiting').waitFor();
    await look('waiting before the door', cleo.page);
    await page.getByTestId('waiting-person').waitFor();
    await page.evaluate(() => {
      window.__colloquy?.client.sendText('Please clear the board.');
    });
    await page.getByTestId('tool-approval').waitFor();
    await look('raised hand, recording, somebody waits, a tool asks', page);
    await page.getByTestId('refuse-tool').click();
    await page.getByTestId('tool-approval').waitFor({ state: 'detached' });
    await page.getByTestId('refuse').click();
    await page.getByTestId('waiting-person').waitFor({ state: 'detached' });
    await cleo.page.getByTestId('join-problem-not-allowed').waitFor();
    await look('not let in', cleo.page);
    await cleo.close();
    await page.evaluate(() => window.__colloquy?.client.host.setWaitingRoom(false));
    await page.getByTestId('stop-recording').click();
    await page.getByTestId('recording-banner').waitFor({ state: 'detached' });
    const history = await page.context().newPage();
    await history.goto(new URL(`${roomPath}/history`, studio.url).href);
    await history.getByTestId('recording-track').first().waitFor();
    await look('history with a recording', history);
    await history.getByTestId('history-export').click();
    await history.getByTestId('export-markdown').waitFor();
    await look('history export', history);
    await history.close();
  });

  it('who has the floor, who only listens, a room that is locked, and an answer that was cut off, also on a phone', async () => {
    const { page } = ana;
    await page.evaluate(() => window.__colloquy?.client.host.configure({ floor: 'floor', floorMode: 'open' }));
    await ben.page.getByTestId('tab-people').click();
    const benId = await ben.page.evaluate(() => window.__colloquy?.client.getSnapshot().self?.participantId ?? '');
    await page.evaluate((id) => window.__colloquy?.client.grantFloor(id), benId);
    await page.getByTestId('floor-flag').waitFor();
    await page.getByTestId('push-to-talk').waitFor();
    await page.getByTestId('participant-menu').click();
    await page.getByTestId('revoke-floor').waitFor();
    await look('menu of who has the floor', page);
    await page.keyboard.press('Escape');
    await page.evaluate(async (id) => {
      await window.__colloquy?.client.host.lock();
      await window.__colloquy?.client.host.setRole(id, 'viewer');
    }, benId);
    await ben.page.getByTestId('viewer-flag').waitFor();
    await ben.write('May I?', 'people');
    await ben.page.getByTestId('mark-failed').waitFor();
    await look('one who only listens, in a locked room', ben.page);
    await page.getByTestId('participant-menu').click();
    await page.getByTestId('make-speaker').waitFor();
    await look('menu of who only listens', page);
    await page.getByTestId('make-speaker').click();
    await page.evaluate(async () => {
      await window.__colloquy?.client.host.unlock();
      await window.__colloquy?.client.host.configure({ floor: 'mix' });
    });
    await ana.until('the model listens', ({ model }) => model.status === 'listening');
    await ana.write('Tell a story.');
    await ana.until('the model speaks', ({ model }) => model.status === 'speaking');
    await page.getByTestId('interrupt').click();
    await page.getByTestId('mark-interrupted').waitFor();
    await page.setViewportSize({ width: 390, height: 560 });
    await page.getByTestId('tab-conversation').click();
    await page.getByTestId('timeline').evaluate((timeline) => timeline.scrollTo({ top: 0 }));
    await page.getByTestId('to-newest').waitFor();
    await look('conversation on a phone', page);
    await page.setViewportSize({ width: 1280, height: 720 });
    await page.getByTestId('participants').waitFor();
    await ana.until('the model listens', ({ model }) => model.status === 'listening');
  });

  it('settings that are refused, or overtaken by those of somebody else', async () => {
    const { page } = ana;
    await page.getByTestId('tab-settings').click();
    const temperature = page.getByTestId('config-temperature').getByRole('spinbutton');
    await temperature.fill('9');
    await page.getByTestId('config-apply').click();
    await page.getByTestId('config-problem').waitFor();
    await look('settings that are refused', page);
    await temperature.fill('1.2');
    const benId = await ben.page.evaluate(() => window.__colloquy?.client.getSnapshot().self?.participantId ?? '');
    await page.evaluate((id) => window.__colloquy?.client.host.setRole(id, 'host'), benId);
    await ben.until('he is a host', ({ participants }) => {
      return participants.some(({ name, role }) => name === 'Ben' && role === 'host');
    });
    await ben.page.evaluate(() => window.__colloquy?.client.host.configure({ topP: 0.5 }));
    await page.getByTestId('config-overtaken').getByText('Ben changed the settings').waitFor();
    await look('settings that are overtaken', page);
    await page.getByTestId('config-reset').click();
    await page.evaluate((id) => window.__colloquy?.client.host.setRole(id, 'speaker'), benId);
    await page.getByTestId('tab-people').click();
  });

  it('a map with arrows, and another tab that took over', async () => {
    const { page } = ana;
    await page.evaluate(async () => {
      const client = window.__colloquy?.client;
      const participantId = client?.getSnapshot().self?.participantId ?? '';
      const saidBy = [{ participantId, name: 'Ana' }];
      const add = (cardId: string, kind: string, text: string) =>
        client?.publish('board', { op: 'add', cardId, kind, text, saidBy, source: null });
      await add('why', 'question', 'What would a new bridge cost?');
      await add('price', 'evidence', 'The last one was four million.');
      await add('no', 'claim', 'Nobody can pay that.');
      await client?.publish('board', { op: 'link', from: 'price', to: 'why', relation: 'answers' });
      await client?.publish('board', { op: 'link', from: 'no', to: 'why', relation: 'opposes' });
    });
    await page.getByTestId('board-as-map').click();
    await page.locator('.react-flow__edge').nth(1).waitFor({ state: 'attached' });
    await page.getByTestId('board-map').getByText('speaks against').waitFor();
    // Arrows move cards: all of them are in sight again.
    await eventually('every card is inside of the map', () =>
      page.evaluate(() => {
        const map = document.querySelector('[data-testid="board-map"]')?.getBoundingClientRect();
        const nodes = [...document.querySelectorAll('.react-flow__node')].map((node) => node.getBoundingClientRect());
        return map !== undefined && nodes.every(({ left, right }) => left > map.left + 16 && right < map.right - 16);
      }),
    );
    await look('map with arrows', page);
    await page.getByTestId('board-as-list').click();
    await page.getByTestId('card-open').filter({ hasText: 'What would a new bridge cost?' }).click();
    await page.getByTestId('card-link').first().waitFor();
    await look('card with links', page);
    await ben.page.evaluate(() => window.__colloquy?.client.publish('board', { op: 'remove', cardId: 'why' }));
    await page.getByTestId('card-gone').waitFor();
    await look('card that was taken off', page);
    await page.keyboard.press('Escape');
    await page.getByTestId('board-as-map').click();

    const { entries } = await studio.manager.history(roomPath.split('/').at(-1) ?? '');
    const written = entries.find(({ kind, actor }) => kind === 'msg.text' && actor.name === 'Ben');
    const { participantId = '' } = written?.actor ?? {};
    const clientId = written?.cid?.split(':')[0] ?? '';
    await sit({ participantId, name: 'Ben', clientId });
    await ben.page.locator('[data-testid="connection-banner"][data-state="closed"]').getByText('another tab').waitFor();
    await look('another tab took over', ben.page);
    await ben.page.getByTestId('rejoin').click();
    await ben.page.getByTestId('connection-banner').waitFor({ state: 'detached' });
  });

  it('a budget of which little is left, and one that is spent', async () => {
    for (const [limits, words] of [
      [{ softTokens: 1 }, 'Little of this room’s budget is left'],
      [{ hardTokens: 1 }, 'the model has left'],
    ] as const) {
      budget = limits;
      await ana.write('How are you?');
      await ana.page.getByTestId('budget-banner').getByText(words).waitFor();
      await look(`budget, ${words}`, ana.page);
    }
    budget = {};
  });

  it('what goes wrong: a microphone that is refused, a room that is full, a page that fails', async () => {
    const eve = await Guest.arrive(browser, studio.url, 'Eve', roomPath, async (context) => {
      await context.addInitScript(() => {
        navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('Not today', 'NotAllowedError'));
      });
    });
    const { page } = eve;
    await page.getByTestId('precheck-microphone').click();
    await page.getByTestId('microphone-problem').waitFor();
    await page.getByTestId('precheck-camera').click();
    await page.getByTestId('camera-problem').waitFor();
    await look('microphone and camera refused', page);

    const taken: Awaited<ReturnType<typeof sit>>[] = [];
    const refusal = await (async () => {
      for (let at = 0; ; at += 1) {
        const id = `guest-${at}`;
        taken.push(await sit({ participantId: id, name: id, clientId: id }));
      }
    })().catch((error: { code: string }) => error);
    expect(refusal.code).toBe('ERR_ROOM_FULL');
    await page.getByTestId('join-now').click();
    await page.getByTestId('join-problem-not-allowed').getByText('The room has its 100 people').waitFor();
    await look('room that is full', page);
    for (const seat of taken) seat.receive({ type: 'leave' });
    await page.getByTestId('retry').click();
    await page.getByTestId('room').waitFor();

    // What no server of ours answers.
    await page.route('**/api/rooms?*', (route) => route.fulfill({ json: { rooms: [null], cursor: null } }));
    await page.getByTestId('leave').click();
    await page.getByTestId('crashed').waitFor();
    await look('page that failed', page);
    expect(eve.complaints.join()).toContain('null');
    await eve.close();
  });

  it('what takes time: the studio, and the lobby, until the server answers or does not', async () => {
    const { page } = await Guest.arrive(browser, studio.url, 'Gil');
    await page.getByTestId('lobby').waitFor();
    await page.getByTestId('guest-menu').click();
    await page.getByTestId('change-name').waitFor();
    await look('menu of the guest', page);
    await page.getByTestId('change-name').click();
    await page.getByTestId('name-input').waitFor();
    await look('another name', page);
    await page.keyboard.press('Escape');
    const session = await hold(page, '**/api/session');
    const rooms = await hold(page, '**/api/rooms?*');
    await page.reload();
    await page.getByTestId('loading').waitFor();
    await look('loading', page);
    await session.goOn();
    await page.getByTestId('rooms-loading').first().waitFor();
    await look('lobby, loading', page);
    await rooms.fail();
    await page.getByTestId('rooms-error').first().waitFor();
    await look('lobby, failed', page);
    await page.context().close();
  });

  it('a door that does not open yet, and every reason why it stays shut', async () => {
    /** What the room's socket does once it is open; at first nothing at all. */
    let answer: (socket: WebSocketRoute) => void = () => {};
    const { promise: dialled, resolve } = Promise.withResolvers<WebSocketRoute>();
    const hal = await Guest.arrive(browser, studio.url, 'Hal', roomPath, async (_, page) => {
      await page.routeWebSocket('**/api/rooms/*', (socket) => {
        resolve(socket);
        answer(socket);
      });
    });
    const { page } = hal;
    await page.getByTestId('join-now').click();
    const socket = await dialled;
    await page.getByTestId('joining').waitFor();
    await look('joining', page);
    socket.close({ code: RoomCloseCode.draining });
    await page.getByTestId('joining').getByText('The server does not answer').waitFor();
    await look('joining, which takes long', page);
    for (const [kind, code] of [
      ['replaced', RoomCloseCode.replaced],
      ['other', RoomCloseCode.badMessage],
      ['stranger', RoomCloseCode.notAuthenticated],
    ] as const) {
      answer = (door) => void door.close({ code });
      await page.reload();
      await page.getByTestId('join-now').click();
      await page.getByTestId(`join-problem-${kind}`).waitFor();
      await look(`door that stays shut, ${kind}`, page);
    }
    await hal.close();
  });

  it('a past that is empty, or cannot be read', async () => {
    const { id } = await studio.manager.create({ name: 'Silent' });
    const reader = await Guest.arrive(browser, studio.url, 'Fay', `/rooms/${id}/history`);
    const { page } = reader;
    await page.getByText('Nobody said anything in this room.').waitFor();
    await look('history, empty', page);
    await page.getByTestId('history-board').click();
    await page.getByText('Nothing was put on the board.').waitFor();
    await look('history, empty board', page);
    expect(reader.complaints).toEqual([]);
    const history = await hold(page, '**/history?*');
    await page.reload();
    await page.getByTestId('history-loading').waitFor();
    await look('history, loading', page);
    await history.fail();
    await page.getByTestId('history-problem').waitFor();
    await look('history, failed', page);
    await history.goOn();
    await page.getByTestId('retry').click();
    await page.getByTestId('history').waitFor();
    await reader.close();
  });

  /** Somebody is in the room, without a browser. */
  function sit(person: { participantId: string; name: string; clientId: string }): ReturnType<RoomManager['connect']> {
    const { clientId, ...who } = person;
    const port = { connectionId: crypto.randomUUID(), send: () => {}, sendMedia: () => true, close: () => {} };
    return studio.manager.connect(
      roomPath.split('/').at(-1) ?? '',
      { identity: { ...who, role: 'speaker' }, clientId, receive: null },
      port,
    );
  }

  it('doors that stay shut: no such page, no such room, a closed room and its history, a lost connection', async () => {
    const { page } = ben;
    const stranger = await Guest.arrive(browser, studio.url, 'Dora', '/nothing/here');
    await stranger.page.getByTestId('not-found').waitFor();
    await look('no such page', stranger.page);
    await stranger.page.goto(new URL('/rooms/no-such-room', studio.url).href);
    await stranger.page.getByTestId('join-problem-unknown').waitFor();
    await look('no such room', stranger.page);
    await stranger.page.route('**/api/session', (route) => route.abort());
    await stranger.page.goto(studio.url);
    await stranger.page.getByTestId('offline').waitFor();
    await look('server does not answer', stranger.page);
    await stranger.close();

    await ana.page.evaluate(() => window.__colloquy?.client.host.close({ reason: 'The meeting is over.' }));
    await page.locator('[data-testid="connection-banner"][data-state="closed"]').waitFor();
    await look('closed while inside', page);
    await page.getByTestId('read-history').click();
    await page.getByTestId('history').waitFor();
    await page.locator('[data-testid="timeline-item"]').first().waitFor();
    await look('history', page);
    await page.getByTestId('history-board').click();
    await page.getByTestId('card').first().waitFor();
    await look('board in the history', page);
    const late = await Guest.arrive(browser, studio.url, 'Jo', roomPath);
    await late.page.getByTestId('join-problem-closed').waitFor();
    await look('closed before one came', late.page);
    await late.close();
    await page.goto(studio.url);
    await page.locator('[data-testid="room-card"][data-status="closed"]').waitFor();
    await look('lobby with a past room', page);
    await ben.createRoom('Another');
    await look('room alone', page);
    await ben.until('the model listens', ({ model }) => model.status === 'listening');
    studio.emulator?.planFaults([{ action: { type: 'delaySetup', seconds: 60 }, after: 'open' }]);
    studio.emulator?.sessions().at(-1)?.goAway(0);
    await page.getByTestId('model-banner').waitFor();
    await look('model away', page);
    await studio.close({ graceMs: 0 });
    await page.locator('[data-testid="connection-banner"][data-state="reconnecting"]').waitFor();
    await ben.write('Is anybody there?');
    await page.getByTestId('mark-sending').waitFor();
    await look('connection lost', page);
    expect(await page.getByTestId('composer-input').isVisible()).toBe(true);
  });

  it('none of them is left out: every part that the source of the studio names was looked at', async () => {
    const elsewhere = new Set(Object.values(LOOKED_AT_ELSEWHERE).flat());
    const seen = [...lookedAt];
    const parts = [...(await partsOfStudio())].filter(([name]) => !elsewhere.has(name));
    expect(parts.length).toBeGreaterThan(150);
    expect(parts.filter(([, fits]) => !seen.some((id) => fits.test(id))).map(([name]) => name)).toEqual([]);
  });
});

/** From now on what a page asks at an address has to wait until it is let go on, or fails. */
async function hold(page: Page, address: string): Promise<{ goOn(): Promise<void>; fail(): Promise<void> }> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const gate = async (route: Route): Promise<void> => {
    await promise;
    await (fails ? route.abort() : route.continue());
  };
  let fails = false;
  await page.route(address, gate);
  return {
    goOn: async () => {
      resolve();
      await page.unroute(address, gate);
    },
    fail: async () => {
      fails = true;
      resolve();
    },
  };
}
