import { expect, it } from 'vitest';
import { formatAgo, formatDay } from './time.ts';

const now = Date.UTC(2026, 5, 15, 12);

it.each([
  [0, 'Just now'],
  [59_000, 'Just now'],
  [-5000, 'Just now'],
  [60_000, '1 minute ago'],
  [59 * 60_000, '59 minutes ago'],
  [3 * 3_600_000, '3 hours ago'],
  [25 * 3_600_000, 'Yesterday'],
  [6 * 86_400_000, '6 days ago'],
])('%i ms ago reads "%s"', (age, text) => {
  expect(formatAgo(now - age, now)).toBe(text);
});

it('says the date when it was more than a week ago', () => {
  expect(formatAgo(now - 30 * 86_400_000, now)).toContain('2026');
});

it('calls days by their distance in calendar days, not in hours', () => {
  const justAfterMidnight = new Date(2026, 5, 15, 0, 5).getTime();
  expect(formatDay(justAfterMidnight, justAfterMidnight)).toBe('Today');
  expect(formatDay(justAfterMidnight - 10 * 60_000, justAfterMidnight)).toBe('Yesterday');
  expect(formatDay(justAfterMidnight - 3 * 86_400_000, justAfterMidnight)).toContain('2026');
});
