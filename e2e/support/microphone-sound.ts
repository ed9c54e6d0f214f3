import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { knownSound, toWav } from './known-sound.ts';
import type { ArrivedFrame, ScriptedModel } from './scripted-model.ts';

/** 70 dB below the loudest there can be: what is put where a microphone gives nothing is zeros. */
const FLOOR = 10;

/** Whether something is heard in the frame. */
export function isSound({ samples }: ArrivedFrame): boolean {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  return Math.sqrt(power) > FLOOR;
}

/** Waits for so many more frames in which something is heard. A microphone that reads nothing sends frames as well, of zeros. */
export function soundBeyond(model: ScriptedModel, count: number): Promise<unknown> {
  const before = model.frames.length;
  const came = () => model.frames.slice(before);
  return eventually(
    () =>
      `${count} more frames with sound arrive; ${came().length} came, ${came().filter(isSound).length} of them with sound`,
    () => came().filter(isSound).length >= count,
  );
}

/** Makes the recording that never pauses, and the argument by which it is the sound of Chromium's fake microphone. */
export async function knownMicrophone(folder: string): Promise<string> {
  const wav = join(folder, 'known.wav');
  await writeFile(wav, toWav(knownSound(48_000), 48_000));
  return `--use-file-for-fake-audio-capture=${wav}`;
}
