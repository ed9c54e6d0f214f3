/** Where the library reports what no caller can catch. It is silent without one. Details never hold content or secrets. */
export interface Logger {
  /** What happens in normal operation. */
  debug?(message: string, details?: Readonly<Record<string, unknown>>): void;
  /** What somebody should look at some day. */
  warn?(message: string, details?: Readonly<Record<string, unknown>>): void;
  /** What failed. */
  error?(message: string, details?: Readonly<Record<string, unknown>>): void;
}
