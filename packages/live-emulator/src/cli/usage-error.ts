/** A command line that cannot be obeyed; the message names the option, the value and the remedy. */
export class CliUsageError extends Error {
  override readonly name = 'CliUsageError';
}
