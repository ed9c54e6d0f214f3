import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A server that was started as its documentation says. */
export interface Program {
  /** The address that it printed. */
  readonly url: URL;
  stop(): Promise<void>;
}

/**
 * Starts `node` in `folder` and waits for the first line that names an address.
 *
 * @throws Error with everything it printed, when it ends before.
 */
export async function startProgram(
  folder: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Program> {
  const env = { ...process.env, PORT: '0', ...environment };
  const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  return { url: await waitForAddress(child), stop: () => stop(child) };
}

/**
 * Starts a command as somebody types it, with everything that it starts itself, and waits for an address.
 *
 * @throws Error with everything it printed, when it ends before.
 */
export async function startCommand(
  folder: string,
  [command = '', ...args]: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Program> {
  const env = { ...process.env, PORT: '0', ...environment };
  // A group of its own, which ends as one.
  const child = spawn(command, args, { cwd: folder, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close');
  return {
    url: await waitForAddress(child),
    stop: async () => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
      await closed; // nobody is left who could write
    },
  };
}

/**
 * The address in the first line that has one.
 *
 * @throws Error with everything it printed, when the program ends before.
 */
export async function waitForAddress({ stdout, stderr }: ChildProcess): Promise<URL> {
  if (!stdout || !stderr) throw new TypeError('The output of the program has to be piped.');
  const printed: string[] = [];
  createInterface({ input: stderr }).on('line', (line) => printed.push(line));
  for await (const line of createInterface({ input: stdout })) {
    printed.push(line);
    const [address] = line.match(/https?:\/\/[^\s/]+/) ?? [];
    if (!address) continue;
    stdout.resume(); // nobody reads on, and a full pipe would stop it
    return new URL(address);
  }
  throw new Error(`The program ended before it served:\n${printed.join('\n')}`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
