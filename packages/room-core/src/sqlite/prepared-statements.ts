import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** The statements of a database, each prepared when it is first needed. */
export class PreparedStatements {
  readonly #database: DatabaseSync;
  readonly #known = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  of(sql: string): StatementSync {
    const known = this.#known.get(sql);
    if (known) return known;
    const prepared = this.#database.prepare(sql);
    // `run` tells the row that was added last, and the index of words names its rows by numbers that a double cannot hold.
    prepared.setReadBigInts(!sql.startsWith('SELECT'));
    this.#known.set(sql, prepared);
    return prepared;
  }

  /** To be called before the database is closed. */
  clear(): void {
    this.#known.clear();
  }
}
