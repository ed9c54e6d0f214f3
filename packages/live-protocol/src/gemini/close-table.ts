/** Close codes that Gemini's wire uses. */
export const GeminiCloseCode = {
  normal: 1000,
  /** Closed without a code: what `close()` without arguments looks like from the other side. */
  noStatus: 1005,
  /** No close frame came at all; never sent. */
  lost: 1006,
  invalidArgument: 1007,
  /** Not found, not allowed, not implemented, aborted. */
  refused: 1008,
  messageTooBig: 1009,
  /** Internal, unavailable, deadline, quota. */
  internal: 1011,
} as const;
export type GeminiCloseCode = (typeof GeminiCloseCode)[keyof typeof GeminiCloseCode];

/** What a close means for whoever was connected. */
export interface GeminiCloseMeaning {
  /** Stable name, such as `ERR_GEMINI_QUOTA`. */
  readonly code: string;
  /** `fatal`: the same setup with the same credential will fail again. `normal`: nobody is to blame. */
  readonly class: 'normal' | 'retryable' | 'fatal';
  /** Whether dialling again, with backoff, can help. */
  readonly retryable: boolean;
  /** Whether the last resumption handle is worth a try. */
  readonly resumable: boolean;
  /** Whether the last resumption handle is dead and must be forgotten. */
  readonly dropHandle: boolean;
  /** What to do, for people. */
  readonly hint: string;
}

/** A close that is known by its code and by what marks its text. */
export interface MarkedClose extends GeminiCloseMeaning {
  readonly closeCode: number;
  /** What marks the text, within the first 123 bytes; `null` where the code alone decides. */
  readonly mark: string | null;
}

const FATAL = { class: 'fatal', retryable: false, resumable: false, dropHandle: false } as const;
const RESUMABLE = { class: 'retryable', retryable: true, resumable: true, dropHandle: false } as const;
/** The session is gone; a new one can begin at once. */
const AFRESH = { class: 'retryable', retryable: true, resumable: false, dropHandle: true } as const;

/** Every close that is documented or was seen, with what it means. The first whose mark is in the reason counts. */
export const MARKED_CLOSES: readonly MarkedClose[] = /* @__PURE__ */ buildCloses();

function buildCloses(): readonly MarkedClose[] {
  return [
    {
      closeCode: 1007,
      mark: 'setup must be the first message',
      ...FATAL,
      code: 'ERR_GEMINI_SETUP_ORDER',
      hint: 'Send setup once, before anything else, and wait for setupComplete.',
    },
    {
      closeCode: 1007,
      mark: 'Invalid JSON payload received',
      ...FATAL,
      code: 'ERR_GEMINI_INVALID_MESSAGE',
      hint: 'Remove or rename the field that the reason quotes: the service takes no unknown fields.',
    },
    {
      closeCode: 1007,
      mark: 'Invalid value',
      ...FATAL,
      code: 'ERR_GEMINI_INVALID_MESSAGE',
      hint: 'Correct the value that the reason quotes.',
    },
    {
      closeCode: 1007,
      mark: 'Message too deep',
      ...FATAL,
      code: 'ERR_GEMINI_INVALID_MESSAGE',
      hint: 'Nest fewer than 100 levels of objects and arrays.',
    },
    {
      closeCode: 1007,
      mark: 'requested combination of response modalities',
      ...FATAL,
      code: 'ERR_GEMINI_MODALITY',
      hint: 'Set generationConfig.responseModalities to ["AUDIO"]; for text, switch outputAudioTranscription on.',
    },
    {
      closeCode: 1007,
      mark: 'At most one response modality',
      ...FATAL,
      code: 'ERR_GEMINI_MODALITY',
      hint: 'Name one response modality; for text beside audio, switch outputAudioTranscription on.',
    },
    {
      closeCode: 1007,
      mark: 'Cannot extract voices',
      ...FATAL,
      code: 'ERR_GEMINI_VOICE',
      hint: 'Set generationConfig.responseModalities to ["AUDIO"], or leave speechConfig out.',
    },
    {
      closeCode: 1007,
      mark: 'Unsupported language code',
      ...FATAL,
      code: 'ERR_GEMINI_LANGUAGE',
      hint: 'Leave speechConfig.languageCode out: the model follows the language it hears.',
    },
    {
      closeCode: 1007,
      mark: 'Requested voice api_name',
      ...FATAL,
      code: 'ERR_GEMINI_VOICE',
      hint: 'Choose one of the prebuilt voices, such as Puck.',
    },
    {
      closeCode: 1007,
      mark: 'media_chunks is deprecated',
      ...FATAL,
      code: 'ERR_GEMINI_MEDIA_CHUNKS',
      hint: 'Send realtimeInput.audio and realtimeInput.video instead of mediaChunks.',
    },
    {
      closeCode: 1007,
      mark: 'Explicit activity control is not supported',
      ...FATAL,
      code: 'ERR_GEMINI_ACTIVITY',
      hint: 'Set realtimeInputConfig.automaticActivityDetection.disabled, or send no activityStart and activityEnd.',
    },
    {
      closeCode: 1007,
      mark: 'error when processing input audio',
      // Also seen with audio that was right, so one more try is worth it.
      ...RESUMABLE,
      code: 'ERR_GEMINI_AUDIO_FORMAT',
      hint: 'Send 16-bit little-endian PCM, mono, with an even number of bytes and the rate in the MIME type.',
    },
    {
      closeCode: 1007,
      mark: 'API key not valid',
      ...FATAL,
      code: 'ERR_GEMINI_API_KEY',
      hint: 'Check the API key, and that it may use the Generative Language API.',
    },
    {
      closeCode: 1007,
      mark: 'API key expired',
      ...FATAL,
      code: 'ERR_GEMINI_API_KEY',
      hint: 'Renew the API key.',
    },
    {
      closeCode: 1007,
      mark: 'Missing or malformed auth token',
      ...FATAL,
      code: 'ERR_GEMINI_TOKEN',
      hint: 'Pass an ephemeral token as access_token, on the constrained method.',
    },
    {
      closeCode: 1007,
      mark: 'token-based requests cannot use',
      ...FATAL,
      code: 'ERR_GEMINI_TOKEN',
      hint: 'Name the model in setup, and leave out what belongs to a project.',
    },
    {
      closeCode: 1008,
      mark: 'BidiGenerateContent session not found',
      ...AFRESH,
      code: 'ERR_GEMINI_SESSION_NOT_FOUND',
      hint: 'Forget the resumption handle and begin a new session.',
    },
    {
      closeCode: 1008,
      mark: 'session expired',
      ...AFRESH,
      code: 'ERR_GEMINI_SESSION_EXPIRED',
      hint: 'Forget the resumption handle and begin a new session.',
    },
    {
      closeCode: 1008,
      mark: 'is not found for API version',
      ...FATAL,
      code: 'ERR_GEMINI_MODEL_NOT_FOUND',
      hint: 'Choose a current Live model, such as models/gemini-3.8-live, and an API version that has it.',
    },
    {
      closeCode: 1008,
      mark: 'Publisher Model',
      ...FATAL,
      code: 'ERR_GEMINI_MODEL_NOT_FOUND',
      hint: 'Choose a Live model that this region has: us-central1 has them, global has none.',
    },
    {
      closeCode: 1008,
      mark: "doesn't allow unregistered callers",
      ...FATAL,
      code: 'ERR_GEMINI_UNAUTHENTICATED',
      hint: 'Pass an API key, or use the constrained method with an ephemeral token.',
    },
    {
      closeCode: 1008,
      mark: 'invalid authentication credentials',
      ...FATAL,
      code: 'ERR_GEMINI_UNAUTHENTICATED',
      hint: 'Get a new access token, and check that the account may use Vertex AI.',
    },
    {
      closeCode: 1008,
      mark: 'Operation is not implemented',
      // Native 2.5 previews close so around tool calls, and go on after a resumption.
      ...RESUMABLE,
      code: 'ERR_GEMINI_NOT_IMPLEMENTED',
      hint: 'Send no input while a tool call is open; if it stays, use a newer model.',
    },
    {
      closeCode: 1008,
      mark: 'The operation was aborted',
      ...RESUMABLE,
      code: 'ERR_GEMINI_ABORTED',
      hint: 'The connection was idle or at the end of its life: connect again with the last handle.',
    },
    {
      closeCode: 1011,
      mark: 'exceeded your current quota',
      ...RESUMABLE,
      code: 'ERR_GEMINI_QUOTA',
      hint: 'Wait, close sessions that are not needed, or raise the quota of the project.',
    },
    {
      closeCode: 1011,
      mark: 'Deadline expired',
      ...RESUMABLE,
      code: 'ERR_GEMINI_DEADLINE',
      hint: 'Connect again with the last handle; better, do so when goAway comes.',
    },
    {
      closeCode: 1011,
      mark: 'RPC::DEADLINE_EXCEEDED',
      ...RESUMABLE,
      code: 'ERR_GEMINI_DEADLINE',
      hint: 'Connect again with the last handle; better, do so when goAway comes.',
    },
    {
      closeCode: 1011,
      mark: 'Token has been used too many times',
      ...FATAL,
      code: 'ERR_GEMINI_TOKEN_SPENT',
      hint: 'Make a new ephemeral token, with more uses if one client opens several sessions.',
    },
    {
      closeCode: 1011,
      mark: 'new_session_expire_time',
      ...FATAL,
      code: 'ERR_GEMINI_TOKEN_EXPIRED',
      hint: 'Make a new ephemeral token, or one with a later newSessionExpireTime.',
    },
    {
      closeCode: 1011,
      mark: 'keepalive ping timeout',
      ...RESUMABLE,
      code: 'ERR_GEMINI_KEEPALIVE',
      hint: 'A client library gave up waiting for a pong; allow at least 45 seconds.',
    },
    {
      closeCode: 1011,
      mark: 'Internal error encountered',
      ...RESUMABLE,
      code: 'ERR_GEMINI_INTERNAL',
      hint: 'Connect again. If it comes at once each time, a setup field does not suit the model.',
    },
    {
      closeCode: 1007,
      mark: 'Request contains an invalid argument',
      ...FATAL,
      code: 'ERR_GEMINI_INVALID_ARGUMENT',
      hint: 'Check features against the model: tools that cannot be combined, schemas, fields that Live does not take.',
    },
    {
      closeCode: 1000,
      mark: null,
      class: 'normal',
      retryable: false,
      resumable: true,
      dropHandle: false,
      code: 'ERR_GEMINI_CLOSED',
      hint: 'The session ended; connect again to go on.',
    },
    {
      closeCode: 1006,
      mark: null,
      ...RESUMABLE,
      code: 'ERR_GEMINI_CONNECTION_LOST',
      hint: 'The connection broke: connect again with the last handle.',
    },
    {
      closeCode: 1011,
      mark: null,
      ...RESUMABLE,
      code: 'ERR_GEMINI_INTERNAL',
      hint: 'Close the old connection before resuming its session on a new one, then try again.',
    },
  ];
}
