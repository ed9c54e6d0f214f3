import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeDirectory } from './make-directory.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'colloquy-'));
});
afterEach(() => rmSync(home, { recursive: true }));

it('creates what is missing, and is content with what is there', () => {
  const directory = join(home, 'a', 'b', 'c');
  makeDirectory(directory);
  makeDirectory(directory);
  expect(statSync(directory).isDirectory()).toBe(true);
});

it('fails where a file is in the way', () => {
  writeFileSync(join(home, 'file'), '');
  expect(() => makeDirectory(join(home, 'file', 'data'))).toThrow(/ENOTDIR/);
});

it.runIf(process.platform === 'linux')('fails where the system creates nothing, instead of trying for ever', () => {
  expect(() => makeDirectory('/proc/colloquy')).toThrow(/ENOENT/);
  expect(() => makeDirectory('/proc/colloquy/data')).toThrow(/ENOENT/);
});
