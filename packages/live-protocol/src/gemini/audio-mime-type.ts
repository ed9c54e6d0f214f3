/** What a MIME type says about raw audio. */
export interface AudioMimeType {
  /** Hertz; `null` when the type does not say, as Vertex does (`audio/pcm`, which is 24 kHz from the model). */
  readonly sampleRate: number | null;
}

/** Reads `audio/pcm` or `audio/l16` with an optional `rate`; `null` for any other type or a senseless rate. */
export function parseAudioMimeType(mimeType: string): AudioMimeType | null {
  const [type = '', ...parameters] = mimeType.toLowerCase().split(';');
  if (!/^audio\/(pcm|l16)$/.test(type.trim())) return null;
  for (const parameter of parameters) {
    const [name = '', value = ''] = parameter.split('=');
    if (name.trim() !== 'rate') continue;
    const sampleRate = Number(value.trim().replace(/^"(.*)"$/, '$1'));
    return Number.isInteger(sampleRate) && sampleRate > 0 && sampleRate <= 384_000 ? { sampleRate } : null;
  }
  return { sampleRate: null };
}
