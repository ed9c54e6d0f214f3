/** `gemini` is the Gemini API (by key), `vertex` is Vertex AI (by Google Cloud credentials). */
export type Backend = 'gemini' | 'vertex';
