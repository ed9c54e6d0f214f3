/** Where the emulator tells what it does. Every member is optional; without a logger it is silent. */
export interface Logger {
  debug?(message: string): void;
  warn?(message: string): void;
  error?(message: string, cause?: unknown): void;
}
