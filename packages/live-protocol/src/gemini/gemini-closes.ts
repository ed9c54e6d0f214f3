import { GeminiCloseReason } from './close-reasons.ts';
import { MARKED_CLOSES, type MarkedClose } from './close-table.ts';

/** One documented way for Gemini to close a connection. */
export interface GeminiClose extends MarkedClose {
  /** Short name, for faults on demand. */
  readonly name: string;
  /** An example of the full text. */
  readonly reason: string;
}

/**
 * Every close that is documented or was seen, with what it means and what it says. Names and texts are kept apart from
 * the meanings, because browsers load those.
 */
export const GEMINI_CLOSES: readonly GeminiClose[] = /* @__PURE__ */ withTexts();

function withTexts(): readonly GeminiClose[] {
  const texts = namesAndReasons();
  return MARKED_CLOSES.map((close, index) => {
    const [name = '', reason = ''] = texts[index] ?? [];
    return { ...close, name, reason };
  });
}

/** In the order of the table; a test holds each text against the mark beside it. */
function namesAndReasons(): readonly (readonly [name: string, reason: string])[] {
  return [
    ['setupFirst', GeminiCloseReason.setupFirst],
    ['invalidJson', `Invalid JSON payload received. Unknown name "foo": Cannot find field.`],
    [
      'invalidValue',
      `Invalid value at 'setup.generation_config.response_modalities[0]' (type.googleapis.com/google.ai.generativelanguage.v1beta.GenerationConfig.Modality), "FOO"`,
    ],
    ['messageTooDeep', `Message too deep. Max recursion depth reached for key 'a'`],
    ['modalitiesUnsupported', GeminiCloseReason.modalitiesUnsupported(['TEXT'])],
    ['oneModality', GeminiCloseReason.oneModality],
    ['voiceWithoutAudio', GeminiCloseReason.voiceWithoutAudio],
    [
      'languageUnsupported',
      GeminiCloseReason.languageUnsupported('cs-CZ', 'models/gemini-2.5-flash-native-audio-latest'),
    ],
    ['voiceUnavailable', GeminiCloseReason.voiceUnavailable('Pika', 'models/gemini-3.8-live')],
    ['mediaChunks', GeminiCloseReason.mediaChunks],
    ['explicitActivity', GeminiCloseReason.explicitActivity],
    ['inputAudio', GeminiCloseReason.inputAudio],
    ['apiKeyInvalid', GeminiCloseReason.apiKeyInvalid],
    ['apiKeyExpired', GeminiCloseReason.apiKeyExpired],
    ['tokenMalformed', GeminiCloseReason.tokenMalformed],
    ['tokenProjectScope', GeminiCloseReason.tokenProjectScope],
    ['sessionNotFound', GeminiCloseReason.sessionNotFound],
    ['sessionExpired', GeminiCloseReason.sessionExpired],
    ['modelNotFound', GeminiCloseReason.modelNotFound('models/gemini-2.0-flash-live-001', 'v1beta')],
    [
      'publisherModelNotFound',
      GeminiCloseReason.publisherModelNotFound(
        'projects/demo/locations/global/publishers/google/models/gemini-live-2.5-flash',
      ),
    ],
    ['unregisteredCaller', GeminiCloseReason.unregisteredCaller],
    ['credentialsInvalid', GeminiCloseReason.credentialsInvalid],
    ['notImplemented', GeminiCloseReason.notImplemented],
    ['aborted', GeminiCloseReason.aborted],
    ['quota', GeminiCloseReason.quota],
    ['deadline', GeminiCloseReason.deadline],
    ['tracedDeadline', GeminiCloseReason.tracedDeadline('5f2a9c')],
    ['tokenSpent', GeminiCloseReason.tokenSpent],
    ['tokenTooOld', GeminiCloseReason.tokenTooOld],
    ['keepAliveTimeout', 'keepalive ping timeout'],
    ['internal', GeminiCloseReason.internal],
    ['invalidArgument', GeminiCloseReason.invalidArgument],
    ['normal', ''],
    ['lost', ''],
    ['resumedWhileOpen', ''],
  ];
}
