/** Google's own words in close frames, for those who write servers. In full: `toCloseReason` cuts them to size. */
export const GeminiCloseReason = {
  setupFirst: 'setup must be the first message and only the first',
  /** What the service answers to anything it has no better words for. */
  invalidArgument: 'Request contains an invalid argument.',
  oneModality:
    'At most one response modality can be specified in the setup request. To enable simultaneous transcription and audio output, please enable transcription of the audio output in the setup request.',
  voiceWithoutAudio: 'Cannot extract voices from a non-audio request.',
  mediaChunks: 'realtime_input.media_chunks is deprecated. Use audio, video, or text instead.',
  explicitActivity: 'Explicit activity control is not supported when automatic activity detection is enabled.',
  inputAudio:
    'error when processing input audio, please check if the inputaudio is in valid format: 16khz s16le pcm, mono channel',
  internal: 'Internal error encountered.',
  unregisteredCaller:
    "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
  apiKeyInvalid: 'API key not valid. Please pass a valid API key.',
  apiKeyExpired: 'API key expired. Please renew the API key.',
  tokenMalformed: 'Missing or malformed auth token',
  tokenProjectScope: 'token-based requests cannot use project-scoped features',
  tokenSpent: 'Token has been used too many times',
  tokenTooOld: 'new_session_expire_time deadline exceeded',
  credentialsInvalid:
    'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.',
  notImplemented: 'Operation is not implemented, or supported, or enabled.',
  aborted: 'The operation was aborted.',
  sessionNotFound: 'BidiGenerateContent session not found',
  sessionExpired: 'BidiGenerateContent session expired',
  quota:
    'You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits.',
  deadline: 'Deadline expired before operation could complete.',
  /** A deadline as it was worded in 2024, with the id of the trace. */
  tracedDeadline: (traceId: string): string =>
    `Request trace id: ${traceId}, [ORIGINAL ERROR] RPC::DEADLINE_EXCEEDED: `,
  /** The model does not answer in these modalities. */
  modalitiesUnsupported: (modalities: readonly string[]): string =>
    `The requested combination of response modalities (${modalities.join(', ')}) is not supported by the model.`,
  /** The model does not speak this language. */
  languageUnsupported: (language: string, model: string): string =>
    `Unsupported language code '${language}' for model ${model}`,
  /** The model has no such voice. */
  voiceUnavailable: (voice: string, model: string): string =>
    `Requested voice api_name '${voice}' is not available for model ${model}`,
  /** No such model in this API version. */
  modelNotFound: (model: string, apiVersion: string): string =>
    `${model} is not found for API version ${apiVersion}, or is not supported for bidiGenerateContent. Call ListModels to see the list of available models and their supported methods.`,
  /** Vertex's words for a model that is not there. */
  publisherModelNotFound: (model: string): string =>
    `Publisher Model \`${model}\` was not found or your project does not have access to it. Please ensure you are using a valid model version.`,
} as const;
