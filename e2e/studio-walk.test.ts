import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Brain, type BrainInput, fixturePhrasesFolder, loadFixturePhrases } from '@colloquy/live-emulator';
import { startStudio } from '@colloquy/studio';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepArtifact } from './support/artifacts.ts';
import { launchChromium, skipReason } from './support/chromium.ts';
import { eventually } from './support/eventually.ts';
import { hum, speak } from './support/fake-microphone.ts';
import { Guest } from './support/studio-page.ts';

type Studio = Awaited<ReturnType<typeof startStudio>>;

const ROOM = 'Should the library stay open?';
const phrases = await loadFixturePhrases();
const wavOf = (file: string) => readFile(new URL(file, fixturePhrasesFolder));
const isHeard = (input: BrainInput) => input.type === 'speech' || input.type === 'text';

/** Files what is said aloud as a claim, and what is written as what it says it is; its answers are short. */
const brain: Brain = {
  respond({ input }) {
    if (input.at(-1)?.type === 'toolResult') return [{ type: 'say', text: 'Noted.' }];
    const last = input.findLast(isHeard);
    if (last?.type === 'speech') return file('claim', last.text);
    const [, kind, text] = (last?.type === 'text' && /(Question|Decision): ([^\n]+)/.exec(last.text)) || [];
    return kind && text ? file(kind.toLowerCase(), text) : [{ type: 'say', text: 'Yes.' }];
  },
};

function file(kind: string, text: string): ReturnType<Brain['respond']> {
  return [{ type: 'call', calls: [{ name: 'add_board_note', args: { kind, text } }] }];
}

describe.skipIf(skipReason)(`a walk through the studio${skipReason}`, () => {
  let browser: Browser;
  let studio: Studio;
  let dataDirectory: string;
  let ana: Guest;
  let ben: Guest;
  let roomPath: string;
  let cards = 0;

  const start = (port: number): Promise<Studio> => {
    return startStudio({ port, dataDirectory, phrases, emulator: { brain } });
  };

  beforeAll(async () => {
    dataDirectory = await mkdtemp(join(tmpdir(), 'studio-walk-'));
    studio = await start(0);
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
    await studio?.close({ graceMs: 0 });
    await rm(dataDirectory, { recursive: true, force: true });
  });

  it('makes a room, invites, and lets the second person in after a check of their devices', async () => {
    ana = await Guest.arrive(browser, studio.url, 'Ana');
    await shoot(ana.page, '01-lobby');
    roomPath = await ana.createRoom(ROOM);
    await ana.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await ana.page.getByTestId('copy-invite').click();
    await ana.page.locator('[data-sonner-toast]').filter({ hasText: 'Invite link copied' }).waitFor();
    await shoot(ana.page, '02-room-alone');

    // Ben has nothing but what Ana's clipboard has.
    const invitation = await ana.page.evaluate(() => navigator.clipboard.readText());
    expect(invitation).toBe(new URL(roomPath, studio.url).href);
    ben = await Guest.arrive(browser, studio.url, 'Ben', invitation);
    const { page } = ben;
    await page.getByTestId('precheck-room').filter({ hasText: ROOM }).waitFor();
    await page.getByTestId('precheck-camera').click();
    await page.getByTestId('own-preview').waitFor();
    await page.getByTestId('precheck-microphone').click();
    await page.getByTestId('level-meter').waitFor();
    await hum(page, 300);
    await page.locator('[data-testid="microphone-heard"][data-heard="true"]').waitFor();
    await hum(page, 0);
    await page.getByTestId('test-sound').click();
    await shoot(page, '03-device-check');
    // Drawing pictures takes what the voices need on a small machine.
    await page.getByTestId('precheck-camera').click();
    // Nothing of it was sent: he is not in the room, and no socket is open.
    expect(ben.dialled).toEqual([]);
    await ben.enter();
    await ana.until('Ben is here with his microphone, and the model listens', ({ participants, model }) => {
      return model.status === 'listening' && participants.some(({ name, media }) => name === 'Ben' && media.microphone);
    });
  });

  it('both talk and write, and the board fills with cards that say whose thought they are', async () => {
    await ana.page.getByTestId('microphone').click();
    await ana.until('her microphone is on', (room) => room.microphone.status === 'on');
    await answered(async () => {
      await speak(ana.page, await wavOf('ana-evening.wav'));
      await ben.sees({ kind: 'speech', speakers: ['Ana'], text: '' });
    });
    await card(ben.page, { kind: 'claim', text: '', saidBy: 'Ana', addedBy: 'Gemini' });
    await answered(async () => {
      await speak(ben.page, await wavOf('ben-noise.wav'));
      await ana.sees({ kind: 'speech', speakers: ['Ben'], text: '' });
    });
    await card(ana.page, { kind: 'claim', text: '', saidBy: 'Ben', addedBy: 'Gemini' });
    await answered(() => ben.write('Question: who pays for the lights at night?'));
    await card(ana.page, { kind: 'question', text: 'who pays for', saidBy: 'Ben', addedBy: 'Gemini' });
    await answered(() => ana.write('Decision: we try it for three months.'));
    await card(ben.page, { kind: 'decision', text: 'we try it', saidBy: 'Ana', addedBy: 'Gemini' });

    // People put things there too, and link them.
    await ben.page.getByTestId('add-card').click();
    await ben.page.getByTestId('card-kind').selectOption('action');
    await ben.page.getByTestId('card-text').fill('Ben asks the city about quieter lights.');
    await ben.page.getByTestId('card-add').click();
    await card(ana.page, { kind: 'action', text: 'Ben asks the city', saidBy: 'Ben', addedBy: 'Ben' });
    await ana.page.locator('[data-testid="card"][data-kind="question"]').getByTestId('card-open').click();
    await ana.page.getByTestId('link-relation').selectOption('leads-to');
    await ana.page.getByTestId('link-target').selectOption({ label: 'Ben asks the city about quieter lights.' });
    await ana.page.getByTestId('link-add').click();
    await ana.page.getByTestId('card-link').waitFor();
    await shoot(ana.page, '04-card');
    // What Ben changes while Ana has the card open is not undone by her.
    await ben.page.locator('[data-testid="card"][data-kind="question"]').getByTestId('card-open').click();
    await ben.page.getByTestId('card-text').fill('Who pays for the lights after ten?');
    await ben.page.getByTestId('card-save').click();
    await card(ana.page, { kind: 'question', text: 'after ten', saidBy: 'Ben', addedBy: 'Gemini' });
    await ana.page.getByTestId('card-save').click();
    await ana.page.getByTestId('card-save').waitFor({ state: 'detached' });
    await ana.write('The question is changed.', 'people');
    await ben.page.getByText('The question is changed.').first().waitFor();
    await card(ben.page, { kind: 'question', text: 'after ten', saidBy: 'Ben', addedBy: 'Gemini' });
    await ben.page.locator('.react-flow__edge').waitFor({ state: 'attached' });
    // What is heard of a phrase, and in how many pieces, is what a busy machine left of it: rooms.test.ts looks at that.
    cards = await ana.page.getByTestId('card').count();
    expect(cards).toBeGreaterThanOrEqual(5);
    await shoot(ben.page, '05-room');
  });

  /** Waits until the model has answered what is done, so that nobody speaks into its words. */
  async function answered(act: () => Promise<void>): Promise<void> {
    const before = await ana.count('ai');
    await act();
    await eventually('the model answers', async () => (await ana.count('ai')) > before);
    await ana.until('the model listens', ({ model }) => model.status === 'listening');
  }

  it('the host changes the settings; whoever is none sees them and cannot', async () => {
    await ana.page.getByTestId('tab-settings').click();
    await ben.page.getByTestId('tab-settings').click();
    await ben.page.getByTestId('config-read-only').waitFor();
    expect(await ben.page.getByTestId('config-model').isDisabled()).toBe(true);
    // The model of the room has no affective dialogue: the control is off, and says so.
    const affective = ana.page.getByTestId('config-affectiveDialog');
    expect(await affective.getByRole('combobox').isDisabled()).toBe(true);
    expect(await affective.textContent()).toContain('has no affective dialogue');
    await ana.page.getByTestId('config-preset').selectOption('Quiet note-taker');
    await ana.page.getByTestId('config-voice').getByRole('combobox').selectOption('"Puck"');
    await shoot(ana.page, '06-settings');
    await ana.page.getByTestId('config-apply').click();
    await ben.page.locator('[data-testid="config-version"][data-version="2"]').waitFor();
    await ben.until('the new voice holds', ({ room }) => room?.configuration.voice === 'Puck');
    await eventually('Ben reads it', async () => {
      return (await ben.page.getByTestId('config-voice').getByRole('combobox').inputValue()) === '"Puck"';
    });
    // And the model has it, in the setup that its session began with.
    await eventually('the model is set up with the voice and the role', () => {
      const setup = JSON.stringify(studio.emulator?.sessions().at(-1)?.report().setup ?? null);
      return setup.includes('"voiceName":"Puck"') && setup.includes('You take notes and stay silent.');
    });
  });

  it('says that the model is away after its goAway, keeps what is written meanwhile, and goes on', async () => {
    await ana.until('the model listens', ({ model }) => model.status === 'listening');
    const { emulator } = studio;
    const before = emulator?.sessions().length ?? 0;
    const banner = ana.page.getByTestId('model-banner');
    // The next connection is not there at once, so that somebody can look at the banner.
    emulator?.planFaults([{ action: { type: 'delaySetup', seconds: 3 }, after: 'open' }]);
    const wasSeen = await noteWhenShown(ana.page, 'model-banner');
    emulator?.sessions().at(-1)?.goAway(1);
    expect(await wasSeen()).toContain('The model is being reconnected. What you say is kept for it.');
    await shoot(ana.page, '07-model-away');
    await answered(() => ana.write('Are you still there?'));
    await eventually('another connection took over', () => (emulator?.sessions().length ?? 0) > before);
    emulator?.planFaults([]);
    await banner.waitFor({ state: 'detached' });
  });

  it('says that the connection is lost when the server restarts, and goes on with everything when it is back', async () => {
    const { port } = studio;
    await studio.close({ graceMs: 0 });
    for (const { page } of [ana, ben]) await page.getByTestId('connection-banner').waitFor();
    await shoot(ana.page, '08-reconnecting');
    studio = await start(port);
    for (const guest of [ana, ben]) {
      await guest.until('the connection is back', ({ connection }) => connection.status === 'open');
      await guest.page.getByTestId('connection-banner').waitFor({ state: 'detached' });
    }
    await ben.write('Still here after the restart.', 'people');
    await ana.sees({ kind: 'text', speakers: ['Ben'], text: 'Still here after the restart.' });
    await ben.page.reload();
    await eventually('the board is complete', async () => (await ben.page.getByTestId('card').count()) === cards);
  });

  it('exports the board and the conversation', async () => {
    const board = await download(ana.page, 'board-export', 'board-markdown');
    expect(board.name).toBe('should-the-library-stay-open-board.md');
    expect(board.text).toContain(`# Board of ${ROOM}`);
    expect(board.text).toMatch(/## Decisions\n\n- .*we try it for three months\.? \(Ana, entry \d+\)/);
    expect(board.text).toContain('leads to: Ben asks the city about quieter lights.');
    const data = JSON.parse((await download(ana.page, 'board-export', 'board-json')).text) as ExportedBoard;
    expect(data).toMatchObject({ room: { name: ROOM } });
    expect(data.cards).toHaveLength(cards);
    expect(data.links).toHaveLength(1);

    const minutes = await download(ana.page, 'room-menu', 'export-markdown');
    expect(minutes.text).toContain('**Ana** said');
    expect(minutes.text).toContain('**Ben** said');
    const everything = JSON.parse((await download(ana.page, 'room-menu', 'export-json')).text) as ExportedRoom;
    expect(everything.entries.some(({ kind }) => kind === 'app')).toBe(true);
    // What the model filed stands in the conversation word for word, by whoever the card names, and the card leads there.
    for (const name of ['Ana', 'Ben']) {
      const own = data.cards.filter(({ addedBy, saidBy }) => {
        return addedBy.name === 'Gemini' && saidBy.length === 1 && saidBy[0]?.name === name;
      });
      expect(own.map(({ kind }) => kind)).toEqual(
        expect.arrayContaining(['claim', name === 'Ana' ? 'decision' : 'question']),
      );
      for (const { kind, text, source, editedBy } of own) {
        const how = kind === 'claim' ? 'speech.final' : 'msg.text';
        const entries = everything.entries.filter((entry) => entry.kind === how && speakersOf(entry).includes(name));
        expect(
          entries.map(({ seq }) => seq),
          text,
        ).toContain(source);
        // A busy machine may have heard a phrase in pieces.
        const words = entries.map(({ body }) => plain(body.text)).join(' ');
        if (editedBy === null) expect(words).toContain(plain(text));
      }
    }
  });

  it('the host closes the room; everybody is told, and can read it on', async () => {
    await ana.page.getByTestId('room-menu').click();
    await ana.page.getByTestId('close-room').click();
    await ana.page.getByTestId('confirm').click();
    for (const { page } of [ana, ben]) {
      await page.locator('[data-testid="connection-banner"][data-state="closed"]').waitFor();
    }
    await shoot(ana.page, '09-closed');
    await ben.page.getByTestId('read-history').click();
    await ben.page.getByTestId('history').waitFor();
    await ben.sees({ kind: 'speech', speakers: ['Ana'], text: '' });
    await shoot(ben.page, '10-history');
    await ben.page.getByTestId('history-board').click();
    await eventually('the board is there', async () => (await ben.page.getByTestId('card').count()) === cards);
    // From the lobby it is opened again, as by anybody who looks for it later.
    await ana.page.getByTestId('back-to-lobby').click();
    await ana.page.locator('[data-testid="room-card"][data-status="closed"]').getByTestId('room-link').click();
    await ana.page.getByTestId('history').waitFor();
    expect(new URL(ana.page.url()).pathname).toBe(`${roomPath}/history`);
    await ana.sees({ kind: 'text', speakers: ['Ben'], text: 'Still here after the restart.' });
    await shoot(ana.page, '11-history-from-lobby');
  });

  it('leaves nothing to complain about in the consoles but the broken connection', () => {
    const expected = /WebSocket connection|ERR_CONNECTION_REFUSED/;
    const unexpected = [...ana.complaints, ...ben.complaints].filter((complaint) => !expected.test(complaint));
    expect(unexpected).toEqual([]);
  });
});

/** The parts of the exported files that are looked at. */
interface ExportedBoard {
  readonly cards: readonly {
    readonly kind: string;
    readonly text: string;
    readonly saidBy: readonly { readonly name: string }[];
    readonly source: number | null;
    readonly addedBy: { readonly name: string };
    readonly editedBy: object | null;
  }[];
  readonly links: readonly unknown[];
}

interface ExportedRoom {
  readonly entries: readonly ExportedEntry[];
}

interface ExportedEntry {
  readonly seq: number;
  readonly kind: string;
  readonly actor: { readonly name: string };
  readonly body: { readonly text?: string; readonly speakers?: readonly { readonly name: string }[] };
}

function speakersOf({ actor, body }: ExportedEntry): readonly string[] {
  return (body.speakers ?? [actor]).map(({ name }) => name);
}

function plain(text = ''): string {
  return text.replaceAll(/\s+/g, ' ').trim().toLowerCase();
}

/** From now on notes what an element says when it appears, however short it is there; the answer waits for that. */
async function noteWhenShown(page: Page, testId: string): Promise<() => Promise<string>> {
  await page.evaluate((id) => {
    const noted = window as unknown as { shown?: string };
    noted.shown = undefined;
    const look = (): void => {
      noted.shown ??= document.querySelector(`[data-testid="${id}"]`)?.textContent ?? undefined;
      if (noted.shown !== undefined) observer.disconnect();
    };
    const observer = new MutationObserver(look);
    observer.observe(document.body, { childList: true, subtree: true, characterData: true });
  }, testId);
  return () =>
    eventually(`${testId} is shown`, () =>
      page.evaluate(() => (window as unknown as { shown?: string }).shown ?? null),
    );
}

/** Waits for a card with these words. */
async function card(
  page: Page,
  { kind, text, saidBy, addedBy }: { kind: string; text: string; saidBy: string; addedBy: string },
): Promise<void> {
  await page
    .locator(`[data-testid="card"][data-kind="${kind}"][data-said-by="${saidBy}"][data-added-by="${addedBy}"]`)
    .filter({ hasText: text })
    .first()
    .waitFor({ state: 'attached' });
}

/** Opens a menu, presses an item, and reads the file that comes of it. */
async function download(page: Page, menu: string, item: string): Promise<{ name: string; text: string }> {
  await page.getByTestId(menu).click();
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByTestId(item).click()]);
  const chunks: Uint8Array[] = [];
  for await (const chunk of await file.createReadStream()) chunks.push(chunk);
  return { name: file.suggestedFilename(), text: Buffer.concat(chunks).toString('utf8') };
}

/** Keeps what the page looks like. */
async function shoot(page: Page, name: string): Promise<void> {
  await keepArtifact(`studio-walk-${name}.png`, await page.screenshot());
}
