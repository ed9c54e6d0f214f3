/** `HH:MM:SS.mmm` of WebVTT; hours grow as they need. */
export function toCueTime(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  const part = (unit: number, size: number, digits: number) =>
    String(Math.floor(whole / unit) % size).padStart(digits, '0');
  const hours = String(Math.floor(whole / 3_600_000)).padStart(2, '0');
  return `${hours}:${part(60_000, 60, 2)}:${part(1_000, 60, 2)}.${part(1, 1_000, 3)}`;
}

/** Dates and times of minutes in one zone. */
export interface TimeWords {
  readonly zone: string;
  /** `2026-11-28` */
  date(ms: number): string;
  /** `14:05:09` */
  time(ms: number): string;
}

/** @throws RangeError for a zone that the platform does not know. */
export function timeWords(timeZone: string): TimeWords {
  // Swedish writes dates as ISO 8601 does.
  const date = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' });
  const time = new Intl.DateTimeFormat('sv-SE', { timeZone, timeStyle: 'medium' });
  return { zone: timeZone, date: (ms) => date.format(ms), time: (ms) => time.format(ms) };
}
