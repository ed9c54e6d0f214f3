import { expect, it } from 'vitest';
import { RoomCoreError } from '../src/errors.ts';
import { memoryEngine } from '../src/memory-engine.ts';
import type { RoomEngine } from '../src/ports/room-engine.ts';
import { FakeClock, settle } from '../src/testing/fake-clock.ts';
import { delegateEngine } from './support/delegate-engine.ts';
import { ForgetfulEngine } from './support/forgetful-engine.ts';
import { Stage } from './support/stage.ts';

/** A server that can be killed: it stores nothing more then, and hears of nothing. */
class Server {
  readonly stage: Stage;
  readonly #engine: RoomEngine;
  readonly #kill: () => void;

  private constructor(stage: Stage, engine: RoomEngine, kill: () => void) {
    this.stage = stage;
    this.#engine = engine;
    this.#kill = kill;
  }

  static async start(
    options: { autoReady?: boolean } = {},
    inner: RoomEngine = memoryEngine({ now: () => NOW }),
    now = NOW,
  ): Promise<Server> {
    let isDead = false;
    const engine = delegateEngine(inner, {
      append: (...args) => (isDead ? new Promise(() => {}) : inner.append(...args)),
      subscribe: (roomId, listener) => inner.subscribe(roomId, (entry) => (isDead ? undefined : listener(entry))),
    });
    const stage = await Stage.open({ ...options, engine, clock: new FakeClock({ now }) });
    return new Server(stage, inner, () => {
      isDead = true;
    });
  }

  /** What is left is the engine. */
  async restarted(afterMs = 0): Promise<Server> {
    this.#kill();
    const next = await Server.start({}, this.#engine, this.stage.clock.now() + afterMs);
    next.stage.roomId = this.stage.roomId;
    return next;
  }
}

const NOW = 1_700_000_000_000;

const asked = ({ model }: Stage): readonly string[] => model.sessions.flatMap(({ texts }) => texts);

async function complete(stage: Stage, text: string): Promise<void> {
  if (text !== '') stage.model.session.emit({ type: 'outputTranscript', text });
  stage.model.session.emit({ type: 'turnComplete', reason: null });
  await settle();
}

it('MODEL10 asks the model a text whose acknowledgement by the store was lost, once', async () => {
  const inner = memoryEngine();
  let isLosing = false;
  const engine: RoomEngine = delegateEngine(inner, {
    append: async (...args) => {
      const result = await inner.append(...args);
      if (isLosing) throw new RoomCoreError('ERR_STORE_UNAVAILABLE', 'The answer was lost.');
      return result;
    },
    // Nor does its feed tell.
    subscribe: (roomId, listener) => inner.subscribe(roomId, (entry) => (isLosing ? undefined : listener(entry))),
  });
  const stage = await Stage.open({ engine });
  const ana = await stage.join('Ana', { clientId: 'tab' });
  isLosing = true;
  ana.say('are you there?', { toModel: true });
  await settle();
  expect(ana.port.last('nack')).toMatchObject({ cid: 'tab:1', retryable: true });
  isLosing = false;
  const again = {
    type: 'pub',
    cid: 'tab:1',
    kind: 'msg.text',
    body: { text: 'are you there?', toModel: true },
  } as const;
  for (let n = 0; n < 3; n += 1) ana.connection.receive(again);
  await settle();
  expect(ana.port.last('ack')).toMatchObject({ cid: 'tab:1' });
  expect(asked(stage)).toEqual(['Ana: are you there?']);
});

it('MODEL10 asks what a killed server had stored and not got answered, in order and once, when somebody is there again', async () => {
  const killed = await Server.start({ autoReady: false });
  const ana = await killed.stage.join('Ana');
  ana.say('the first', { toModel: true });
  ana.say('between us');
  ana.say('the second', { toModel: true });
  await settle();
  expect(asked(killed.stage)).toEqual([]);

  const second = await killed.restarted();
  await second.stage.join('Ben');
  await settle();
  expect(asked(second.stage)).toEqual(['Ana: the first\nAna: the second']);
  await complete(second.stage, 'Here you are.');

  const third = await second.restarted();
  await third.stage.join('Ben');
  await settle();
  expect(asked(third.stage)).toEqual([]);
});

it('MODEL10 asks again what a killed server was answering, and what came into that answer', async () => {
  const killed = await Server.start();
  const ana = await killed.stage.join('Ana');
  ana.say('one', { toModel: true });
  await settle();
  await complete(killed.stage, 'The answer to one.');
  ana.say('two', { toModel: true });
  await settle();
  killed.stage.model.session.emit({ type: 'outputTranscript', text: 'The answer to tw' });
  await settle();

  const second = await killed.restarted();
  const ben = await second.stage.join('Ben');
  await settle();
  expect(asked(second.stage)).toEqual(['Ana: two']);
  second.stage.model.session.emit({ type: 'outputTranscript', text: 'Two is' });
  ben.say('three', { toModel: true });
  await settle();
  second.stage.model.session.emit({ type: 'interrupted' });
  await complete(second.stage, '');

  const third = await second.restarted();
  await third.stage.join('Ben');
  await settle();
  expect(asked(third.stage)).toEqual(['Ben: three']);
});

it('MODEL10 asks nothing again to which the model said nothing, or that it was lost over, or that is old', async () => {
  const silent = await Server.start();
  const ana = await silent.stage.join('Ana');
  ana.say('no need to answer', { toModel: true });
  await settle();
  await complete(silent.stage, '');
  expect((await silent.stage.entries()).at(-1)).toMatchObject({ kind: 'ai.silent', body: { answersTo: 3 } });
  const afterSilence = await silent.restarted();
  const ben = await afterSilence.stage.join('Ben');
  await settle();
  expect(asked(afterSilence.stage)).toEqual([]);

  ben.say('and this?', { toModel: true });
  await settle();
  await afterSilence.stage.clock.run(15_000, 1_000);
  const afterWaiting = await afterSilence.restarted();
  const cy = await afterWaiting.stage.join('Cy');
  await settle();
  expect(asked(afterWaiting.stage)).toEqual([]);

  cy.say('who is lost?', { toModel: true });
  await settle();
  afterWaiting.stage.model.session.emit({ type: 'failed', code: 'ERR', reason: 'quota' });
  await settle();
  const afterLoss = await afterWaiting.restarted();
  const dan = await afterLoss.stage.join('Dan');
  await settle();
  expect(asked(afterLoss.stage)).toEqual([]);

  dan.say('out of the blue', { toModel: true });
  await settle();
  const muchLater = await afterLoss.restarted(600_000);
  await muchLater.stage.join('Eve');
  await settle();
  expect(asked(muchLater.stage)).toEqual([]);
});

it('MODEL10 asks nothing again that was answered before the log lost it, when it stands there anew', async () => {
  const engine = new ForgetfulEngine(() => NOW);
  const first = await Server.start({}, engine);
  const ana = await first.stage.join('Ana', { clientId: 'tab' });
  ana.say('between us');
  ana.say('one', { toModel: true });
  await settle();
  await complete(first.stage, 'The answer to one.');
  // The two texts and the answer, which the room writes again of itself.
  await engine.forget(first.stage.roomId, 3);
  await first.stage.clock.run(20_000, 1_000);
  expect(ana.port.last('epoch')).toMatchObject({ epoch: 2 });
  for (const [n, text] of ['between us', 'one'].entries()) {
    const body = { text, toModel: n === 1 };
    ana.connection.receive({ type: 'pub', cid: `tab:${n + 1}`, kind: 'msg.text', body });
    await settle();
  }
  expect(ana.port.last('ack')).toMatchObject({ cid: 'tab:2' });
  expect(asked(first.stage)).toEqual(['Ana: one']);
  const second = await first.restarted();
  const ben = await second.stage.join('Ben');
  await settle();
  expect(asked(second.stage)).toEqual([]);
  ben.say('two', { toModel: true });
  await settle();
  expect(asked(second.stage)).toEqual(['Ben: two']);
});
