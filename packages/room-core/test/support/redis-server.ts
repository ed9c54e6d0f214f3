import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const PATHS = (process.env.PATH ?? '').split(delimiter).map((directory) => join(directory, 'redis-server'));
const COMMAND = PATHS.find((path) => existsSync(path));

/** Why there is no Redis to test with; `null`: there is. */
export const whyNoRedis: string | null =
  COMMAND === undefined ? 'redis-server is not installed (Debian: apt-get install redis-server)' : null;

/** A real Redis of its own, on a Unix socket, with its data in a folder of its own. */
export class RedisServer {
  readonly directory: string;
  readonly socket: string;
  #process: ChildProcess | null = null;

  private constructor(directory: string) {
    this.directory = directory;
    this.socket = join(directory, 'redis.sock');
  }

  static async start(): Promise<RedisServer> {
    const server = new RedisServer(await mkdtemp(join(tmpdir(), 'colloquy-redis-')));
    await server.run();
    return server;
  }

  get connection(): { readonly path: string } {
    return { path: this.socket };
  }

  /** Starts the process on the data that is there. Resolves when it takes connections. */
  async run(): Promise<void> {
    await rm(this.socket, { force: true });
    const options = ['--port', '0', '--unixsocket', this.socket, '--dir', this.directory, '--save', ''];
    const child = spawn(COMMAND ?? '', [...options, '--appendonly', 'yes', '--appendfsync', 'always'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#process = child;
    await new Promise<void>((resolve, reject) => {
      let said = '';
      child.on('error', reject);
      child.on('exit', () => reject(new Error(`redis-server ended: ${said}`)));
      child.stdout?.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes('eady to accept connections')) resolve();
      });
    });
    await new Promise<void>((resolve, reject) => {
      const socket = connect(this.socket, () => {
        socket.destroy();
        resolve();
      });
      socket.on('error', reject);
    });
  }

  /** Ends the process with a signal and waits for its end; the data stay. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (!child) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }

  async stop(): Promise<void> {
    await this.kill('SIGKILL');
    await rm(this.directory, { recursive: true, force: true });
  }
}
