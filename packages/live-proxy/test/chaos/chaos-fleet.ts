import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { ChaosNodeOptions, FromChaosNode } from './chaos-node.ts';
import { type Stall, wallNow } from './stalls.ts';

/** A stop begins so long before it is late at most, milliseconds. */
const NOTICED_LATE_MS = 200;

/** One of the servers, in one process after the other. */
export class ChaosServer {
  readonly #options: ChaosNodeOptions;
  readonly #errors: string[] = [];
  /** How late it was; not while it was stopped. */
  readonly late: Stall[] = [];
  /** From having the lease of a room to running it, milliseconds. */
  readonly openedMs: number[] = [];
  /** From running a room to its model being there, milliseconds. */
  readonly sessionsMs: { readonly resumed: number[]; readonly started: number[] } = { resumed: [], started: [] };
  /** For how long it used a core, milliseconds. */
  usedMs = 0;
  /** When it was stopped last, milliseconds since 1970. */
  #frozenAt = 0;
  #child: ChildProcess | null = null;
  #isServing = false;
  #isFrozen = false;
  /** `0` before the first start. */
  port = 0;
  nodeId = '';

  constructor(options: ChaosNodeOptions) {
    this.#options = options;
  }

  /** Whether a balancer sends people here. */
  get isServing(): boolean {
    return this.#isServing;
  }

  /** Whether whoever is connected to it is answered. */
  get isUp(): boolean {
    return this.#child !== null && !this.#isFrozen;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** What went wrong in it, for people to read. */
  get errors(): readonly string[] {
    return this.#errors;
  }

  async start(): Promise<void> {
    const child = fork(new URL('./chaos-node.ts', import.meta.url), [JSON.stringify(this.#options)], {
      execArgv: ['--conditions=mono-source', '--no-warnings'],
    });
    this.#child = child;
    const up = new Promise<Extract<FromChaosNode, { t: 'up' }>>((resolve, reject) => {
      child.on('message', (message: FromChaosNode) => {
        if (message.t === 'up') resolve(message);
        else this.#take(message);
      });
      child.once('exit', (code, signal) => reject(new Error(`A server ended before it was up (${code ?? signal}).`)));
    });
    const { port, nodeId } = await up;
    this.port = port;
    this.nodeId = nodeId;
    this.#isServing = true;
  }

  /** What is told of rooms that it opened counts from now on. */
  forgetOpenings(): void {
    for (const times of [this.openedMs, this.sessionsMs.resumed, this.sessionsMs.started]) times.length = 0;
  }

  #take(message: Exclude<FromChaosNode, { readonly t: 'up' }>): void {
    switch (message.t) {
      case 'error':
        this.#errors.push(message.error);
        return;
      case 'taken':
        this.openedMs.push(message.ms);
        return;
      case 'session':
        this.sessionsMs[message.outcome].push(message.ms);
        return;
      case 'late': {
        this.usedMs += message.usedMs;
        const { at, ms } = message.stall;
        if (this.#frozenAt < at - ms - NOTICED_LATE_MS || this.#frozenAt > at) this.late.push(message.stall);
        return;
      }
      default:
        message satisfies never;
    }
  }

  /** Ends it; the balancer notices at once, as it does where a connection is refused. @returns its exit code. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    const child = this.#child;
    this.#isServing = false;
    this.#child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const ended = once(child, 'exit');
    child.kill(signal);
    const [code] = await ended;
    return code as number | null;
  }

  /** Stops it where it stands; connections to it stay open and are silent. */
  freeze(): void {
    this.#isFrozen = true;
    this.#frozenAt = wallNow();
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#isFrozen = false;
    this.#child?.kill('SIGCONT');
    this.#isServing = true;
  }

  /** The balancer has noticed that it does not answer. */
  takeOut(): void {
    this.#isServing = false;
  }
}

/** Which server somebody is sent to: the first of theirs that serves, so that the people of a room are spread. */
export function balance(servers: readonly ChaosServer[], preferred: number): string {
  for (let step = 0; step < servers.length; step += 1) {
    const server = servers[(preferred + step) % servers.length];
    if (server?.isServing) return server.url;
  }
  return servers[preferred % servers.length]?.url ?? '';
}
