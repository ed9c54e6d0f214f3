import { setTimeout as sleep } from 'node:timers/promises';
import type { SimulatedClient } from './simulated-client.ts';

/** Clients that come back by themselves, each with one attempt at a time. */
export class SimulatedCrowd {
  readonly clients: readonly SimulatedClient[];
  readonly #attempts = new Map<SimulatedClient, Promise<void>>();

  constructor(clients: readonly SimulatedClient[]) {
    this.clients = clients;
  }

  get isAtRest(): boolean {
    return this.clients.every(({ connected, idle }) => connected && idle);
  }

  /** Has a client connect unless it is connected; resolves when the attempt is over, however. */
  connect(client: SimulatedClient): Promise<void> {
    if (client.connected) return Promise.resolve();
    const attempt = this.#attempts.get(client) ?? this.#try(client);
    this.#attempts.set(client, attempt);
    return attempt;
  }

  /** Everybody's socket breaks, also of those who are on their way in. */
  cut(): void {
    for (const client of this.clients) client.cut();
  }

  /** Goes on until `isDone`, with everybody back and everything sent again. @returns whether it was done in `patienceMs`. */
  async goOnUntil(isDone: () => boolean | Promise<boolean>, patienceMs: number): Promise<boolean> {
    const until = performance.now() + patienceMs;
    while (!(await isDone())) {
      if (performance.now() >= until) return false;
      for (const client of this.clients) {
        if (client.connected) client.flush();
        else void this.connect(client);
      }
      await sleep(30);
    }
    return true;
  }

  async #try(client: SimulatedClient): Promise<void> {
    // Whatever stops it passes.
    await client.connect().catch(() => {});
    this.#attempts.delete(client);
  }
}
