/** Where the emulator tells what it does. Every member is optional; without a logger it is silent. */
export interface Logger {
  /** What happens in normal operation. */
  debug?(message: string): void;
  /** What a client does that the service would not like. */
  warn?(message: string): void;
  /** What failed in the emulator itself. */
  error?(message: string, cause?: unknown): void;
}
