import { type ChildProcess, fork } from 'node:child_process';
import type { FromIdleProcess } from './idle-process.ts';
import { type Stall, watchLoop } from './stalls.ts';

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

/** Watches how late this process, an idle one and the disk are, so that a pause of the machine is told from one of a server. */
export class MachineWatch {
  readonly #idle: Stall[] = [];
  readonly #disk: Stall[] = [];
  readonly #driver: Stall[] = [];
  readonly #child: ChildProcess;
  readonly #stop: () => void;

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

  close(): void {
    this.#stop();
    if (this.#child.connected) this.#child.disconnect();
  }
}
