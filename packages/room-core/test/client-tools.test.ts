import type { LogEntry, ParticipantRole } from '@colloquy/live-protocol';
import { describe, expect, it, vi } from 'vitest';
import { settle } from '../src/testing/fake-clock.ts';
import type { ClientTool, ToolPlace } from '../src/tools/room-tool.ts';
import { type Guest, Stage } from './support/stage.ts';

const show = (runsIn: ToolPlace, options: Partial<ClientTool> = {}): ClientTool => ({
  ...{ name: 'show', description: 'Shows something on the page.', runsIn },
  ...options,
});

const open = (tool: ClientTool) => Stage.open({ manager: { tools: [tool] } });

async function join(stage: Stage, name: string, role: ParticipantRole = 'speaker', clientId = `tab-${name}`) {
  const guest = await stage.join(name, { role, clientId });
  guest.connection.receive({ type: 'tools', names: ['show', 'unknown'] });
  return guest;
}

async function call(stage: Stage, asker: Guest | null = null, callId = 'c1') {
  asker?.say('Show it.', { toModel: true });
  await settle();
  stage.model.session.emit({ type: 'toolCalls', calls: [{ callId, name: 'show', args: { page: 2 } }] });
  await settle();
}

const callsOf = ({ port }: Guest) => port.of('toolCall').map(({ callId }) => callId);
const answers = (stage: Stage) =>
  stage.model.session.calls.flatMap((made) => (made.call === 'toolResponse' ? [made.response] : []));

async function results(stage: Stage) {
  const entries = await stage.entries();
  return entries
    .filter((entry): entry is Extract<LogEntry, { kind: 'tool.result' }> => entry.kind === 'tool.result')
    .map(({ body }) => ({ outcome: body.outcome, by: body.by?.name }));
}

describe('a tool that runs in a browser', () => {
  it.each<[string, ToolPlace, string | null, string]>([
    ['of a host', 'host', null, 'Ana'],
    ['of the host who asked', 'host', 'Dan', 'Dan'],
    ['of whoever asked', 'requester', 'Ben', 'Ben'],
    ['of a role', { role: 'viewer' }, 'Ben', 'Cy'],
  ])('CTOOL1 goes to one browser %s, and what it answers to the model', async (_title, place, asker, runner) => {
    const stage = await open(show(place));
    const people = new Map<string, Guest>();
    for (const [name, role] of [
      ['Ana', 'host'],
      ['Ben', 'speaker'],
      ['Cy', 'viewer'],
      ['Dan', 'host'],
    ] as const) {
      people.set(name, await join(stage, name, role));
    }
    await call(stage, asker === null ? null : (people.get(asker) ?? null));
    const got = [...people].filter(([, guest]) => callsOf(guest).length > 0).map(([name]) => name);
    expect(got).toEqual([runner]);
    const guest = people.get(runner) as Guest;
    expect(guest.port.of('toolCall')).toEqual([
      { type: 'toolCall', callId: 'c1', name: 'show', args: { page: 2 }, deadlineMs: 60_000, maxBytes: 49_152 },
    ]);
    guest.connection.receive({ type: 'toolResult', callId: 'c1', response: { shown: true } });
    guest.connection.receive({ type: 'toolResult', callId: 'c1', response: { shown: 'again' } });
    await settle();
    expect(answers(stage)).toEqual([{ shown: true }]);
    expect(await results(stage)).toEqual([{ outcome: 'answered', by: runner }]);
  });

  it('CTOOL1 only to one that offered it; where none is, the call is abandoned and the model told', async () => {
    const stage = await open(show('host'));
    const ana = await stage.join('Ana', { role: 'host' });
    await join(stage, 'Ben');
    await call(stage);
    expect(ana.port.of('toolCall')).toEqual([]);
    expect(answers(stage)).toEqual([{ error: 'Nobody who could run it is here.' }]);
    expect(await results(stage)).toEqual([{ outcome: 'abandoned', by: undefined }]);
  });

  it('CTOOL2 nobody else may answer it', async () => {
    const stage = await open(show('host'));
    const ana = await join(stage, 'Ana', 'host');
    const ben = await join(stage, 'Ben');
    await call(stage);
    ben.connection.receive({ type: 'toolResult', callId: 'c1', response: { mine: true } });
    ana.connection.receive({ type: 'toolFailed', callId: 'c1', message: 'There is no page 2.' });
    await settle();
    expect(ben.port.of('error')).toMatchObject([{ code: 'ERR_NOT_ALLOWED' }]);
    expect(answers(stage)).toEqual([{ error: 'There is no page 2.' }]);
  });

  it('CTOOL3 a browser that leaves has it abandoned, since it may have run; one that is idempotent moves on', async () => {
    for (const idempotent of [false, true]) {
      const stage = await open(show('host', { idempotent }));
      const ana = await join(stage, 'Ana', 'host');
      const dan = await join(stage, 'Dan', 'host');
      await call(stage);
      ana.connection.receive({ type: 'leave' });
      await settle();
      expect(callsOf(dan)).toEqual(idempotent ? ['c1'] : []);
      if (idempotent) dan.connection.receive({ type: 'toolResult', callId: 'c1', response: {} });
      await settle();
      expect(await results(stage)).toEqual([
        idempotent ? { outcome: 'answered', by: 'Dan' } : { outcome: 'abandoned', by: 'Ana' },
      ]);
    }
  });

  it('CTOOL4 a tab whose connection broke goes on with it when it is back in time and says so', async () => {
    const stage = await open(show('host', { timeoutMs: 0 }));
    const before = await join(stage, 'Ana', 'host');
    await call(stage);
    before.connection.disconnected();
    await stage.clock.run(10_000, 1_000);
    const after = await stage.join('Ana', { role: 'host', clientId: 'tab-Ana' });
    after.connection.receive({ type: 'tools', names: ['show'], running: ['c1', 'over'] });
    after.connection.receive({ type: 'toolResult', callId: 'c1', response: { shown: true } });
    await settle();
    expect(after.port.of('toolCall')).toEqual([]);
    expect(after.port.of('toolCancelled')).toEqual([{ type: 'toolCancelled', callId: 'over' }]);
    expect(answers(stage)).toEqual([{ shown: true }]);
  });

  it.each([
    ['the page was loaded anew', true],
    ['it does not come back', false],
  ])('CTOOL4 when %s, the call is not run a second time', async (_title, comesBack) => {
    const stage = await open(show('host', { timeoutMs: 0 }));
    const before = await join(stage, 'Ana', 'host');
    await call(stage);
    before.connection.disconnected();
    if (comesBack) {
      const after = await join(stage, 'Ana', 'host');
      expect(after.port.of('toolCall')).toEqual([]);
    } else await stage.clock.run(15_000, 1_000);
    await settle();
    expect(await results(stage)).toEqual([{ outcome: 'abandoned', by: 'Ana' }]);
  });

  it('CTOOL5 what is cancelled or late is told to the browser, and its answer dropped', async () => {
    const stage = await open(show('host', { timeoutMs: 5_000 }));
    const ana = await join(stage, 'Ana', 'host');
    await call(stage, null, 'c1');
    await call(stage, null, 'c2');
    stage.model.session.emit({ type: 'toolCallsCancelled', callIds: ['c1'] });
    await stage.clock.run(5_000, 1_000);
    expect(ana.port.of('toolCancelled').map(({ callId }) => callId)).toEqual(['c1', 'c2']);
    for (const callId of ['c1', 'c2']) ana.connection.receive({ type: 'toolResult', callId, response: {} });
    await settle();
    expect((await results(stage)).map(({ outcome }) => outcome)).toEqual(['cancelled', 'timed-out']);
    expect(ana.port.of('error')).toEqual([]);
  });

  it('CTOOL6 an answer that is too large is none', async () => {
    const stage = await Stage.open({ manager: { tools: [show('host')], limits: { maxToolResultBytes: 100 } } });
    const ana = await join(stage, 'Ana', 'host');
    await call(stage);
    ana.connection.receive({ type: 'toolResult', callId: 'c1', response: { text: 'x'.repeat(100) } });
    await settle();
    expect(answers(stage)[0]?.error).toContain('100 are the most');
    expect(await results(stage)).toEqual([{ outcome: 'failed', by: 'Ana' }]);
  });
});

describe('a tool that asks first', () => {
  const approval = { by: 'host', timeoutMs: 20_000 } as const;
  const erase = (run: () => Record<string, unknown>) => ({
    ...{ name: 'show', description: 'Erases the board.', approval },
    run,
  });

  async function ask(run = vi.fn(() => ({ done: true }))) {
    const stage = await Stage.open({ manager: { tools: [erase(run)] } });
    const ana = await stage.join('Ana', { role: 'host' });
    const ben = await stage.join('Ben');
    await call(stage, ben);
    return { stage, ana, ben, run };
  }

  it('APPR1 runs when a host allows it, and the log says who did', async () => {
    const { stage, ana, ben, run } = await ask();
    expect(run).not.toHaveBeenCalled();
    expect(ana.port.of('toolApproval')).toMatchObject([
      { callId: 'c1', name: 'show', args: { page: 2 }, requestedBy: [{ name: 'Ben' }], deadlineMs: 20_000 },
    ]);
    expect(ben.port.of('toolApproval')).toEqual([]);
    ana.connection.receive({ type: 'toolDecision', callId: 'c1', approved: true });
    ana.connection.receive({ type: 'toolDecision', callId: 'c1', approved: false });
    await settle();
    expect(run).toHaveBeenCalledOnce();
    expect(answers(stage)).toEqual([{ done: true }]);
    expect((await stage.entries()).at(-1)).toMatchObject({
      body: { outcome: 'answered', approvedBy: { name: 'Ana' } },
    });
    expect(ana.port.of('toolDecided')).toMatchObject([{ callId: 'c1', approved: true, by: { name: 'Ana' } }]);
  });

  it('APPR2 is not run when refused, when nobody decides in time, or when the model cancels', async () => {
    const refused = await ask();
    refused.ana.connection.receive({ type: 'toolDecision', callId: 'c1', approved: false });
    const late = await ask();
    await late.stage.clock.run(20_000, 1_000);
    const cancelled = await ask();
    cancelled.stage.model.session.emit({ type: 'toolCallsCancelled', callIds: ['c1'] });
    await settle();
    expect(answers(refused.stage)).toEqual([{ error: 'Ana did not allow it.' }]);
    expect(answers(late.stage)).toEqual([{ error: 'Nobody allowed it in time.' }]);
    expect(answers(cancelled.stage)).toEqual([]);
    for (const { ana, run } of [refused, late, cancelled]) {
      expect(run).not.toHaveBeenCalled();
      expect(ana.port.of('toolDecided')).toMatchObject([{ approved: false }]);
    }
  });

  it('APPR3 nobody decides without the role; whoever comes later or becomes host is asked too', async () => {
    const { stage, ben, run } = await ask();
    ben.connection.receive({ type: 'toolDecision', callId: 'c1', approved: true });
    await settle();
    expect(ben.port.of('error')).toMatchObject([{ code: 'ERR_NOT_ALLOWED' }]);
    const dan = await stage.join('Dan', { role: 'host' });
    expect(dan.port.of('toolApproval')).toHaveLength(1);
    stage.rooms.setRole(stage.roomId, 'ben', 'host');
    expect(ben.port.of('toolApproval')).toHaveLength(1);
    expect(run).not.toHaveBeenCalled();
    ben.connection.receive({ type: 'toolDecision', callId: 'c1', approved: true });
    await settle();
    expect(run).toHaveBeenCalledOnce();
  });
});
