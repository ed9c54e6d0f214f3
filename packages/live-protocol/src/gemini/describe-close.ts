import { type GeminiCloseMeaning, MARKED_CLOSES } from './close-table.ts';

/**
 * What a close of Gemini's connection means and what to do about it. Reasons that are not known fall back to what their
 * code usually means; a code that is not known is worth another try.
 */
export function describeGeminiClose(code: number, reason: string): GeminiCloseMeaning {
  const found =
    MARKED_CLOSES.find(({ mark }) => mark !== null && reason.includes(mark)) ??
    MARKED_CLOSES.find(({ mark, closeCode }) => mark === null && closeCode === code);
  if (found === undefined) return describeCode(code, reason);
  const { class: kind, retryable, resumable, dropHandle, hint } = found;
  return { code: found.code, class: kind, retryable, resumable, dropHandle, hint };
}

function describeCode(code: number, reason: string): GeminiCloseMeaning {
  const told = reason === '' ? 'without a reason' : `saying ${JSON.stringify(reason)}`;
  if (code === 1007 || code === 1008 || code === 1009) {
    return {
      code: code === 1009 ? 'ERR_GEMINI_MESSAGE_TOO_BIG' : 'ERR_GEMINI_REFUSED',
      class: 'fatal',
      retryable: false,
      resumable: false,
      dropHandle: false,
      hint:
        code === 1009
          ? 'Send smaller messages: audio in pieces of 20 to 40 ms, pictures of at most 768 pixels.'
          : `Gemini refused with ${code}, ${told}; correct what it names.`,
    };
  }
  return {
    code: code === 1005 || code === 1001 ? 'ERR_GEMINI_CONNECTION_LOST' : 'ERR_GEMINI_UNAVAILABLE',
    class: 'retryable',
    retryable: true,
    resumable: true,
    dropHandle: false,
    hint: `Gemini closed with ${code}, ${told}; connect again.`,
  };
}
