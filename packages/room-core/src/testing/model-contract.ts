import { DEFAULT_ROOM_CONFIGURATION } from '@colloquy/live-protocol';
import type { ModelEvent, ModelPort, ModelSession } from '../ports/model-session.ts';

/** A model under test. */
export interface ModelFixture {
  readonly port: ModelPort;
  /** Makes a double answer what it was asked just now, with words and to the end of the turn; real models do by themselves. */
  readonly answer?: (session: ModelSession) => void;
  /** Frees what the fixture made. */
  readonly dispose?: () => Promise<void>;
}

/** Longest wait for an event, in milliseconds. */
const EVENT_MS = 10_000;

/**
 * The contract of {@link ModelPort} and {@link ModelSession} as a vitest suite. Await it at the top level of a test file.
 *
 * @example
 * ```ts
 * await testModelSession('scripted', () => ({ port: new ScriptedModel(), answer }));
 * ```
 */
export async function testModelSession(
  name: string,
  makeModel: () => ModelFixture | Promise<ModelFixture>,
): Promise<void> {
  const { afterEach, beforeEach, describe, expect, it } = await import('vitest');

  describe(`model session: ${name}`, () => {
    let fixture: ModelFixture;
    let session: ModelSession;
    let events: ModelEvent[];
    let ending: AbortController;
    let heard: () => void;

    const open = (): ModelSession => {
      session = fixture.port.open({
        roomId: 'r',
        configuration: DEFAULT_ROOM_CONFIGURATION,
        tools: [],
        roster: () => ['Ana'],
        history: async () => [{ role: 'user', text: 'Ana: hello' }],
        onEvent: (event) => {
          events.push(event);
          heard();
        },
        signal: ending.signal,
      });
      return session;
    };
    const until = async (condition: () => boolean) => {
      const late = AbortSignal.timeout(EVENT_MS);
      while (!condition()) {
        if (late.aborted)
          throw new Error(`Waited in vain; events were ${JSON.stringify(events.map(({ type }) => type))}.`);
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, 100);
          heard = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    };
    const types = () => events.map(({ type }) => type);
    const ready = async () => {
      open();
      await until(() => types().includes('ready'));
    };
    /** Uses everything there is. */
    const useAll = () => {
      session.sendAudio(new Int16Array(320));
      session.sendAudioStreamEnd();
      session.sendContext('[Ben has joined]');
      session.sendSpeakers(['Ana'], 'text');
      session.sendImage(new Uint8Array([0xff, 0xd8, 0xff, 0xd9]), 'image/jpeg');
      session.sendToolResponse('nobody-asked', 'nothing', {});
      session.sendText('Ana: are you there?');
    };

    beforeEach(async () => {
      events = [];
      heard = () => {};
      ending = new AbortController();
      fixture = await makeModel();
    });
    afterEach(async () => {
      await session?.close();
      await fixture.dispose?.();
    });

    it('PORT1 names the model of a configuration, and the session says under which name it is ready, first of all', async () => {
      await ready();
      const model = fixture.port.modelName(DEFAULT_ROOM_CONFIGURATION);
      expect(model).not.toBe('');
      expect(events[0]).toEqual({ type: 'ready', model, resumed: false });
      expect(types().filter((type) => type === 'ready')).toHaveLength(1);
    });

    it('PORT2 answers a text with words, and says once that the turn is complete, after all of them', async () => {
      await ready();
      session.sendText('Ana: what do you think about trees?');
      fixture.answer?.(session);
      await until(() => types().includes('turnComplete'));
      const words = events.filter((event) => event.type === 'outputTranscript' || event.type === 'text');
      expect(words.length).toBeGreaterThan(0);
      expect(types().filter((type) => type === 'turnComplete')).toHaveLength(1);
      const last = Math.max(...words.map((event) => events.indexOf(event)));
      expect(last).toBeLessThan(types().indexOf('turnComplete'));
      for (const event of events) {
        if (event.type === 'audio') expect(event.samples).toBeInstanceOf(Int16Array);
      }
    });

    it('PORT3 takes audio whose buffer is used again at once', async () => {
      await ready();
      const samples = new Int16Array(320).fill(1_000);
      for (let frame = 0; frame < 10; frame += 1) {
        session.sendAudio(samples);
        samples.fill(frame);
      }
      session.sendAudioStreamEnd();
      expect(types()).not.toContain('failed');
    });

    it('PORT4 takes everything before it is ready', async () => {
      open();
      session.sendAudio(new Int16Array(320));
      session.sendContext('[Ben has joined]');
      session.sendText('Ana: hello?');
      await until(() => types().includes('ready'));
      expect(types()).not.toContain('failed');
    });

    it('PORT5 closes once however often it is asked, says nothing afterwards, and takes everything without harm', async () => {
      await ready();
      await Promise.all([session.close(), session.close()]);
      await session.close();
      const before = events.length;
      useAll();
      await new Promise((resolve) => setImmediate(resolve));
      expect(types().slice(before)).toEqual([]);
    });

    it('PORT6 ends when it is aborted, also before it is ready', async () => {
      open();
      ending.abort();
      await session.close();
      const before = events.length;
      useAll();
      await new Promise((resolve) => setImmediate(resolve));
      expect(types().slice(before)).toEqual([]);
    });
  });
}
