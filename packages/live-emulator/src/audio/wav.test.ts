import { describe, expect, it } from 'vitest';
import { readWav, writeWav } from './wav.ts';

const samples = Int16Array.from([0, 1, -1, 32767, -32768, 1234]);

describe('WAV files', () => {
  it('are read back as they were written', () => {
    const read = readWav(writeWav({ samples, sampleRate: 24_000 }));
    expect(read).toEqual({ samples, sampleRate: 24_000 });
  });

  it('with other chunks in front, several channels, and an open length are understood', () => {
    const mono = writeWav({ samples: Int16Array.from([100, 300, -200, -400]), sampleRate: 8_000 });
    const list = Buffer.from('LIST\x03\x00\x00\x00abc\x00', 'latin1');
    const file = Buffer.concat([mono.subarray(0, 12), list, mono.subarray(12)]);
    file.writeUInt16LE(2, 12 + list.length + 8 + 2);
    file.writeUInt32LE(0xffffffff, 12 + list.length + 24 + 4);
    expect(readWav(file)).toEqual({ samples: Int16Array.from([200, -300]), sampleRate: 8_000 });
  });

  it.each([
    ['nothing', new Uint8Array(0), 'does not begin with RIFF'],
    ['text', new TextEncoder().encode('hello, this is no sound'), 'does not begin with RIFF'],
    ['a header alone', writeWav({ samples, sampleRate: 8_000 }).subarray(0, 36), 'holds no data chunk'],
  ])('%s is refused with the remedy', (_, file, why) => {
    expect(() => readWav(file)).toThrow(why);
    expect(() => readWav(file)).toThrow('Give a 16-bit PCM WAV file.');
  });

  it('of another encoding are refused', () => {
    const file = Buffer.from(writeWav({ samples, sampleRate: 8_000 }));
    file.writeUInt16LE(3, 20);
    expect(() => readWav(file)).toThrow('its encoding is 3');
  });
});
