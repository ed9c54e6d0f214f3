/** What tells people apart at a glance: the same person has the same colour and letters on every screen. */

const HUES = 8;

/** Value of `data-hue` for a participant: `model`, or a number from 0 to 7. */
export function hueOf(participantId: string): string {
  if (participantId === 'model') return 'model';
  let hash = 0x811c9dc5;
  for (const character of participantId) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return String(((hash ^ (hash >>> 15)) >>> 0) % HUES);
}

/** One or two letters for a name: first and last word, or the first letter of a single word. */
export function initialsOf(name: string): string {
  const words = name.split(/[\s._-]+/u).filter((word) => /[\p{L}\p{N}]/u.test(word));
  const [first, ...others] = words;
  const last = others.at(-1);
  const letters = [first, last].map((word) => /[\p{L}\p{N}]/u.exec(word ?? '')?.[0] ?? '');
  return letters.join('').toLocaleUpperCase() || [...name][0] || '?';
}
