// Records without end; says so when there are three seconds on the disk.
import { fileRecordings } from '../src/recordings/index.ts';

const [directory = ''] = process.argv.slice(2);
const by = { participantId: 'ana', name: 'Ana' };
const writer = await fileRecordings({ directory }).begin({ roomId: 'r', recordingId: 'one', startedAt: 0, by });
const about = { file: 'mixed.wav', kind: 'mixed', participantId: null, name: 'Everybody', sampleRate: 16_000 } as const;
const track = writer.track(about);
const frame = new Int16Array(320);
for (let index = 0; ; index += 1) {
  for (let sample = 0; sample < frame.length; sample += 1) frame[sample] = (index * frame.length + sample) % 1_000;
  await track.write(index * frame.length, frame);
  if (index === 150) process.stdout.write('recording\n');
}
