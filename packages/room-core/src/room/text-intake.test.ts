import type { RoomServerMessage } from '@colloquy/live-protocol';
import { describe, expect, it } from 'vitest';
import { settle } from '../testing/fake-clock.ts';
import type { StoredResult } from './room-log.ts';
import { TextIntake, type TextRoom } from './text-intake.ts';

/** An intake over a store that answers as told, or when told. */
function intakeOver(room: Partial<TextRoom>) {
  const sent: RoomServerMessage[] = [];
  const intake = new TextIntake({
    room: {
      limits: { maxTextLength: 100, maxTextsPerSecond: 0 },
      monotonic: () => 0,
      roleOf: () => 'speaker',
      append: async () => ({ outcome: 'duplicate', seq: null }),
      skip: async () => ({ outcome: 'skipped' }),
      report: () => {},
      ...room,
    },
    identity: { participantId: 'ana', name: 'Ana', role: 'speaker' },
    clientId: 'tab',
    send: (message) => sent.push(message),
  });
  const say = (n: number) =>
    intake.receive({ type: 'pub', cid: `tab:${n}`, kind: 'msg.text', body: { text: 'text', toModel: false } });
  const answers = () => sent.map((message) => ('code' in message ? message.code : message.type));
  return { intake, say, answers };
}

describe('the intake of texts', () => {
  it('TEXT12 acknowledges nothing of an epoch that ended before the client was told', async () => {
    let stored = (_result: StoredResult): void => {};
    const append = () =>
      new Promise<StoredResult>((resolve) => {
        stored = resolve;
      });
    const { answers, intake, say } = intakeOver({ append });
    say(1);
    // The answer is on its way here while the log turns out to have lost it.
    stored({ outcome: 'duplicate', seq: 5 });
    intake.epochTurned(4);
    await settle();
    expect(answers()).toEqual(['ERR_STORE_UNAVAILABLE']);
  });

  it('TEXT12 takes back what was acknowledged as stored before, too, when it is lost', async () => {
    const { answers, intake, say } = intakeOver({ append: async () => ({ outcome: 'duplicate', seq: 5 }) });
    say(1);
    await settle();
    intake.epochTurned(4);
    say(2);
    await settle();
    expect(answers()).toEqual(['ack', 'ERR_CID_GAP']);
    say(1);
    say(2);
    await settle();
    expect(answers().slice(2)).toEqual(['ack', 'ack']);
  });

  it('TEXT12 takes one text at a time again where the client may be unknown in the new epoch', async () => {
    const asked: string[] = [];
    let go = (): void => {};
    const held = new Promise<void>((resolve) => {
      go = resolve;
    });
    const { answers, intake, say } = intakeOver({
      append: async ({ cid = '' }) => {
        asked.push(cid);
        if (asked.length > 1) await held;
        return { outcome: 'duplicate', seq: null };
      },
    });
    say(1);
    await settle();
    intake.epochTurned(4);
    say(1);
    say(2);
    await settle();
    expect(asked).toEqual(['tab:1', 'tab:1']);
    go();
    await settle();
    expect(asked).toEqual(['tab:1', 'tab:1', 'tab:2']);
    expect(answers()).toEqual(['ack', 'ack', 'ack']);
  });
});
