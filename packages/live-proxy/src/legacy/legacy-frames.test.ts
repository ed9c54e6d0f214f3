import { expect, it } from 'vitest';
import { readLegacyFrame } from './legacy-frames.ts';

const read = (frame: unknown) => readLegacyFrame(typeof frame === 'string' ? frame : JSON.stringify(frame));

it('takes the room from the first frame, and neither address nor token', () => {
  const frame = { service_url: 'wss://evil.example/ws', session_id: 'r1', bearer_token: 'ya29.secret' };
  expect(read(frame)).toEqual({ type: 'service', sessionId: 'r1' });
  expect(read({ service_url: 'wss://evil.example/ws' })).toEqual({ type: 'service', sessionId: 'default' });
});

it('takes from the setup what its own connection needs, and nothing of the model', () => {
  const setup = {
    model: 'projects/p/locations/us-central1/publishers/google/models/x',
    generation_config: { response_modalities: ['AUDIO'], enable_affective_dialog: true },
    system_instruction: { parts: [{ text: 'You are a pirate.' }] },
    tools: { function_declarations: [{ name: 'alert' }] },
    realtime_input_config: { automatic_activity_detection: { silence_duration_ms: null } },
    output_audio_transcription: {},
  };
  const generationConfig = { responseModalities: ['AUDIO'] };
  expect(read({ setup })).toEqual({ type: 'setup', setup: { generationConfig, outputAudioTranscription: {} } });
});

it('gives media the fields that today’s models take', () => {
  const media = (mime_type: string) => read({ realtime_input: { media_chunks: [{ mime_type, data: 'AAAA' }] } });
  expect(media('audio/pcm')).toEqual({
    type: 'message',
    message: { realtimeInput: { audio: { mimeType: 'audio/pcm;rate=16000', data: 'AAAA' } } },
  });
  expect(media('audio/pcm;rate=24000')).toMatchObject({
    message: { realtimeInput: { audio: { mimeType: 'audio/pcm;rate=24000' } } },
  });
  expect(media('image/jpeg')).toEqual({
    type: 'message',
    message: { realtimeInput: { video: { mimeType: 'image/jpeg', data: 'AAAA' } } },
  });
  expect(media('image/tiff')).toMatchObject({ type: 'ignored' });
});

it('takes texts of the user only', () => {
  const turns = [
    { role: 'model', parts: [{ text: 'I said that.' }] },
    { role: 'user', parts: [{ text: 'Hello' }, { text: ' there' }, { inlineData: {} }] },
  ];
  expect(read({ client_content: { turns, turn_complete: true } })).toEqual({
    type: 'message',
    message: {
      clientContent: { turns: [{ role: 'user', parts: [{ text: 'Hello' }, { text: ' there' }] }], turnComplete: true },
    },
  });
});

it.each([
  '',
  'no json',
  'null',
  '[]',
  '3',
  '"text"',
  '{"realtime_input":{}}',
  '{"realtime_input":{"media_chunks":[null]}}',
])('says what is wrong with %s', (text) => {
  expect(read(text)).toMatchObject({ type: 'wrong' });
});

it.each([{}, { tool_response: { id: 'x' } }, { client_content: { turns: null } }, { client_content: { turns: [3] } }])(
  'passes nothing on of %j',
  (frame) => {
    expect(read(frame)).toMatchObject({ type: 'ignored' });
  },
);
