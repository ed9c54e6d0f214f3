import type { ServerEvent } from '@colloquy/live-protocol';
import type { ModelEvent } from '@colloquy/room-core';

/** Rate of audio that a room plays, in hertz. */
const ROOM_SAMPLE_RATE = 24_000;

/** What differs between models in how their messages are to be read. */
export interface EventReading {
  /** Whether transcripts of people come as whole sentences, not as pieces that go on. */
  readonly wholeInputTranscripts: boolean;
  /** Audio that was sent before the room began to count, in milliseconds; speech in it has a negative offset. */
  readonly audioAheadMs: number;
}

/**
 * What a room is told of one meaning of a server message; `null` for what concerns the connection alone.
 */
export function toModelEvent(event: ServerEvent, reading: EventReading): ModelEvent | null {
  switch (event.type) {
    case 'audio':
      return event.sampleRate === ROOM_SAMPLE_RATE ? { type: 'audio', samples: toSamples(event.data) } : null;
    case 'text':
      return event.thought ? null : { type: 'text', text: event.text };
    case 'inputTranscription':
      // A guess is replaced by what follows; a room would have to take it back.
      if (event.interim) return null;
      return { type: 'inputTranscript', text: event.text, finished: event.finished || reading.wholeInputTranscripts };
    case 'outputTranscription':
      return event.text === '' ? null : { type: 'outputTranscript', text: event.text };
    case 'voiceActivity':
      return { type: 'voiceActivity', edge: event.edge, audioOffsetMs: toRoomOffset(event.audioOffsetMs, reading) };
    case 'interrupted':
      return { type: 'interrupted' };
    case 'generationComplete':
      return { type: 'generationComplete' };
    case 'turnComplete':
      return { type: 'turnComplete', reason: event.reason };
    case 'toolCall':
      return { type: 'toolCalls', calls: event.calls.map(({ id, name, args }) => ({ callId: id, name, args })) };
    case 'toolCallCancellation':
      return { type: 'toolCallsCancelled', callIds: event.ids };
    default:
      return null;
  }
}

function toRoomOffset(offsetMs: number | null, { audioAheadMs }: EventReading): number | null {
  return offsetMs === null ? null : offsetMs - audioAheadMs;
}

/** Views the bytes where they are aligned, which base64 decoding gives; an odd byte at the end is no sample. */
function toSamples(bytes: Uint8Array<ArrayBuffer>): Int16Array {
  const length = bytes.byteLength >> 1;
  if (bytes.byteOffset % 2 === 0) return new Int16Array(bytes.buffer, bytes.byteOffset, length);
  return new Int16Array(bytes.slice(0, length * 2).buffer);
}
