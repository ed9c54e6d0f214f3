import { LiveEmulatorError } from '../errors.ts';
import { encodePcm16, toSample } from './pcm16.ts';

/** Mono 16-bit audio with its rate. */
export interface PcmAudio {
  readonly samples: Int16Array;
  /** Samples per second. */
  readonly sampleRate: number;
}

/** Length of the header that {@link writeWav} puts in front of the samples, in bytes. */
export const WAV_HEADER_BYTES = 44;

/** A WAV file: 16-bit PCM, mono. */
export function writeWav(audio: PcmAudio): Uint8Array {
  const bytes = encodePcm16(audio.samples);
  const file = new Uint8Array(WAV_HEADER_BYTES + bytes.byteLength);
  file.set(wavHeader(bytes.byteLength, audio.sampleRate));
  file.set(bytes, WAV_HEADER_BYTES);
  return file;
}

/** The header of a mono 16-bit WAV file whose samples take `dataBytes`. */
export function wavHeader(dataBytes: number, sampleRate: number): Uint8Array {
  const header = new Uint8Array(WAV_HEADER_BYTES);
  const view = new DataView(header.buffer);
  writeTag(header, 0, 'RIFF');
  view.setUint32(4, WAV_HEADER_BYTES - 8 + dataBytes, true);
  writeTag(header, 8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  writeTag(header, 36, 'data');
  view.setUint32(40, dataBytes, true);
  return header;
}

/**
 * Samples of a 16-bit PCM WAV file; several channels are averaged into one.
 * A data length that runs past the end, as streaming writers leave it, means "to the end".
 *
 * @throws {@link LiveEmulatorError} `ERR_EMULATOR_WAV` when it is no such file.
 */
export function readWav(file: Uint8Array): PcmAudio {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.byteLength < 12 || readTag(file, 0) !== 'RIFF' || readTag(file, 8) !== 'WAVE') {
    throw notReadable('it does not begin with RIFF and WAVE');
  }
  let format: { channels: number; sampleRate: number } | null = null;
  for (let offset = 12; offset + 8 <= file.byteLength; ) {
    const size = view.getUint32(offset + 4, true);
    const body = offset + 8;
    const tag = readTag(file, offset);
    if (tag === 'fmt ' && body + 16 <= file.byteLength) format = readFormat(view, body);
    if (tag === 'data') {
      if (!format) throw notReadable('its data comes before its format');
      return {
        samples: readMono(view, body, Math.min(size, file.byteLength - body), format.channels),
        sampleRate: format.sampleRate,
      };
    }
    offset = body + size + (size % 2);
  }
  throw notReadable('it holds no data chunk');
}

function readFormat(view: DataView, offset: number): { channels: number; sampleRate: number } {
  const encoding = view.getUint16(offset, true);
  const channels = view.getUint16(offset + 2, true);
  const bits = view.getUint16(offset + 14, true);
  // 0xFFFE is WAVE_FORMAT_EXTENSIBLE, which recorders use for plain PCM too.
  if ((encoding !== 1 && encoding !== 0xfffe) || bits !== 16 || channels === 0) {
    throw notReadable(`its encoding is ${encoding} with ${bits} bits and ${channels} channels`);
  }
  return { channels, sampleRate: view.getUint32(offset + 4, true) };
}

function readMono(view: DataView, offset: number, bytes: number, channels: number): Int16Array {
  const samples = new Int16Array(Math.floor(bytes / 2 / channels));
  for (let index = 0; index < samples.length; index += 1) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel += 1) {
      sum += view.getInt16(offset + (index * channels + channel) * 2, true);
    }
    samples[index] = toSample(sum / channels);
  }
  return samples;
}

function readTag(file: Uint8Array, offset: number): string {
  return String.fromCharCode(...file.subarray(offset, offset + 4));
}

function writeTag(file: Uint8Array, offset: number, tag: string): void {
  for (let index = 0; index < tag.length; index += 1) file[offset + index] = tag.charCodeAt(index);
}

function notReadable(why: string): LiveEmulatorError {
  return new LiveEmulatorError('ERR_EMULATOR_WAV', `This WAV file cannot be read: ${why}. Give a 16-bit PCM WAV file.`);
}
