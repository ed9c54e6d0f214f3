import { describe, expect, it } from 'vitest';
import { settle } from '../../src/testing/fake-clock.ts';
import type { AnyRoomTool } from '../../src/tools/room-tool.ts';
import { NodeStage } from '../support/node-stage.ts';

const LEASE_MS = 10_000;
const calls = (...callIds: readonly string[]) => {
  return { type: 'toolCalls', calls: callIds.map((callId) => ({ callId, name: 'pay', args: {} })) } as const;
};

/** A room on two servers, whose tool has to be run once at most; `c1` ends, `c2` does not. */
async function two() {
  const runs: string[] = [];
  const tool: AnyRoomTool = {
    name: 'pay',
    description: 'Pays.',
    run: (_args, { callId }) => {
      runs.push(callId);
      return callId === 'c1' ? { paid: true } : new Promise(() => {});
    },
  };
  const stage = await NodeStage.open({ tools: [tool] });
  const [a, b] = [stage.server('a'), stage.server('b')];
  await a.join('Ana');
  await b.join('Ben');
  a.model.session.emit({ type: 'resumable', handle: 'handle-1' }, calls('c1', 'c2'));
  await stage.clock.run(1_000, 100);
  return { stage, a, b, runs };
}

const results = async (stage: NodeStage) =>
  (await stage.entries()).flatMap((entry) =>
    entry.kind === 'tool.result' ? [`${entry.body.callId} ${entry.body.outcome}`] : [],
  );

describe('tools of a room on several servers', () => {
  it('SHARE14 a call that ran when its server died is abandoned, and neither it nor one that had ended runs again (scenario 20)', async () => {
    const { stage, a, b, runs } = await two();
    a.kill();
    await stage.clock.run(LEASE_MS + 2_000, 100);
    expect(stage.owner).toBe('b');
    expect(b.model.session.options.resume).toBe('handle-1');
    expect(await results(stage)).toEqual(['c1 answered', 'c2 abandoned']);
    // The session was gone on with, and what it had asked for was not answered.
    b.model.session.emit(calls('c1', 'c2', 'c3'));
    await settle();
    expect(runs).toEqual(['c1', 'c2', 'c3']);
    const answered = b.model.session.calls.filter(({ call }) => call === 'toolResponse');
    expect(answered).toMatchObject([
      { callId: 'c1', response: { paid: true } },
      { callId: 'c2', response: { error: expect.stringContaining('not known') } },
    ]);
    expect(await results(stage)).toEqual(['c1 answered', 'c2 abandoned']);
  });

  it('SHARE14 a server that stops abandons what runs, and the next one does not run it again', async () => {
    const { stage, a, b, runs } = await two();
    const stopped = a.rooms.shutdown();
    await stage.clock.run(1_000, 100);
    await stopped;
    expect(stage.owner).toBe('b');
    b.model.session.emit(calls('c2'));
    await settle();
    expect(runs).toEqual(['c1', 'c2']);
    expect(await results(stage)).toEqual(['c1 answered', 'c2 abandoned']);
  });

  it('SHARE14 a session that begins anew may use the same ids for other calls', async () => {
    const { stage, a, b, runs } = await two();
    a.kill();
    await stage.clock.run(LEASE_MS + 2_000, 100);
    b.model.session.ready({ resumed: false });
    b.model.session.emit(calls('c1'));
    await settle();
    expect(runs).toEqual(['c1', 'c2', 'c1']);
  });
});
