/** Everything that can go wrong in the client, by name. `docs/errors.md` has a row for each. */
export type LiveClientErrorCode = ConnectionErrorCode | RoomErrorCode | MediaErrorCode;

/** Codes of the connection to the server. */
export type ConnectionErrorCode =
  /** The caller's `AbortSignal` fired, or the thing was stopped, closed or disposed while it was starting. */
  | 'ERR_ABORTED'
  /** The object was disposed and cannot be used again. */
  | 'ERR_DISPOSED'
  /** Something was sent while there is no open connection to send it on. */
  | 'ERR_NOT_CONNECTED'
  /** The socket could not be opened. */
  | 'ERR_CONNECTION_FAILED'
  /** An open socket broke. */
  | 'ERR_CONNECTION_LOST'
  /** The server did not answer the first message in time. */
  | 'ERR_CONNECT_TIMEOUT'
  /** The server closed normally. */
  | 'ERR_CLOSED_BY_SERVER'
  /** The server sent something that is not of this wire. */
  | 'ERR_BAD_SERVER_MESSAGE'
  /** The server refused a message of ours as malformed. */
  | 'ERR_BAD_MESSAGE'
  | 'ERR_NOT_AUTHENTICATED'
  | 'ERR_NOT_ALLOWED'
  /** The setup was refused, by the server or by the model. */
  | 'ERR_SETUP_REFUSED'
  | 'ERR_TOO_LARGE'
  | 'ERR_TOO_FAST'
  | 'ERR_BUDGET_SPENT'
  | 'ERR_SLOW_CONSUMER'
  | 'ERR_SERVER_INTERNAL'
  | 'ERR_SERVER_DRAINING'
  | 'ERR_UPSTREAM_TIMEOUT'
  | 'ERR_UPSTREAM_FAILED';

/** Codes that only rooms have. */
export type RoomErrorCode =
  | 'ERR_ROOM_NOT_FOUND'
  | 'ERR_ROOM_CLOSED'
  /** Somebody else changed it meanwhile. */
  | 'ERR_ROOM_CONFLICT'
  | 'ERR_PARTICIPANT_NOT_FOUND'
  /** The room does not do what was asked for; `reason` says why. */
  | 'ERR_REQUEST_REFUSED'
  /** The room did not answer in time. */
  | 'ERR_REQUEST_TIMEOUT'
  /** Another connection with the same client id took this one's place. */
  | 'ERR_REPLACED'
  /** A message was refused, or too many wait to be sent. */
  | 'ERR_MESSAGE_REFUSED'
  | 'ERR_OUTBOX_FULL';

/** Codes of one kind of device. */
export type DeviceErrorCode<Device extends string = 'MICROPHONE' | 'CAMERA' | 'SCREEN'> =
  /** The person, the browser or a policy refused. */
  | `ERR_${Device}_DENIED`
  /** There is no such device. */
  | `ERR_${Device}_NOT_FOUND`
  /** Another program holds it, or the system could not open it. */
  | `ERR_${Device}_BUSY`
  /** It cannot do what the options ask. */
  | `ERR_${Device}_CONSTRAINTS`
  /** It went away while in use. */
  | `ERR_${Device}_LOST`
  /** This browser or page has no access to such devices at all. */
  | `ERR_${Device}_UNAVAILABLE`
  /** Anything else; `cause` has the browser's own error. */
  | `ERR_${Device}_FAILED`;

/** Codes of devices, sound and pictures. */
export type MediaErrorCode =
  | DeviceErrorCode
  /** The audio worklet could not be loaded, mostly because of a content security policy. */
  | 'ERR_WORKLET_LOAD'
  /** The audio worklet or the worker that captures stopped with an exception, or that worker gave nothing any more. */
  | 'ERR_WORKLET_FAILED'
  /** This environment has no Web Audio, or does not give out the sound of a track where only that is asked for. */
  | 'ERR_AUDIO_UNAVAILABLE'
  /** The browser wants a gesture of the person before it plays sound. */
  | 'ERR_AUTOPLAY_BLOCKED'
  /** The sound could not be sent to that output device. */
  | 'ERR_OUTPUT_DEVICE'
  /** A picture could not be made: nothing is captured, or the browser cannot encode it. */
  | 'ERR_PICTURE_FAILED';

/** What a {@link LiveClientError} carries besides its code and message. */
export interface LiveClientErrorOptions extends ErrorOptions {
  /** WebSocket close code, when a close caused the error. */
  readonly closeCode?: number | null;
  /** Close reason or refusal in the server's words. */
  readonly reason?: string;
  /** What to do about it, in words for people. */
  readonly hint?: string;
  /** Whether trying again later may help. */
  readonly retryable?: boolean;
}

/** The one error class of this package; `code` tells the cases apart, `cause` keeps the raw failure. */
export class LiveClientError extends Error {
  override readonly name = 'LiveClientError';
  readonly code: LiveClientErrorCode;
  /** WebSocket close code, `null` when no close caused the error. */
  readonly closeCode: number | null;
  /** Close reason or refusal in the server's words; empty when there was none. */
  readonly reason: string;
  /** What to do about it, in words for people; may be empty. */
  readonly hint: string;
  /** Whether trying again later may help. */
  readonly retryable: boolean;

  constructor(code: LiveClientErrorCode, message: string, options: LiveClientErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.closeCode = options.closeCode ?? null;
    this.reason = options.reason ?? '';
    this.hint = options.hint ?? '';
    this.retryable = options.retryable ?? false;
  }
}

/** Whether `error` is a {@link LiveClientError}, also one made by another copy of this package or in another realm. */
export function isLiveClientError(error: unknown): error is LiveClientError {
  if (error instanceof LiveClientError) return true;
  // `instanceof Error` is false for an error of another realm (an iframe), so its shape decides.
  if (typeof error !== 'object' || error === null) return false;
  const { name, code, message } = error as Partial<LiveClientError>;
  return name === 'LiveClientError' && typeof code === 'string' && typeof message === 'string';
}
