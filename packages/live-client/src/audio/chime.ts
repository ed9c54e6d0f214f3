import { withDeadline } from '../deadline.ts';
import { outputFailed } from './output-device.ts';

/** E5 and A5: a fourth upwards, which sounds like a question answered. */
const CHIME_HZ = [659.25, 880] as const;
const CHIME_SECONDS = 0.28;
const CHIME_GAIN = 0.25;

/** A device that takes no sound any more never ends it, milliseconds; the chime itself takes 560. */
const CHIME_DEADLINE_MS = 3_000;

/**
 * Plays two short tones into `gain`; resolves when they are over.
 *
 * @throws {@link LiveClientError} `ERR_OUTPUT_DEVICE` when the output takes no sound.
 */
export async function playChime(context: AudioContext, gain: GainNode): Promise<void> {
  const tones = CHIME_HZ.map((frequency, index) => {
    const at = context.currentTime + index * CHIME_SECONDS;
    const tone = context.createOscillator();
    const envelope = context.createGain();
    tone.frequency.value = frequency;
    envelope.gain.setValueAtTime(0, at);
    envelope.gain.linearRampToValueAtTime(CHIME_GAIN, at + 0.02);
    envelope.gain.linearRampToValueAtTime(0, at + CHIME_SECONDS);
    tone.connect(envelope).connect(gain);
    tone.start(at);
    tone.stop(at + CHIME_SECONDS);
    return tone;
  });
  const over = new Promise<void>((resolve) => {
    const last = tones.at(-1);
    if (last) last.onended = () => resolve();
    else resolve();
  });
  await withDeadline(over, CHIME_DEADLINE_MS, () => outputFailed('The output took no sound.'));
}
