/** Where the library reports what no caller can catch. It is silent without one. Details never hold content or secrets. */
export interface Logger {
  debug?(message: string, details?: Readonly<Record<string, unknown>>): void;
  warn?(message: string, details?: Readonly<Record<string, unknown>>): void;
  error?(message: string, details?: Readonly<Record<string, unknown>>): void;
}
