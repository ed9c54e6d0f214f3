import { describe, expect, it } from 'vitest';
import { VoiceTimeline } from '../attribution/voice-timeline.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { ModelEar } from './model-ear.ts';

const FRAME = new Int16Array(320);

function open(options: { readonly mayGoOn?: boolean; readonly activity?: 'automatic' | 'manual' } = {}) {
  const said: string[] = [];
  let frames = 0;
  const ear = new ModelEar({
    clock: new FakeClock(),
    timeline: new VoiceTimeline(),
    actorOf: (participantId) => ({ participantId, name: participantId.toUpperCase() }),
    speakerCues: () => 'text',
    mayGoOn: () => options.mayGoOn ?? true,
    model: {
      listener: {},
      activity: options.activity ?? 'manual',
      sendAudio: () => {
        frames += 1;
      },
      endAudio: () => said.push('end of audio'),
      startActivity: () => said.push('start'),
      endActivity: () => said.push(`end after ${frames}`),
      tellSpeakers: (names) => said.push(names.join('+')),
    },
  });
  const hear = (count: number, voiced: readonly string[] = []) => {
    for (let n = 0; n < count; n += 1) ear.receive({ type: 'frame', samples: FRAME, voiced, talking: voiced });
  };
  const turn = (type: 'turnStart' | 'turnEnd', participantId: string) => ear.receive({ type, participantId });
  return { ear, hear, said, turn };
}

describe('turns that the room begins', () => {
  it('POL9 last until 400 ms after everybody has finished, with the names of those who spoke inside', () => {
    const { hear, said, turn } = open();
    hear(10);
    turn('turnStart', 'ana');
    hear(50, ['ana']);
    turn('turnEnd', 'ana');
    hear(19);
    turn('turnStart', 'ben');
    hear(30, ['ben']);
    turn('turnEnd', 'ben');
    hear(21);
    // Nothing before the first turn; the frame in which the end is noticed is not sent.
    expect(said).toEqual(['start', 'ANA', 'BEN', `end after ${50 + 19 + 30 + 20}`]);
    hear(100);
    expect(said).toHaveLength(4);
  });

  it('POL9 end at once when the floor is given back', () => {
    const { hear, said, turn } = open({ mayGoOn: false });
    turn('turnStart', 'ana');
    hear(25, ['ana']);
    turn('turnEnd', 'ana');
    expect(said).toEqual(['start', 'ANA', 'end after 25']);
  });

  it('POL9 are none where the session finds speech by itself', () => {
    const { ear, hear, said, turn } = open({ activity: 'automatic' });
    turn('turnStart', 'ana');
    hear(25, ['ana']);
    turn('turnEnd', 'ana');
    ear.receive({ type: 'paused' });
    expect(said).toEqual(['end of audio']);
  });
});
