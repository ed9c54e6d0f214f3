import { parseServerMessage } from '@colloquy/live-protocol';
import { expect, test } from 'vitest';
import { toModelEvent } from './to-model-event.ts';

const pieces = { wholeInputTranscripts: false, audioAheadMs: 0 };

function eventsOf(message: object, reading = pieces): unknown[] {
  return parseServerMessage(message)
    .map((event) => toModelEvent(event, reading))
    .filter((event) => event !== null);
}

test('a bundled message gives every one of its meanings', () => {
  const data = Buffer.from(new Int16Array([1, -2, 3]).buffer).toString('base64');
  const message = {
    serverContent: {
      modelTurn: { parts: [{ inlineData: { mimeType: 'audio/pcm;rate=24000', data } }] },
      outputTranscription: { text: ' yes' },
      turnComplete: true,
    },
    usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 },
  };
  expect(eventsOf(message)).toEqual([
    { type: 'audio', samples: new Int16Array([1, -2, 3]) },
    { type: 'outputTranscript', text: ' yes' },
    { type: 'turnComplete', reason: null },
  ]);
});

test('transcripts of people are whole sentences or pieces, as the model sends them', () => {
  const message = { serverContent: { inputTranscription: { text: 'Hello.' } } };
  expect(eventsOf(message)).toEqual([{ type: 'inputTranscript', text: 'Hello.', finished: false }]);
  expect(eventsOf(message, { ...pieces, wholeInputTranscripts: true })).toEqual([
    { type: 'inputTranscript', text: 'Hello.', finished: true },
  ]);
  expect(eventsOf({ serverContent: { interimInputTranscription: { text: 'He' } } })).toEqual([]);
});

test('thoughts, noise and what concerns the connection are no events of a room', () => {
  expect(eventsOf({ serverContent: { modelTurn: { parts: [{ text: 'hm', thought: true }] } } })).toEqual([]);
  expect(eventsOf({})).toEqual([]);
  expect(eventsOf({ goAway: { timeLeft: '50s' } })).toEqual([]);
  expect(eventsOf({ sessionResumptionUpdate: { newHandle: 'h', resumable: true } })).toEqual([]);
});

test('tool calls, cancellations and interruptions are passed on', () => {
  expect(eventsOf({ toolCall: { functionCalls: [{ id: 'c', name: 'note', args: { a: 1 } }] } })).toEqual([
    { type: 'toolCalls', calls: [{ callId: 'c', name: 'note', args: { a: 1 } }] },
  ]);
  expect(eventsOf({ toolCallCancellation: { ids: ['c'] } })).toEqual([{ type: 'toolCallsCancelled', callIds: ['c'] }]);
  expect(eventsOf({ serverContent: { interrupted: true } })).toEqual([{ type: 'interrupted' }]);
});

test('voice activity is told in the audio that the room has counted', () => {
  const message = { voiceActivity: { type: 'ACTIVITY_START', audioOffset: '1.5s' } };
  expect(eventsOf(message)).toEqual([{ type: 'voiceActivity', edge: 'start', audioOffsetMs: 1_500 }]);
  expect(eventsOf(message, { ...pieces, audioAheadMs: 2_000 })).toEqual([
    { type: 'voiceActivity', edge: 'start', audioOffsetMs: -500 },
  ]);
});

test('half a sample at the end is dropped', () => {
  const data = Buffer.from([1, 0, 9]).toString('base64');
  const part = { inlineData: { mimeType: 'audio/pcm;rate=24000', data } };
  expect(eventsOf({ serverContent: { modelTurn: { parts: [part] } } })).toEqual([
    { type: 'audio', samples: new Int16Array([1]) },
  ]);
});
