import type { BargeIn } from '@colloquy/live-protocol';
import { describe, expect, it } from 'vitest';
import { sine } from '../src/testing/signals.ts';
import { audioFrame, type Guest, Stage } from './support/stage.ts';

async function open(bargeIn: BargeIn) {
  const stage = await Stage.open({ manager: { defaultConfiguration: { bargeIn } } });
  const ana = await stage.join('Ana', { role: 'host' });
  const ben = await stage.join('Ben');
  let index = 0;
  const talk = async (ms: number, who: Guest | null) => {
    for (let at = 0; at < ms; at += 20) {
      for (const guest of [ana, ben]) {
        const samples = guest === who ? sine({ frequency: 400, samples: 320 }) : new Int16Array(320);
        guest.connection.receiveMedia(audioFrame(index, samples));
      }
      index += 1;
      await stage.clock.run(20);
    }
  };
  return {
    stage,
    ana,
    ben,
    talk,
    answer: () => stage.model.session.emit({ type: 'outputTranscript', text: 'Trees are tall.' }),
    get cuts() {
      return ana.port.of('interrupted').length;
    },
  };
}

describe('interrupting the model', () => {
  it('BARGE1 takes half a second of speech; a cough is not enough, nor are several', async () => {
    const room = await open({ who: 'anyone', afterMs: 500 });
    room.answer();
    for (let n = 0; n < 5; n += 1) {
      await room.talk(240, room.ben);
      await room.talk(400, null);
    }
    expect(room.cuts).toBe(0);
    await room.talk(700, room.ben);
    expect(room.cuts).toBe(1);
    expect((await room.stage.entries()).at(-1)).toMatchObject({
      kind: 'ai.interrupted',
      body: { text: 'Trees are tall.', reason: 'barge-in' },
    });
  });

  it('BARGE2 is for those whom the room allows it', async () => {
    const hosts = await open({ who: 'hosts', afterMs: 200 });
    hosts.answer();
    await hosts.talk(1_000, hosts.ben);
    expect(hosts.cuts).toBe(0);
    await hosts.talk(400, hosts.ana);
    expect(hosts.cuts).toBe(1);
    const nobody = await open({ who: 'nobody', afterMs: 0 });
    nobody.answer();
    await nobody.talk(1_000, nobody.ana);
    expect(nobody.cuts).toBe(0);
  });

  it('BARGE3 is not what somebody does who is still finishing the question', async () => {
    const room = await open({ who: 'anyone', afterMs: 500 });
    await room.talk(1_000, room.ben);
    room.answer();
    await room.talk(200, room.ben);
    expect(room.cuts).toBe(0);
  });

  it('scenario 49: BARGE4 does not happen by the model itself: what an open microphone of nobody picks up softly is no speech', async () => {
    const room = await open({ who: 'anyone', afterMs: 500 });
    room.answer();
    for (let n = 0; n < 100; n += 1) {
      // The model's voice, 45 dB down: what echo cancellation leaves.
      room.ana.connection.receiveMedia(audioFrame(n, sine({ frequency: 300, samples: 320, amplitude: 100 })));
      await room.stage.clock.run(20);
    }
    expect(room.cuts).toBe(0);
    expect(room.stage.rooms.sessions()[0]?.people.some(({ speaking }) => speaking)).toBe(false);
  });
});
