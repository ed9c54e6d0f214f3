import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { roomScene } from '../../test/room-scene.ts';
import { settle } from '../testing/scripted-network.ts';
import type { RoomClientTool } from './room-tools.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const toolCall = (callId: string, name = 'show', maxBytes = 1_000) =>
  ({ type: 'toolCall', callId, name, args: { page: 2 }, deadlineMs: 60_000, maxBytes }) as const;

/** A tool that runs until the test says how it ends. */
function held() {
  const runs: { readonly signal: AbortSignal; readonly end: (result: unknown) => void }[] = [];
  const tool: RoomClientTool = {
    name: 'show',
    run: (_args, { signal }) => new Promise((end) => runs.push({ signal, end })),
  };
  return { tool, runs };
}

async function scene(tool: RoomClientTool = { name: 'show', run: ({ page }) => ({ page }) }) {
  const all = roomScene();
  const unregister = all.client.registerTool(tool);
  await all.join();
  const answers = () => [...all.network.socket.messages('toolResult'), ...all.network.socket.messages('toolFailed')];
  return { ...all, unregister, answers };
}

describe('tools of the room that this page runs', () => {
  it('are offered on joining and whenever they change; a page without any says nothing', async () => {
    const bare = roomScene();
    await bare.join();
    expect(bare.network.socket.messages('tools')).toEqual([]);
    const { client, network, unregister } = await scene();
    client.registerTool({ name: 'hide', run: () => ({}) });
    unregister();
    expect(network.socket.messages('tools').map(({ names }) => names)).toEqual([['show'], ['show', 'hide'], ['hide']]);
    expect(() => client.registerTool({ name: 'hide', run: () => ({}) })).toThrow('named "hide"');
  });

  it('run when the server says so, and are answered with what they give', async () => {
    const { network, answers } = await scene();
    network.socket.say(toolCall('c1'));
    await settle();
    expect(answers()).toEqual([{ type: 'toolResult', callId: 'c1', response: { page: 2 } }]);
  });

  it('that throw, give too much or are not here any more have failed', async () => {
    const run = vi.fn((): unknown => {
      throw new Error('There is no page 2.');
    });
    const { network, answers } = await scene({ name: 'show', run });
    network.socket.say(toolCall('c1'));
    await settle();
    run.mockImplementation(() => ({ text: 'ä'.repeat(100) }));
    network.socket.say(toolCall('c2', 'show', 150));
    network.socket.say(toolCall('c3', 'gone'));
    await settle();
    expect(answers()).toEqual([
      { type: 'toolFailed', callId: 'c1', message: 'There is no page 2.' },
      { type: 'toolFailed', callId: 'c3', message: 'The page does not offer this tool any more.' },
      { type: 'toolFailed', callId: 'c2', message: 'The answer has 211 bytes; 150 are the most.' },
    ]);
  });

  it('that give what is no JSON have failed, with the name of the tool and the remedy', async () => {
    const { network, answers } = await scene({ name: 'show', run: () => ({ count: 1n }) });
    network.socket.say(toolCall('c1'));
    await settle();
    const message = expect.stringMatching(/^The tool "show" returned what JSON cannot carry; return plain objects/);
    expect(answers()).toEqual([{ type: 'toolFailed', callId: 'c1', message }]);
  });

  it('that are cancelled are aborted and not answered; one that is taken away has failed', async () => {
    const { tool, runs } = held();
    const { network, answers, unregister } = await scene(tool);
    network.socket.say(toolCall('c1'));
    network.socket.say(toolCall('c2'));
    await settle();
    network.socket.say({ type: 'toolCancelled', callId: 'c1' });
    expect(runs.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    unregister();
    expect(runs[1]?.signal.aborted).toBe(true);
    for (const run of runs) run.end({});
    await settle();
    expect(answers()).toMatchObject([{ type: 'toolFailed', callId: 'c2' }]);
  });

  it('go on over a broken connection: what runs and what was answered is named, and answered again', async () => {
    const { tool, runs } = held();
    const { network, rejoin } = await scene(tool);
    for (const callId of ['c1', 'c2', 'c3']) network.socket.say(toolCall(callId));
    await settle();
    runs[0]?.end({ n: 1 });
    await settle();
    runs[1]?.end({ n: 2 });
    await rejoin();
    expect(network.socket.messages('tools')).toEqual([{ type: 'tools', names: ['show'], running: ['c3', 'c1', 'c2'] }]);
    expect(network.socket.messages('toolResult').map(({ callId }) => callId)).toEqual(['c1', 'c2']);
    runs[2]?.end({ n: 3 });
    await settle();
    expect(network.socket.messages('toolResult').map(({ callId }) => callId)).toEqual(['c1', 'c2', 'c3']);
    expect(runs).toHaveLength(3);
  });

  it('are aborted when the connection ends for good', async () => {
    const { tool, runs } = held();
    const { client, network } = await scene(tool);
    network.socket.say(toolCall('c1'));
    await settle();
    const disposed = client.dispose();
    await vi.runAllTimersAsync();
    await disposed;
    expect(runs[0]?.signal.aborted).toBe(true);
    expect(() => client.registerTool(tool)).toThrow('disposed');
  });
});

describe('approvals', () => {
  const asked = {
    ...{ type: 'toolApproval', callId: 'c1', name: 'erase', args: {} },
    ...{ requestedBy: [{ participantId: 'ben', name: 'Ben' }], deadlineMs: null },
  } as const;

  it('stand in the snapshot until somebody has decided; a decision is sent once', async () => {
    const { client, network } = await scene();
    const told: number[] = [];
    client.on('toolApprovalsChanged', ({ toolApprovals }) => told.push(toolApprovals.length));
    network.socket.say(asked);
    expect(client.getSnapshot().toolApprovals).toMatchObject([{ callId: 'c1', name: 'erase', expiresAt: null }]);
    client.decideTool('c1', true);
    client.decideTool('unknown', true);
    expect(network.socket.messages('toolDecision')).toEqual([{ type: 'toolDecision', callId: 'c1', approved: true }]);
    network.socket.say({ type: 'toolDecided', callId: 'c1', approved: true, by: null });
    expect(client.getSnapshot().toolApprovals).toEqual([]);
    expect(told).toEqual([1, 0]);
  });

  it('are those of the newest connection', async () => {
    const { client, network, rejoin } = await scene();
    network.socket.say(asked);
    await rejoin();
    expect(client.getSnapshot().toolApprovals).toEqual([]);
  });
});
