import { LiveClientError } from '../errors.ts';
import { type DeviceKind, toDeviceError } from './device-errors.ts';
import { abortedError } from './device-retry.ts';

/** Something that was opened and has to be closed. */
export interface OpenDevice {
  close(): void;
}

/** What a {@link DeviceSession} needs to know of its device. */
export interface DeviceSessionOptions<Request, Opened extends OpenDevice> {
  readonly device: DeviceKind;
  /** Opens the device; `signal` says that nobody waits any more. What it still resolves to is closed. */
  readonly open: (request: Request, signal: AbortSignal) => Promise<Opened>;
  /** Whether an open or opening device already is what is asked for. */
  readonly isSame: (current: Request, asked: Request) => boolean;
  /** Called after every change of {@link DeviceSession.phase}. */
  readonly changed: () => void;
}

/** Where a {@link DeviceSession} is. */
export type DevicePhase<Request, Opened> =
  | { readonly status: 'off' }
  | { readonly status: 'starting'; readonly request: Request }
  | { readonly status: 'on'; readonly request: Request; readonly opened: Opened }
  | { readonly status: 'failed'; readonly error: LiveClientError };

interface Attempt<Request> {
  readonly request: Request;
  readonly controller: AbortController;
  readonly finished: Promise<void>;
  /** Starts that wait for it. */
  waiting: number;
}

/**
 * Starting and stopping of one device, in any order and at any time: at most one is open, a late one is closed again,
 * and every `start` settles.
 *
 * ```
 *  off ──start──▶ starting ──opened──▶ on ──stop──▶ off
 *   ▲               │  │                │ ▲
 *   └──stop, abort──┘  └─fails─▶ failed ◀─┘ lost      start on another device while on: the old one
 *                                  └──start──▶ …       stays until the new one is open
 * ```
 */
export class DeviceSession<Request, Opened extends OpenDevice> {
  readonly #options: DeviceSessionOptions<Request, Opened>;
  #phase: DevicePhase<Request, Opened> = { status: 'off' };
  #attempt: Attempt<Request> | null = null;
  #disposed = false;

  constructor(options: DeviceSessionOptions<Request, Opened>) {
    this.#options = options;
  }

  get phase(): DevicePhase<Request, Opened> {
    return this.#phase;
  }

  /** What is being opened, also while another device is on; `null` when nothing is. */
  get opening(): Request | null {
    return this.#attempt?.request ?? null;
  }

  /**
   * Resolves when the device is open. Asking for the same again joins the attempt that runs; asking for another one
   * replaces it.
   *
   * @throws {@link LiveClientError} `ERR_ABORTED` when the signal fired, or when it was stopped or replaced; else why
   * the device could not be opened.
   */
  async start(request: Request, signal?: AbortSignal): Promise<void> {
    const { device, isSame } = this.#options;
    if (this.#disposed) throw new LiveClientError('ERR_DISPOSED', `The ${device} was disposed; make a new one.`);
    if (signal?.aborted) throw abortedError(device, signal.reason);
    if (this.#attempt && isSame(this.#attempt.request, request)) return this.#wait(this.#attempt, signal);
    if (!this.#attempt && this.#phase.status === 'on' && isSame(this.#phase.request, request)) return;
    this.#abandon();
    return this.#wait(this.#begin(request), signal);
  }

  /** Closes the device, or gives up opening it. */
  stop(): void {
    this.#abandon();
    if (this.#phase.status === 'off') return;
    const phase = this.#phase;
    this.#enter({ status: 'off' });
    if (phase.status === 'on') phase.opened.close();
  }

  /** The open device failed; it is closed. Does nothing when it is not this one that is open. */
  fail(opened: Opened, error: LiveClientError): void {
    if (this.#phase.status !== 'on' || this.#phase.opened !== opened) return;
    // When another device is being opened already, that goes on.
    this.#enter(this.#attempt ? { status: 'starting', request: this.#attempt.request } : { status: 'failed', error });
    opened.close();
  }

  dispose(): void {
    this.stop();
    this.#disposed = true;
  }

  #begin(request: Request): Attempt<Request> {
    const controller = new AbortController();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    // Who aborts does not wait for the browser, which may hang on a permission prompt.
    controller.signal.addEventListener('abort', () => {
      reject(abortedError(this.#options.device, controller.signal.reason));
    });
    const attempt: Attempt<Request> = { request, controller, finished: promise, waiting: 0 };
    this.#attempt = attempt;
    if (this.#phase.status !== 'on') this.#enter({ status: 'starting', request });
    this.#options.open(request, controller.signal).then(
      (opened) => {
        if (this.#attempt !== attempt) opened.close();
        else this.#opened(request, opened);
        resolve();
      },
      (cause: unknown) => {
        const error = toDeviceError(cause, this.#options.device);
        if (this.#attempt === attempt) this.#failed(error);
        reject(error);
      },
    );
    return attempt;
  }

  #opened(request: Request, opened: Opened): void {
    this.#attempt = null;
    const before = this.#phase;
    this.#enter({ status: 'on', request, opened });
    if (before.status === 'on') before.opened.close();
  }

  #failed(error: LiveClientError): void {
    this.#attempt = null;
    // A switch that fails leaves the device that was on as it is.
    if (this.#phase.status === 'starting') this.#enter({ status: 'failed', error });
  }

  /** The attempt is given up when nobody waits for it any more. */
  async #wait(attempt: Attempt<Request>, signal: AbortSignal | undefined): Promise<void> {
    attempt.waiting += 1;
    if (!signal) return attempt.finished;
    const { promise, reject } = Promise.withResolvers<never>();
    const abort = () => {
      attempt.waiting -= 1;
      reject(abortedError(this.#options.device, signal.reason));
      if (attempt.waiting === 0 && this.#attempt === attempt) this.#giveUp(signal.reason);
    };
    signal.addEventListener('abort', abort);
    try {
      await Promise.race([attempt.finished, promise]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  #giveUp(reason: unknown): void {
    this.#abandon(reason);
    if (this.#phase.status === 'starting') this.#enter({ status: 'off' });
  }

  /** Nobody waits for the attempt any more; what it opens late is closed. */
  #abandon(reason?: unknown): void {
    const attempt = this.#attempt;
    this.#attempt = null;
    attempt?.controller.abort(reason);
  }

  #enter(phase: DevicePhase<Request, Opened>): void {
    this.#phase = phase;
    this.#options.changed();
  }
}
