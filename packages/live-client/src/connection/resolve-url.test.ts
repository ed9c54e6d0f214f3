import { describe, expect, it } from 'vitest';
import { resolveSocketUrl } from './resolve-url.ts';

describe('resolveSocketUrl', () => {
  it.each([
    ['wss://host/rooms/a', undefined, 'wss://host/rooms/a'],
    ['ws://host:9/a?b=c', undefined, 'ws://host:9/a?b=c'],
    ['https://host/rooms/a', undefined, 'wss://host/rooms/a'],
    ['http://127.0.0.1:8080/rooms/a#part', undefined, 'ws://127.0.0.1:8080/rooms/a'],
    ['/rooms/a', 'https://host:444/lobby', 'wss://host:444/rooms/a'],
    ['rooms/a', 'http://host/app/', 'ws://host/app/rooms/a'],
  ])('%s on %s is %s', (url, base, expected) => {
    expect(resolveSocketUrl(url, base)).toBe(expected);
  });

  it('names a path without a page, another scheme, and nonsense', () => {
    expect(() => resolveSocketUrl('/rooms/a', undefined)).toThrow(/"\/rooms\/a" is not an absolute URL.*ws:\/\//);
    expect(() => resolveSocketUrl('ftp://host/a')).toThrow(/"ftp:\/\/host\/a" has the scheme "ftp:"/);
    expect(() => resolveSocketUrl('http://', 'http://host')).toThrow(TypeError);
  });
});
