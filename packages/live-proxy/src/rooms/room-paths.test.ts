import { expect, test } from 'vitest';
import { parseRoomPath } from './room-paths.ts';

test.each([
  ['/rooms', { type: 'rooms' }],
  ['/rooms/', { type: 'rooms' }],
  ['/rooms/a-1_B', { type: 'room', roomId: 'a-1_B' }],
  ['/rooms/a/', { type: 'room', roomId: 'a' }],
  ['/rooms/a/close', { type: 'close', roomId: 'a' }],
  ['/rooms/a/history', { type: 'history', roomId: 'a' }],
  ['/rooms/a/live', { type: 'live', roomId: 'a', backend: 'gemini' }],
  ['/rooms/a/close/b', { type: 'unknown' }],
  ['/rooms//close', { type: 'unknown' }],
  ['/roomsx', null],
  ['/room', null],
  ['/', null],
])('%s below /rooms', (pathname, expected) => {
  expect(parseRoomPath('/rooms', pathname)).toEqual(expected);
});

test('a mount at the root owns every path', () => {
  expect(parseRoomPath('', '/')).toEqual({ type: 'rooms' });
  expect(parseRoomPath('', '/a')).toEqual({ type: 'room', roomId: 'a' });
});
