import { AppLog, type AppLogPort } from './app-log.ts';

/** One {@link AppLog} for each topic that is asked for. */
export class AppLogs {
  readonly #port: AppLogPort;
  readonly #logs = new Map<string, AppLog>();

  constructor(port: AppLogPort) {
    this.#port = port;
  }

  /** The same object each time. */
  of(topic: string): AppLog {
    const known = this.#logs.get(topic);
    if (known) return known;
    const log = new AppLog(topic, this.#port);
    this.#logs.set(topic, log);
    return log;
  }
}
