/** Codes of {@link LiveEmulatorError}; `docs/errors.md` has a row for each. */
export type LiveEmulatorErrorCode =
  | 'ERR_EMULATOR_PORT_IN_USE'
  | 'ERR_EMULATOR_LISTEN'
  | 'ERR_EMULATOR_VOICE'
  | 'ERR_EMULATOR_WAV'
  | 'ERR_EMULATOR_PHRASES'
  | 'ERR_EMULATOR_RECORDING';

/** What the emulator cannot do. The message names the thing, the value and the remedy. */
export class LiveEmulatorError extends Error {
  override readonly name = 'LiveEmulatorError';
  /** Stable code to branch on. */
  readonly code: LiveEmulatorErrorCode;

  constructor(code: LiveEmulatorErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Whether `error` is a {@link LiveEmulatorError}, also one of another copy of this package. */
export function isLiveEmulatorError(error: unknown): error is LiveEmulatorError {
  return error instanceof Error && error.name === 'LiveEmulatorError' && 'code' in error;
}
