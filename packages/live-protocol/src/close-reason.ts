/** Longest close reason that RFC 6455 §5.5 allows, in UTF-8 bytes. */
export const MAX_CLOSE_REASON_BYTES = 123;

/** The longest start of `reason` that fits a close frame: 123 UTF-8 bytes, never half a character. */
export function toCloseReason(reason: string): string {
  const encoded = new TextEncoder().encode(reason);
  if (encoded.byteLength <= MAX_CLOSE_REASON_BYTES) return reason;
  let end = MAX_CLOSE_REASON_BYTES;
  // A continuation byte (10xxxxxx) belongs to the character before it: cut in front of that character.
  while (end > 0 && ((encoded[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return new TextDecoder().decode(encoded.subarray(0, end));
}
