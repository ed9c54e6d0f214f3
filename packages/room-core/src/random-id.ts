const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** A random id of 96 bits, safe in addresses. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  // 64 letters, so the lowest six bits of a byte choose one without bias.
  return Array.from(bytes, (byte) => ALPHABET[byte & 63]).join('');
}
