import { type ChildProcess, fork } from 'node:child_process';
import { cpus } from 'node:os';
import type { FromIdleProcess } from './idle-process.ts';
import { type Stall, usedSince, watchLoop } from './stalls.ts';

/** What was late while something else was measured, by who was late. */
export interface LateThings {
  /** A process that has nothing to do: the machine was busy with others. */
  readonly idle: readonly Stall[];
  /** The disk, with a page that was to be kept: Redis acknowledges nothing meanwhile. */
  readonly disk: readonly Stall[];
  /** The process that has all people, the model and the bucket. */
  readonly driver: readonly Stall[];
  /** The servers; not those that were stopped. */
  readonly servers: readonly Stall[];
}

/** How many cores were in use, on average. */
export interface CoresUsed {
  readonly driver: number;
  readonly servers: number;
  /** By whatever else runs on the machine, Redis among it. */
  readonly others: number;
}

/** Watches how late this process, an idle one and the disk are, so that a pause of the machine is told from one of a server. */
export class MachineWatch {
  readonly #idle: Stall[] = [];
  readonly #disk: Stall[] = [];
  readonly #driver: Stall[] = [];
  readonly #child: ChildProcess;
  readonly #stop: () => void;
  readonly #startedAt = performance.now();
  readonly #busyBefore = busyMs();
  readonly #used = usedSince();

  constructor() {
    this.#stop = watchLoop((stall) => this.#driver.push(stall));
    this.#child = fork(new URL('./idle-process.ts', import.meta.url), [], {
      execArgv: ['--conditions=mono-source', '--no-warnings'],
    });
    this.#child.on('message', ({ of, stall }: FromIdleProcess) => {
      (of === 'loop' ? this.#idle : this.#disk).push(stall);
    });
  }

  /** @param servers - what they told of themselves. */
  late(servers: readonly Stall[]): LateThings {
    return { idle: this.#idle, disk: this.#disk, driver: this.#driver, servers };
  }

  /** @param serversMs - for how long the servers have used a core. Asked once. */
  cores(serversMs: number): CoresUsed {
    const share = (ms: number) => ms / (performance.now() - this.#startedAt);
    const driverMs = this.#used();
    const others = Math.max(0, busyMs() - this.#busyBefore - driverMs - serversMs);
    return { driver: share(driverMs), servers: share(serversMs), others: share(others) };
  }

  close(): void {
    this.#stop();
    if (this.#child.connected) this.#child.disconnect();
  }
}

/** For how long the cores of this machine have been in use, all together, milliseconds. */
function busyMs(): number {
  return cpus().reduce((sum, { times: { irq, nice, sys, user } }) => sum + irq + nice + sys + user, 0);
}
