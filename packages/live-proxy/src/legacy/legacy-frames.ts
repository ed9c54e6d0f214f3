import type { ClientMessage, Setup } from '@colloquy/live-protocol';

/** What a frame of the original front end means. */
export type LegacyFrame =
  /** Names the room; everything else in it is ignored, the address and the token above all. */
  | { readonly type: 'service'; readonly sessionId: string }
  | { readonly type: 'setup'; readonly setup: Setup }
  | { readonly type: 'ping' }
  | { readonly type: 'message'; readonly message: ClientMessage }
  /** Nothing that is passed on. */
  | { readonly type: 'ignored'; readonly what: string }
  | { readonly type: 'wrong'; readonly problem: string };

type Fields = Readonly<Record<string, unknown>>;

/** Room that is named when none is. */
export const DEFAULT_SESSION = 'default';

/** Reads one text frame of the original front end. Never throws. */
export function readLegacyFrame(text: string): LegacyFrame {
  let fields: unknown;
  try {
    fields = JSON.parse(text);
  } catch {
    return { type: 'wrong', problem: 'A message must be JSON.' };
  }
  if (!isFields(fields)) return { type: 'wrong', problem: 'A message must be a JSON object.' };
  if (fields.ping !== undefined) return { type: 'ping' };
  if (fields.service_url !== undefined || fields.session_id !== undefined) {
    const { session_id: id } = fields;
    return { type: 'service', sessionId: typeof id === 'string' && id !== '' ? id : DEFAULT_SESSION };
  }
  if (isFields(fields.setup)) return { type: 'setup', setup: toSetup(fields.setup) };
  if (isFields(fields.realtime_input)) return fromMedia(fields.realtime_input.media_chunks);
  if (isFields(fields.client_content)) return fromContent(fields.client_content);
  return { type: 'ignored', what: Object.keys(fields)[0]?.slice(0, 40) ?? 'an empty message' };
}

/** A room's setup is the server's; of this one only what its own connection needs is read. */
function toSetup(setup: Fields): Setup {
  return {
    generationConfig: { responseModalities: ['AUDIO'] },
    ...(setup.input_audio_transcription !== undefined && { inputAudioTranscription: {} }),
    ...(setup.output_audio_transcription !== undefined && { outputAudioTranscription: {} }),
  };
}

/** `media_chunks` is refused by today's models: sound and pictures have fields of their own. */
function fromMedia(chunks: unknown): LegacyFrame {
  const [chunk] = Array.isArray(chunks) ? chunks : [];
  if (!isFields(chunk) || typeof chunk.data !== 'string' || typeof chunk.mime_type !== 'string') {
    return { type: 'wrong', problem: 'realtime_input needs media_chunks with a mime_type and data in base64.' };
  }
  const { data, mime_type: mimeType } = chunk;
  if (mimeType.startsWith('audio/pcm')) {
    const audio = { mimeType: mimeType.includes('rate=') ? mimeType : 'audio/pcm;rate=16000', data };
    return { type: 'message', message: { realtimeInput: { audio } } };
  }
  if (mimeType === 'image/jpeg') return { type: 'message', message: { realtimeInput: { video: { mimeType, data } } } };
  return { type: 'ignored', what: `media of type ${mimeType.slice(0, 40)}` };
}

function fromContent({ turns, turn_complete: turnComplete }: Fields): LegacyFrame {
  const texts = (Array.isArray(turns) ? turns : [])
    .filter((turn): turn is Fields => isFields(turn) && (turn.role ?? 'user') === 'user')
    .flatMap(({ parts }) => (Array.isArray(parts) ? parts : []))
    .flatMap((part) => (isFields(part) && typeof part.text === 'string' ? [part.text] : []));
  if (texts.length === 0) return { type: 'ignored', what: 'client_content without text' };
  const turn = { role: 'user', parts: texts.map((text) => ({ text })) };
  return { type: 'message', message: { clientContent: { turns: [turn], turnComplete: turnComplete === true } } };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
