import { describe, expect, it } from 'vitest';
import type { Microphone } from '../devices/microphone.ts';
import { FakeMedia } from '../testing/fake-media.ts';
import { duckWhileSpeaking } from './ducking.ts';
import type { Speaker } from './speaker.ts';

function scene(share: number) {
  const { microphone, speaker } = new FakeMedia();
  const undo = duckWhileSpeaking(microphone as unknown as Microphone, speaker as unknown as Speaker, share);
  return { microphone, speaker, undo };
}

describe('duckWhileSpeaking', () => {
  it('is quieter while somebody speaks here, and back when the microphone stops', () => {
    const { microphone, speaker, undo } = scene(0.7);
    const heard = [true, false, true].map((voice) => {
      microphone.hear({ voice });
      return speaker.duckedBy;
    });
    expect(heard).toEqual([0.7, 0, 0.7]);
    microphone.enter('muted');
    expect(speaker.duckedBy).toBe(0);
    microphone.hear({ voice: true });
    undo();
    expect(speaker.duckedBy).toBe(0);
    microphone.hear({ voice: true });
    expect(speaker.duckedBy).toBe(0);
  });

  it('does nothing at all when it is off', () => {
    const { microphone, speaker } = scene(0);
    expect(microphone.listenerCount).toBe(0);
    microphone.hear({ voice: true });
    expect(speaker.duckedBy).toBe(0);
  });
});
