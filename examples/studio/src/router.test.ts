import { expect, it } from 'vitest';
import { historyPath, parseRoute, roomPath } from './router.tsx';

it.each([
  ['/', { page: 'lobby' }],
  [roomPath('a-B_9'), { page: 'room', roomId: 'a-B_9' }],
  ['/rooms/x/', { page: 'room', roomId: 'x' }],
  [historyPath('x'), { page: 'history', roomId: 'x' }],
])('reads %s', (path, route) => {
  expect(parseRoute(path)).toEqual(route);
});

it.each(['/rooms', '/rooms/', '/rooms/a b', '/rooms/../x', '/rooms/x/other', `/rooms/${'x'.repeat(65)}`, '/else'])(
  'shows "not found" for %s',
  (path) => {
    expect(parseRoute(path)).toEqual({ page: 'not-found' });
  },
);
