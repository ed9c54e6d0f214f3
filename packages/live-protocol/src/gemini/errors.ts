/** Bytes that came as a message of Gemini's wire are none; the message says what they are. */
export class GeminiWireError extends Error {
  override readonly name = 'GeminiWireError';
}
