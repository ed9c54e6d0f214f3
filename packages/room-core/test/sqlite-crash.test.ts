import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_ROOM_CONFIGURATION } from '@colloquy/live-protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sqliteEngine } from '../src/sqlite/index.ts';
import { random } from './support/rough-engine.ts';

const record = {
  id: 'r',
  name: 'Room',
  status: 'open',
  createdAt: 1,
  closedAt: null,
  configuration: DEFAULT_ROOM_CONFIGURATION,
  version: 1,
} as const;
const writerPath = new URL('./sqlite-crash-writer.ts', import.meta.url).pathname;

/** Lets a child write until it has acknowledged `most` texts, kills it, and gives what it acknowledged until then. */
async function writeAndKill(directory: string, round: number, most: number): Promise<readonly string[]> {
  const child = spawn(process.execPath, ['--conditions=mono-source', writerPath, directory, String(round)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  let output = '';
  for await (const chunk of child.stdout) {
    output += String(chunk);
    if (output.split('\n').length > most) child.kill('SIGKILL');
  }
  await exited;
  // The last line may be cut.
  return output.split('\n').slice(0, -1);
}

describe('sqlite engine, when all goes down', () => {
  let directory = '';
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'room-crash-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('SQL2 (scenario 34) has every acknowledged text exactly once and no hole, kill after kill in the middle of writes', async () => {
    const first = sqliteEngine({ directory });
    await first.rooms.create(record);
    await first.close();
    const draw = random(7);
    const acknowledged: string[] = [];
    for (let round = 1; round <= 4; round += 1) {
      acknowledged.push(...(await writeAndKill(directory, round, 20 + Math.floor(draw() * 150))));
      const engine = sqliteEngine({ directory });
      const { top } = await engine.position('r');
      const stored: string[] = [];
      for (let from = 1; from <= top; from += 1000) {
        const page = await engine.read('r', { from, limit: 1000 });
        expect(page.map(({ seq }) => seq)).toEqual(page.map((_, index) => from + index));
        stored.push(...page.flatMap((entry) => (entry.kind === 'msg.text' ? [entry.body.text] : [])));
      }
      await engine.close();
      expect(new Set(stored).size).toBe(stored.length);
      expect(acknowledged.filter((text) => !stored.includes(text))).toEqual([]);
    }
    expect(acknowledged.length).toBeGreaterThan(80);
  });

  it('SQL8 acknowledges nothing once its file was deleted or another one stands in its place', async () => {
    const text = {
      kind: 'msg.text',
      actor: { participantId: 'ana', name: 'Ana' },
      body: { text: 'x', toModel: false },
    } as const;
    const engine = sqliteEngine({ directory });
    await engine.rooms.create(record);
    await engine.append('r', text);
    const failure = { code: 'ERR_STORE_UNAVAILABLE', message: expect.stringContaining('deleted or replaced') };
    await rename(join(directory, 'rooms.sqlite'), join(directory, 'moved.sqlite'));
    await expect(engine.append('r', text)).rejects.toMatchObject(failure);
    // What only was away is good again.
    await rename(join(directory, 'moved.sqlite'), join(directory, 'rooms.sqlite'));
    expect(await engine.append('r', text)).toMatchObject({ entry: { seq: 2 } });
    await rm(directory, { recursive: true });
    await expect(engine.append('r', text)).rejects.toMatchObject(failure);
    await engine.close();
  });

  it('SQL9 refuses options that cannot be', () => {
    expect(() => sqliteEngine(undefined as never)).toThrow('needs a "directory"');
    expect(() => sqliteEngine({ directory, now: 5 as never })).toThrow('"now" must be a function');
  });
});
