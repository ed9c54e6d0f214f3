import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runCli } from '../src/cli/run-cli.ts';
import { readRecording, startEmulator } from '../src/index.ts';

async function run(...args: string[]): Promise<{ code: number; out: string; error: string }> {
  const out: string[] = [];
  const error: string[] = [];
  const code = await runCli({
    args,
    version: '1.2.3',
    out: (line) => out.push(line),
    error: (line) => error.push(line),
    stopped: Promise.resolve(),
  });
  return { code, out: out.join('\n'), error: error.join('\n') };
}

describe('the command line', () => {
  it('prints help and version', async () => {
    expect((await run('--help')).out).toMatch(/^Usage: live-emulator/);
    expect(await run('--version')).toEqual({ code: 0, out: '1.2.3', error: '' });
  });

  it('runs, says where, and stops when asked', async () => {
    const { code, out } = await run(
      '--port',
      '0',
      '--profile',
      '3.8',
      '--seed',
      '2',
      '--phrases',
      'fixtures',
      '--voice',
      'synthetic',
    );
    expect(code).toBe(0);
    expect(out).toMatch(/^live-emulator 1\.2\.3 listens on http:\/\/127\.0\.0\.1:\d+$/m);
  });

  it.each([
    [['--port', 'http'], '--port is "http"; give a whole number from 0 to 65535.'],
    [['--port', '99999'], '--port is "99999"; give a whole number from 0 to 65535.'],
    [['--profile', '9'], '--profile is "9"; give one of 2.5-native, 3.1, 3.8, 3.8-et, vertex-2.5-flash.'],
    [['--seed', '-1'], '--seed'],
    [['--voice', 'loud'], '--voice is "loud"; give one of synthetic, espeak-ng, auto.'],
    [['--max-connection-seconds', 'ten'], '--max-connection-seconds is "ten"; give a number of at least 0.'],
    [['--time-scale', '0'], '--time-scale is "0"; give a number of at least 0.001.'],
    [['--fault', 'soon'], '--fault is "soon"; give what and when, such as goAway@30s or drop@5s.'],
    [['--fault', 'boredom@3s'], '--fault is "boredom@3s": name is "boredom"; give one of'],
    [['--fault', 'close:1006:x@3s'], '--fault is "close:1006:x@3s": code is 1006;'],
    [['--unverified', 'usage=soon'], '--unverified: unverified.usage is "soon"; give one of "withTurnComplete"'],
    [['--unverified', 'usage'], '--unverified: is "usage"; give name=value'],
    [['--idle-timeout-seconds', 'soon'], '--idle-timeout-seconds is "soon"; give a number of at least 0.'],
    [['--pacing', 'chunkMs=5'], '--pacing chunkMs is 5; give a whole number from 20 to 1000.'],
    [['--max-message-bytes', '1'], '--max-message-bytes is 1; give a whole number from 1024 to'],
    [['--close', 'contextFull=1005:x'], '--close contextFull.closeCode is 1005; give a close code that may be sent'],
    [
      ['--idle-timeout-seconds', '-1'],
      "Option '--idle-timeout-seconds' argument is ambiguous. Run live-emulator --help",
    ],
    [['--nope'], "Unknown option '--nope'. Run live-emulator --help"],
    [['extra'], 'The command is "extra"; give record, replay, or none.'],
    [['record', '--out', 'x'], 'To record, give --upstream <url> and --out <file>, and nothing more.'],
    [['record', 'x', '--out', 'x', '--upstream', 'ws://x'], 'To record, give'],
    [['record', '--out', 'x', '--upstream', 'ws://x', '--media', 'some'], '--media is "some"; give one of keep, fing'],
    [['record', '--seed', '1'], '--seed does not belong to the command record.'],
    [['replay'], 'To replay, give the one file that was recorded.'],
    [['replay', 'a', 'b'], 'To replay, give the one file'],
    [['replay', 'a', '--media', 'keep'], '--media does not belong to the command replay.'],
    [['--out', 'x'], '--out belongs to the command record.'],
  ])('%j is refused with exit code 2', async (args, message) => {
    const { code, out, error } = await run(...args);
    expect([code, out]).toEqual([2, '']);
    expect(error).toContain(message);
  });

  it.each([
    [
      [
        '--port',
        '0',
        '--fault',
        'goAway@30s',
        '--fault',
        'goAway:10@30',
        '--fault',
        'close:1011:a:b@5s',
        '--fault',
        'quota@1.5s',
      ],
    ],
    [
      [
        '--port',
        '0',
        '--unverified',
        'usage=early',
        '--unverified',
        'refusedApiVersions=v1',
        '--resumption-seconds',
        '9',
      ],
    ],
    [['--port', '0', '--api-key', 'a', '--api-key', 'b', '--goaway-notice-seconds', '5', '--time-scale', '10']],
  ])('%j is taken', async (args) => {
    expect((await run('--voice', 'synthetic', ...args)).error).toBe('');
  });

  it('reports a port in use with exit code 1', async () => {
    const emulator = await startEmulator();
    const { code, error } = await run('--voice', 'synthetic', '--port', String(emulator.port));
    await emulator.close();
    expect(code).toBe(1);
    expect(error).toContain(`Port ${emulator.port} on 127.0.0.1 is in use`);
  });

  it('reports a folder without phrases with exit code 1', async () => {
    const { code, error } = await run('--port', '0', '--phrases', '/nowhere');
    expect(code).toBe(1);
    expect(error).toContain('The phrases in /nowhere/ cannot be read');
  });
});

describe('recording from the command line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'live-emulator-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('writes a new file that replay can read', async () => {
    const file = join(folder, 'session.jsonl');
    const recorded = await run('record', '--port', '0', '--upstream', 'ws://127.0.0.1:1', '--out', file);
    expect(recorded).toMatchObject({ code: 0, error: '' });
    expect(recorded.out).toMatch(/records ws:\/\/127\.0\.0\.1:1 on http:\/\/127\.0\.0\.1:\d+$/m);
    expect(readRecording(readFileSync(file, 'utf8')).lines).toEqual([]);
    expect(statSync(file).mode & 0o077).toBe(0);
    expect(await run('replay', file)).toMatchObject({ code: 1, error: expect.stringContaining('has no connection') });
    const open = { type: 'open', atMs: 1, connection: 1, path: '/' };
    appendFileSync(file, `${JSON.stringify(open)}\n`);
    const played = await run('replay', file, '--port', '0', '--time-scale', '2');
    expect(played).toMatchObject({ code: 0, error: '' });
    expect(played.out).toContain(`plays ${file} on http://127.0.0.1:`);
  });

  it('overwrites nothing, and says what is wrong with files and addresses', async () => {
    const file = join(folder, 'other.jsonl');
    appendFileSync(file, 'mine');
    const again = await run('record', '--port', '0', '--upstream', 'ws://x', '--out', file);
    expect(again).toMatchObject({ code: 1, error: expect.stringContaining('cannot be begun: it exists already.') });
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect(await run('replay', file)).toMatchObject({
      code: 1,
      error: expect.stringContaining('Line 1 of the recording'),
    });
    expect((await run('replay', join(folder, 'none'))).error).toContain('cannot be read');
    const wrong = await run('record', '--port', '0', '--upstream', 'nowhere', '--out', join(folder, 'third.jsonl'));
    expect(wrong).toMatchObject({ code: 2, error: expect.stringContaining('--upstream is "nowhere"; give a URL') });
    const secret = await run(
      'record',
      '--port',
      '0',
      '--upstream',
      'ws://x/y?key=hidden',
      '--out',
      join(folder, 'k.jsonl'),
    );
    expect(secret).toMatchObject({ code: 2, error: expect.stringContaining('--upstream has a query or a user') });
    expect(secret.out + secret.error).not.toContain('hidden');
  });
});
