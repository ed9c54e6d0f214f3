import { describe, expect, it } from 'vitest';
import { NodeStage } from '../support/node-stage.ts';

const LEASE_MS = 10_000;

/** Whether numbers follow each other. */
const isSlice = (seqs: readonly number[]) =>
  seqs.every((seq, index) => index === 0 || seq === (seqs[index - 1] ?? 0) + 1);

describe('a server that is cut off from the store and from all others', () => {
  it('[42] SHARE8 shows what it had, refuses texts retryably, and goes on after that without a gap or a duplicate', async () => {
    const stage = await NodeStage.open();
    const [a, b] = [stage.server('a'), stage.server('b')];
    const ana = await a.join('Ana');
    const ben = await b.join('Ben');
    ben.say('Before');
    await stage.clock.run(1_000, 100);
    b.cutOff(true);
    const cid = ben.say('Does anybody hear me?');
    ana.say('Ben?');
    await stage.clock.run(5_000, 100);
    expect(ben.port.last('nack')).toMatchObject({ cid, code: 'ERR_STORE_UNAVAILABLE', retryable: true });
    expect(ben.texts).toEqual(['Before']);
    // That the model is away is all that the wire has to say of it.
    expect(ben.port.last('model').model.status).toBe('reconnecting');
    expect(ben.port.closed).toBeNull();
    b.cutOff(false);
    // Sent again under its number, as clients do, and once more.
    for (let times = 0; times < 2; times += 1) {
      ben.n -= 1;
      expect(ben.say('Does anybody hear me?')).toBe(cid);
    }
    await stage.clock.run(LEASE_MS + 5_000, 100);
    for (const guest of [ana, ben]) {
      expect(guest.texts).toEqual(['Before', 'Ben?', 'Does anybody hear me?']);
      expect(isSlice(guest.port.entries.map(({ seq }) => seq))).toBe(true);
      expect(guest.sees).toEqual(['Ana', 'Ben', 'Model']);
    }
    expect(ben.port.last('model').model.status).toBe('listening');
    expect(await stage.kinds()).not.toContain('participant.removed');
  });
});
