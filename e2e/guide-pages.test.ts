import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { RoomClient } from '@colloquy/live-client';
import { build, type Loader } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PageServer, startPageServer } from '../examples/snippets/support/page-server.ts';
// @ts-expect-error A script without types.
import { blocksOf } from '../tools/snippets.mjs';
import { launchChromium, skipReason } from './support/chromium.ts';
import { eventually } from './support/eventually.ts';

const snippets = fileURLToPath(new URL('../examples/snippets/', import.meta.url));
const readme = (name: string): URL => new URL(`../packages/${name}/README.md`, import.meta.url);

/** Files of the guides that are for a page: what examples/snippets/test/guides.test.ts leaves out. */
const isForPage = (path: string): boolean =>
  /\.page\.ts$|\.tsx$/.test(path) && !/^(\.\.|node_modules|support)\b/.test(path);
/** Those of the bundles of the test that runs. */
const bundled = new Set<string>();

interface Block {
  readonly source: string | null;
  readonly language: string;
  readonly code: string;
}

/** Blocks of TypeScript that are of no file. */
async function blocksOfReadme(name: string): Promise<readonly string[]> {
  const all = blocksOf(await readFile(readme(name), 'utf8')) as Block[];
  return all.filter(({ language, source }) => /^tsx?$/.test(language) && source === null).map(({ code }) => code);
}

/** Code as one script for a page, resolved where the snippets are. */
async function bundle(contents: string, loader: Loader = 'ts'): Promise<string> {
  const { outputFiles, metafile } = await build({
    stdin: { contents, loader, resolveDir: snippets, sourcefile: `page.${loader}` },
    bundle: true,
    absWorkingDir: snippets,
    metafile: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"development"' },
    write: false,
    logLevel: 'error',
  });
  for (const path of Object.keys(metafile.inputs).filter(isForPage)) bundled.add(path);
  return outputFiles[0]?.text ?? '';
}

// The code that the guides and READMEs show for a page, as it stands there, in the smallest page around it.
describe.skipIf(skipReason)(`the code of the documentation that is for a page${skipReason}`, () => {
  let server: PageServer;
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
  });

  const opened: string[] = [];
  /** A test that opens these files of the guides, and no others. */
  function itOpens(files: readonly string[], title: string, test: () => Promise<void>) {
    opened.push(...files);
    it(title, async () => {
      bundled.clear();
      await test();
      expect([...bundled].sort()).toEqual(files.toSorted());
    });
  }

  /** Opens a page of Ana's, and looks at it until `look` is done; nothing may go wrong on it. */
  async function visit(
    parts: { readonly body?: string; readonly script: string },
    look: (page: Page) => Promise<void>,
  ) {
    server = await startPageServer({ body: '', ...parts });
    const context = await browser.newContext({ permissions: ['microphone'] });
    try {
      await context.addCookies([{ name: 'who', value: 'Ana', url: server.url }]);
      const page = await context.newPage();
      const problems: string[] = [];
      page.on('pageerror', (error) => problems.push(String(error)));
      await page.goto(server.url);
      await look(page).catch((cause) => {
        throw new Error(`The page said: ${problems.join('; ') || 'nothing'}.`, { cause });
      });
      expect(problems).toEqual([]);
    } finally {
      await context.close();
      await server.close();
    }
  }

  /** Somebody in the room who is not on a page. */
  function guest(name: string): RoomClient {
    const url = `${server.url}/rooms/panel?who=${name}`;
    return new RoomClient({ url, clientId: name });
  }

  const visitSnippet = async (path: string, body: string, look: (page: Page) => Promise<void>) => {
    const script = await bundle(`import * as snippet from './${path}';\nObject.assign(globalThis, { snippet });`);
    return visit({ body, script }, look);
  };
  const told = (page: Page, expression: string): Promise<unknown> => page.evaluate(expression);
  const becomes = (page: Page, expression: string): Promise<unknown> =>
    eventually(expression, async () => Boolean(await told(page, expression)));
  const log = async (): Promise<readonly Record<string, unknown>[]> =>
    (await server.rooms.history('panel', { from: 1 })).entries.map(({ kind, actor, body }) => ({
      kind,
      by: actor.name,
      ...body,
    }));
  const heardSeconds = (): number =>
    Math.max(0, ...server.emulator.sessions().map((session) => session.report().received.audio.seconds));

  const drawn = ['rooms/room.page.tsx', 'rooms/own-entries.page.tsx'];
  itOpens(
    drawn,
    'rooms: people and the conversation are drawn, the microphone turns on, and votes are counted',
    async () => {
      await visit({ script: await bundle(`import './support/mounted.tsx';`) }, async (page) => {
        await page.getByText(/Ana.* · the model is \w+/).waitFor();
        await server.rooms.publish('panel', { topic: 'votes', data: { choice: 'no' } });
        await page.getByRole('button', { name: 'Yes' }).click();
        await page.getByText('1 of 2 say yes').waitFor();
        await page.getByRole('button', { name: 'Microphone: off' }).click();
        await page.getByRole('button', { name: 'Microphone: on' }).click();
        await page.getByRole('button', { name: 'Microphone: muted' }).waitFor();
      });
    },
  );

  itOpens(
    ['rooms/host.page.ts'],
    'rooms: a host changes the room, admits one and refuses another, and asks for the floor',
    async () => {
      const script = await bundle(`
      await new Promise((resolve) => addEventListener('begin', resolve));
      const snippet = await import('./rooms/host.page.ts');
      Object.assign(globalThis, { snippet });`);
      await visit({ script }, async (page) => {
        const [ben, cy, dan] = ['Ben', 'Cy', 'Dan'].map(guest);
        const [eve, fay] = ['Eve', 'Fay'].map(guest);
        const refused: Record<string, string> = {};
        const come = (client: RoomClient | undefined, name: string) =>
          client?.connect().catch((error: Error) => {
            refused[name] = error.message;
          });
        await page.exposeFunction('knock', (name: string) => {
          void come(name === 'Eve' ? eve : fay, name);
        });
        await Promise.all([come(ben, 'Ben'), come(cy, 'Cy'), come(dan, 'Dan')]);
        await page.evaluate(`dispatchEvent(new Event('begin'))`);
        await becomes(page, 'globalThis.snippet?.holders.has("ana")');
        await becomes(page, 'snippet.room.getSnapshot().floor.holder === null');
        const { room, recording, participants } = (await told(page, 'snippet.room.getSnapshot()')) as {
          room: { configuration: Record<string, unknown> };
          recording: { active: boolean };
          participants: { name: string; role: string }[];
        };
        expect(room.configuration).toMatchObject({ instructions: 'You moderate a debate.', floorMode: 'queue' });
        expect(recording.active).toBe(true);
        await eventually('Fay is in', () => fay?.getSnapshot().connection.status === 'open');
        expect(participants.find(({ name }) => name === 'Cy')?.role).toBe('viewer');
        await eventually('Dan is out', () => dan?.getSnapshot().connection.status === 'closed');
        await eventually('Eve is refused', () => refused.Eve !== undefined);
        expect(refused.Eve).toContain('Not today.');
        for (const client of [ben, cy, dan, eve, fay]) await client?.dispose();
      });
    },
  );

  itOpens(
    ['audio/sound.page.ts'],
    'sound: turns on by a click, is measured, and is louder or softer by person',
    async () => {
      const body = `<button id="joinButton">Join</button><p id="notice">Click to hear</p><meter id="meter"></meter>
      <select id="devices"><option value="default"></option></select>`;
      await visitSnippet('audio/sound.page.ts', body, async (page) => {
        await becomes(page, 'globalThis.snippet !== undefined');
        expect(await told(page, 'snippet.room.microphone.state.status')).toBe('off');
        expect(await told(page, '[snippet.room.media("ben").volume, snippet.room.media("ben").muted]')).toEqual([
          0.5,
          true,
        ]);
        expect(await told(page, 'snippet.room.media("model").volume')).toBe(0.8);
        await page.getByRole('button', { name: 'Join' }).click();
        await becomes(page, 'snippet.room.microphone.state.status === "on" && notice.hidden');
        await becomes(page, 'parseFloat(meter.style.scale) > 0');
        await eventually('the model hears', () => heardSeconds() > 0);
        // Nobody speaks into the answer, which would cut it before it is heard.
        await page.evaluate('snippet.room.microphone.stop()');
        await page.evaluate('snippet.room.sendText("Hello, how are you?")');
        await eventually('the model’s sound is counted', async () =>
          Boolean(await told(page, 'snippet.room.media("model").playback().then((statistics) => statistics !== null)')),
        );
      });
    },
  );

  itOpens(
    ['tools/room.page.ts'],
    'tools: the page runs one, a person allows another, and one person alone has their own',
    async () => {
      const body = `<script>
      var slides = [], questions = [];
      function goTo(slide) { slides.push(slide); }
      function ask(question) { questions.push(question); return Promise.resolve(true); }
    </script>`;
      await visitSnippet('tools/room.page.ts', body, async (page) => {
        await becomes(page, 'globalThis.snippet !== undefined');
        await page.evaluate('snippet.room.sendText("Please show slide 3.")');
        await becomes(page, 'slides[0] === 3');
        await eventually('it is answered', async () =>
          (await log()).some(({ kind, outcome }) => kind === 'tool.result' && outcome === 'answered'),
        );
        await page.evaluate('snippet.room.sendText("Please make a note that we meet on Tuesday.")');
        await becomes(page, 'questions.length > 0');
        expect(await told(page, 'questions')).toEqual(['Ana made the model call add_note. Allow it?']);
        await eventually('it is kept', () => server.notes.length > 0);
        await page.evaluate('snippet.remove()');
        await page.evaluate('snippet.live.connect()');
        await page.evaluate('snippet.live.sendText("What do you call it now?")');
        await eventually('the model has the time', () =>
          server.emulator
            .sessions()
            .some((session) => session.report().received.toolResponses.last.some(({ name }) => name === 'now')),
        );
      });
    },
  );

  itOpens(['proxy/talk.page.ts'], 'proxy: one person talks with the model after a click', async () => {
    const body = `<button id="button">Talk</button><ol id="list"></ol><script>
      function show(speaker, text) { list.append(Object.assign(document.createElement('li'), { textContent: speaker + ': ' + text })); }
    </script>`;
    await visitSnippet('proxy/talk.page.ts', body, async (page) => {
      await page.getByRole('button', { name: 'Talk' }).click();
      const session = await eventually('a session', () => server.emulator.sessions()[0] ?? null);
      await eventually('the model hears', () => session.report().received.audio.seconds > 0);
      session.send({ serverContent: { outputTranscription: { text: 'Good morning.' } } });
      await page.getByText('model: Good morning.').waitFor();
    });
  });

  it('is opened whole: every file for a page, by a test above', async () => {
    const files = await readdir(snippets, { recursive: true });
    expect(opened.toSorted()).toEqual(files.filter(isForPage).sort());
  });

  it('in the README of live-proxy: a page that talks with Gemini itself, by a token', async () => {
    const blocks = await blocksOfReadme('live-proxy');
    const [code, ...more] = blocks.filter((one) => one.includes("fetch('/live/ephemeral-tokens'"));
    expect(more).toEqual([]);
    const script = await bundle(`
      import { setDefaultBaseUrls } from '@google/genai';
      const geminiUrl = await new Promise((resolve) => addEventListener('begin', ({ detail }) => resolve(detail)));
      setDefaultBaseUrls({ geminiUrl });
      ${code}
      const config = { systemInstruction: 'Obey the page.' };
      const callbacks = { onmessage: ({ setupComplete }) => { globalThis.isSetUp ||= setupComplete !== undefined; } };
      await ai.live.connect({ model: 'gemini-3.1-flash-live-preview', config, callbacks });`);
    await visit({ script }, async (page) => {
      await page.evaluate((detail) => dispatchEvent(new CustomEvent('begin', { detail })), server.emulator.url);
      await becomes(page, 'globalThis.isSetUp');
      // Not what the page asked for.
      const [report] = server.emulator.sessions().map((session) => session.report());
      expect(report?.model).toBe('models/gemini-3.8-live');
      expect(report?.setup).not.toHaveProperty('systemInstruction');
    });
  });

  describe('in the README of live-client', () => {
    /** Words by which each block is known. */
    const BLOCKS = {
      room: "new RoomClient({ url: '/rooms/panel' })",
      react: '<RoomProvider client={room}>',
      tool: "room.registerTool({ name: 'show_slide'",
      live: 'new GeminiLiveAPI({\n  url:',
      schema: 'defineTool({\n',
      people: "const ben = room.media('ben');",
      entries: "room.publish('board'",
    };
    let blocks: readonly string[] = [];
    beforeAll(async () => {
      blocks = await blocksOfReadme('live-client');
    });

    /** One block as it stands there, after what it leaves to who copies it. */
    function scriptOf(name: keyof typeof BLOCKS): Promise<string> {
      const code = blocks.find((one) => one.includes(BLOCKS[name]));
      return bundle(`import './support/readme-globals.tsx';\n${code}\nglobalThis.ran = true;`, 'tsx');
    }

    it('every block but those of a file of their own, below', () => {
      const known = blocks.map((code) => Object.values(BLOCKS).filter((words) => code.includes(words)).length);
      expect(known).toEqual(Object.values(BLOCKS).map(() => 1));
    });

    it('a room', async () => {
      const body = '<button id="joinButton">Join</button>';
      await visit({ body, script: await scriptOf('room') }, async (page) => {
        await becomes(page, 'globalThis.ran');
        await eventually('the text is stored', async () =>
          (await log()).some(
            ({ kind, by, text }) => kind === 'msg.text' && by === 'Ana' && text === 'Good morning, all',
          ),
        );
        await page.getByRole('button', { name: 'Join' }).click();
        await eventually('the model hears', () => heardSeconds() > 0);
      });
    });

    it('a room with React', async () => {
      await visit({ script: await scriptOf('react') }, async (page) => {
        await becomes(page, 'globalThis.ran');
        await page.evaluate('room.sendText("Drawn by React")');
        await page.getByText('Drawn by React').waitFor();
      });
    });

    it('a tool of a page in a room', async () => {
      await visit({ script: await scriptOf('tool') }, async (page) => {
        await becomes(page, 'globalThis.ran');
        await page.evaluate('room.sendText("Please show slide 4.")');
        await becomes(page, 'said.includes("slide 4")');
      });
    });

    it('one person and the model', async () => {
      await visit({ script: await scriptOf('live') }, async (page) => {
        await becomes(page, 'globalThis.ran');
        const session = server.emulator.sessions().at(-1) ?? expect.fail('no session');
        await eventually('the model hears', () => session.report().received.audio.seconds > 0);
        session.send({ serverContent: { outputTranscription: { text: 'Good morning.' } } });
        await becomes(page, 'said.includes("model: Good morning.")');
      });
    });

    it('a tool with a schema', async () => {
      await visit({ script: await scriptOf('schema') }, async (page) => {
        await becomes(page, 'globalThis.ran');
        await page.evaluate('live.connect().then(() => live.sendText("How is the weather in Paris?"))');
        await becomes(page, 'said.includes("weather in Paris")');
      });
    });

    it('people in a room', async () => {
      const body = '<div id="ring"></div><video id="video"></video>';
      await visit({ body, script: await scriptOf('people') }, async (page) => {
        await becomes(page, 'globalThis.ran');
        expect(await told(page, '[room.media("ben").volume, room.media("ben").muted]')).toEqual([0.5, true]);
        expect(await told(page, '[ring.style.opacity, video.srcObject]')).toEqual(['0', null]);
      });
    });

    it('what an application keeps in a room', async () => {
      await visit({ script: await scriptOf('entries') }, async (page) => {
        await becomes(page, 'globalThis.ran');
        const { entries } = await server.rooms.appEntries('panel', { topic: 'board' });
        expect(entries.map(({ body }) => body.data)).toEqual([
          { cardId: expect.any(String), text: 'We meet on Tuesday.' },
        ]);
      });
    });
  });
});
