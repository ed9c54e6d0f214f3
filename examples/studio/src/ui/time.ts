const clock = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
const longDay = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Time of day, such as `14:05`. */
export function formatClock(timeMs: number): string {
  return clock.format(timeMs);
}

/** Date and time to the second, for tips. */
export function formatFull(timeMs: number): string {
  return full.format(timeMs);
}

/** Date and time to the minute, for reading. */
export function formatDayAndClock(timeMs: number): string {
  return `${day.format(timeMs)}, ${clock.format(timeMs)}`;
}

/** A day as a heading: Today, Yesterday, or the date. */
export function formatDay(timeMs: number, nowMs: number): string {
  const days = Math.round((startOfDay(nowMs) - startOfDay(timeMs)) / DAY);
  if (days === 0) return 'Today';
  return days === 1 ? 'Yesterday' : longDay.format(timeMs);
}

/** How long ago, for the last week; the date before that. */
export function formatAgo(timeMs: number, nowMs: number): string {
  const age = Math.max(0, nowMs - timeMs);
  if (age < MINUTE) return 'Just now';
  if (age < HOUR) return relative.format(-Math.floor(age / MINUTE), 'minute');
  if (age < DAY) return relative.format(-Math.floor(age / HOUR), 'hour');
  if (age < 2 * DAY) return 'Yesterday';
  if (age < 7 * DAY) return relative.format(-Math.floor(age / DAY), 'day');
  return day.format(timeMs);
}

function startOfDay(timeMs: number): number {
  return new Date(timeMs).setHours(0, 0, 0, 0);
}
