import { describe, expect, it } from 'vitest';
import { isRoomCoreError } from '../src/errors.ts';
import { memoryEngine } from '../src/memory-engine.ts';
import type { ModelEvent } from '../src/ports/model-session.ts';
import type { RoomConnection } from '../src/room-connection.ts';
import { settle } from '../src/testing/fake-clock.ts';
import { sine } from '../src/testing/signals.ts';
import { RoughEngine, random } from './support/rough-engine.ts';
import { runUntil } from './support/run-until.ts';
import { audioFrame, picture, Stage } from './support/stage.ts';
import { StrictClient } from './support/strict-client.ts';

/** A tab of a person, over all its connections. */
interface Tab {
  readonly person: string;
  readonly clientId: string;
  client: StrictClient | null;
  connection: RoomConnection | null;
  frames: number;
  texts: number;
}

const loud = sine({ frequency: 440, samples: 320, amplitude: 12_000 });

/** What a model may say, in any order. */
const modelEvents: readonly ModelEvent[] = [
  { type: 'ready', model: 'scripted-model', resumed: false },
  { type: 'ready', model: 'scripted-model', resumed: true },
  { type: 'audio', samples: loud },
  { type: 'outputTranscript', text: ' words' },
  { type: 'text', text: ' more words ' },
  { type: 'inputTranscript', text: ' heard', finished: false },
  { type: 'inputTranscript', text: ' heard it all.', finished: true },
  { type: 'voiceActivity', edge: 'start', audioOffsetMs: null },
  { type: 'voiceActivity', edge: 'end', audioOffsetMs: 40 },
  { type: 'interrupted' },
  { type: 'generationComplete' },
  { type: 'turnComplete', reason: null },
  { type: 'toolCalls', calls: [{ callId: 'call', name: 'look', args: {} }] },
  { type: 'reconnecting', reason: 'The network is away.' },
  { type: 'failed', code: 'ERR_GEMINI_INTERNAL', reason: 'It broke.' },
];

/** One life of a room in which everything happens at once; the ways in which it went wrong. */
async function violations(seed: number): Promise<readonly string[]> {
  const draw = random(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(draw() * from.length)] as T;
  const engine = new RoughEngine(memoryEngine(), { random: draw, lose: 0.1, disorder: 0.2, delayTurns: 3 });
  const manager = { graceMs: pick([0, 100, 15_000]), emptyGraceMs: pick([0, 200, 30_000]) };
  const limits = { maxParticipants: pick([2, 100]) };
  const stage = await Stage.open({ engine, autoReady: draw() < 0.7, manager: { ...manager, limits } });
  const problems: string[] = [];
  const clients: StrictClient[] = [];
  const joins: Promise<void>[] = [];
  const closings: Promise<unknown>[] = [];
  const tabs = ['ana', 'ana', 'ben', 'cy', 'dee'].map(
    (person, index): Tab => ({
      person,
      clientId: `tab-${index}`,
      client: null,
      connection: null,
      frames: 0,
      texts: 0,
    }),
  );

  const join = async (tab: Tab): Promise<void> => {
    const client = new StrictClient(`c${clients.length}`, tab.client);
    clients.push(client);
    tab.client = client;
    const resume = client.resume;
    const identity = { participantId: tab.person, name: tab.person, role: 'speaker' } as const;
    const wish = { identity, clientId: tab.clientId, ...(resume && { resume }) };
    try {
      const connection = await stage.rooms.connect(stage.roomId, wish, client);
      // A newer connection of this tab may have been faster; then this one is as good as broken.
      if (tab.client === client) tab.connection = connection;
      else connection.disconnected();
    } catch (error) {
      if (!isRoomCoreError(error) || error.code === 'ERR_STORE_UNAVAILABLE') problems.push(`join: ${String(error)}`);
      if (client.welcomed) problems.push('was welcomed and then refused');
    }
  };
  const rareActs = [
    () => stage.clock.jump(-3_600_000),
    () => stage.clock.jump(3_600_000),
    () => void closings.push(stage.rooms.close(stage.roomId)),
  ];
  const act = async (): Promise<void> => {
    const tab = pick(tabs);
    const { connection } = tab;
    const chance = draw();
    if (chance < 0.18) joins.push(join(tab));
    else if (chance < 0.24) connection?.disconnected();
    else if (chance < 0.29) connection?.receive({ type: 'leave' });
    else if (chance < 0.38) {
      tab.texts += 1;
      const cid = `${tab.clientId}:${tab.texts}`;
      connection?.receive({ type: 'pub', cid, kind: 'msg.text', body: { text: 'hi', toModel: draw() < 0.6 } });
    } else if (chance < 0.46) {
      const media = { microphone: draw() < 0.6, camera: draw() < 0.5, screen: draw() < 0.5 };
      connection?.receive({ type: 'media', media });
    } else if (chance < 0.58) {
      connection?.receiveMedia(audioFrame(tab.frames, loud, draw() < 0.1 ? 2 : 0));
      tab.frames += 1;
    } else if (chance < 0.6) connection?.receiveMedia(picture({ screen: draw() < 0.5 }));
    else if (chance < 0.62) connection?.receive({ type: 'interrupt' });
    else if (chance < 0.8) stage.model.sessions.at(draw() < 0.9 ? -1 : 0)?.emit(pick(modelEvents));
    else if (chance < 0.9) {
      // No timer ever comes between two promises that are settled already.
      await new Promise<void>((resolve) => process.nextTick(resolve));
      stage.clock.advance(pick([1, 20, 60, 700, 2_000, 16_000, 31_000]));
    } else if (chance < 0.99) await settle();
    else pick(rareActs)();
  };

  for (let step = 0; step < 60; step += 1) await act();
  await runUntil(stage.clock, Promise.all([...joins, ...closings]));
  for (let turn = 0; turn < 30; turn += 1) await settle();
  // What comes and goes fast is told together, a little later.
  await stage.clock.run(250);
  for (let turn = 0; turn < 5; turn += 1) await settle();
  const running = stage.rooms.sessions().find(({ roomId }) => roomId === stage.roomId);
  const here = (running?.people ?? []).map(({ participantId, status }) => `${participantId} ${status}`).sort();
  for (const person of running?.people ?? []) {
    for (const { connectionId } of person.connections) {
      const client = clients.find((other) => other.connectionId === connectionId);
      const told = (client?.participants ?? []).filter(({ role }) => role !== 'model');
      const shown = told.map(({ participantId, status }) => `${participantId} ${status}`).sort();
      if (shown.join() !== here.join()) problems.push(`${connectionId} shows ${shown.join()}, here are ${here.join()}`);
    }
  }
  if (draw() < 0.5) joins.push(join(pick(tabs)));
  const stopped = stage.rooms.shutdown({ graceMs: pick([0, 300]) });
  await stage.clock.run(400);
  // The rests of engines and joins may still be under way.
  await runUntil(stage.clock, Promise.all([stopped, ...joins]));
  for (let turn = 0; turn < 10; turn += 1) await settle();
  if (stage.clock.pendingTimers > 0) problems.push(`${stage.clock.pendingTimers} timers are left`);
  const open = stage.model.sessions.filter(({ closed }) => !closed).length;
  if (open > 0) problems.push(`${open} model sessions are open`);
  for (const { stage: where, error } of stage.errors) {
    // Time leaps here without the engine having had a turn: its answers count as lost, and the room tries again.
    if (where !== 'append' || !isRoomCoreError(error)) problems.push(`${where}: ${String(error)}`);
  }
  return [...problems, ...clients.flatMap((client) => client.problems.map((what) => `${client.connectionId} ${what}`))];
}

describe('interleavings', () => {
  it('JOIN1 PRES6 LIFE9 in 1000 lives of a room everybody is told a contiguous log, the same presence and whole deltas, and nothing is left running', async () => {
    for (let seed = 1; seed <= 1_000; seed += 1) {
      expect(await violations(seed), `seed ${seed}`).toEqual([]);
    }
  }, 60_000);
});
