import { describe, expect, it } from 'vitest';
import { runCli } from '../src/cli/run-cli.ts';
import { startEmulator } from '../src/index.ts';

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
    [['--nope'], "Unknown option '--nope'. Run live-emulator --help"],
    [['extra'], "Unexpected argument 'extra'. "],
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
