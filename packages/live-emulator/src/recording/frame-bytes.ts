import type { MediaFingerprint, MessageLine } from './recording-line.ts';

/** The bytes of a recorded message. In place of a fingerprint stand as many zeros: silence, or a picture that is none. */
export function frameBytes(line: MessageLine): Uint8Array {
  if (line.base64 !== undefined) return Buffer.from(line.base64, 'base64');
  if (line.text !== undefined) return Buffer.from(line.text);
  return Buffer.from(
    JSON.stringify(line.message, (_, value: unknown) => (isFingerprint(value) ? zeros(value) : value)),
  );
}

function isFingerprint(value: unknown): value is MediaFingerprint {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 2) return false;
  const { sha256, bytes } = value as Partial<MediaFingerprint>;
  return typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256) && Number.isSafeInteger(bytes);
}

function zeros({ bytes }: MediaFingerprint): string {
  return Buffer.alloc(Math.max(0, bytes)).toString('base64');
}
