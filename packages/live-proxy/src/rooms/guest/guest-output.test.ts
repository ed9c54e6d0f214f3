import { type LogEntry, MediaCodec, MediaKind, type Setup, serializeMediaFrame } from '@colloquy/live-protocol';
import { expect, it } from 'vitest';
import { GuestOutput } from './guest-output.ts';

const output = (setup: Setup = { inputAudioTranscription: {}, outputAudioTranscription: {} }) =>
  new GuestOutput({ setup, participantId: 'sam', transcripts: 'own', audioMimeType: 'audio/pcm;rate=24000' });

const frame = (turn: number, kind: MediaKind = MediaKind.modelAudio, payload = new Uint8Array([1, 0])) =>
  serializeMediaFrame({
    ...{ kind, turn, payload },
    codec: MediaCodec.pcm24k,
    flags: 0,
    participant: 0,
    seq: 0,
    mediaTime: 0,
  });

const delta = (kind: 'ai' | 'speech', offset: number, text: string, speaker = 'sam') =>
  ({
    type: 'delta',
    messageId: 'm',
    kind,
    turn: 1,
    speakers: [{ participantId: speaker, name: speaker }],
    ...{ offset, text },
  }) as const;

it('drops what still comes of an interrupted turn, and plays the next one', () => {
  const guest = output();
  expect(guest.media(frame(1))).not.toBeNull();
  expect(guest.message({ type: 'interrupted', turn: 1 })).toEqual([{ serverContent: { interrupted: true } }]);
  expect(guest.media(frame(1))).toBeNull();
  expect(guest.media(frame(2))).not.toBeNull();
});

it('passes on the model only, and no empty ends of bursts', () => {
  expect(output().media(frame(1, MediaKind.personAudio))).toBeNull();
  expect(output().media(frame(1, MediaKind.modelAudio, new Uint8Array()))).toBeNull();
});

it('tells each piece of a growing text once, also where a delta replaces what stood', () => {
  const guest = output();
  const texts = [delta('ai', 0, 'Good'), delta('ai', 2, 'od day'), delta('ai', 8, '.')].flatMap((one) =>
    guest.message(one).map(({ serverContent }) => serverContent?.outputTranscription?.text),
  );
  expect(texts.join('')).toBe('Good day.');
});

it('tells a client what itself has said, and nothing that others did', () => {
  const guest = output();
  expect(guest.message(delta('speech', 0, 'Hello', 'ben'))).toEqual([]);
  expect(guest.message(delta('speech', 0, 'Hello'))).toEqual([
    { serverContent: { inputTranscription: { text: 'Hello' } } },
  ]);
});

it('tells no transcripts that were not asked for, and text instead of sound to who wants text', () => {
  expect(output({}).message(delta('ai', 0, 'Hi'))).toEqual([]);
  const reader = output({ generationConfig: { responseModalities: ['TEXT'] } });
  expect(reader.media(frame(1))).toBeNull();
  expect(reader.message(delta('ai', 0, 'Hi'))).toEqual([
    { serverContent: { modelTurn: { role: 'model', parts: [{ text: 'Hi' }] } } },
  ]);
});

it('tells who wants bubbles what others wrote, and where everybody’s words end', () => {
  const guest = new GuestOutput({
    ...{ setup: { inputAudioTranscription: {} }, participantId: 'sam', transcripts: 'everybody', asBubbles: true },
    audioMimeType: 'audio/pcm',
  });
  const entry = (kind: string, body: object, participantId: string) =>
    guest
      .message({
        type: 'entries',
        entries: [{ kind, body, actor: { participantId, name: participantId } } as LogEntry],
      })
      .map(({ serverContent }) => serverContent?.inputTranscription);
  const speakers = [{ participantId: 'ben', name: 'ben' }];
  guest.message(delta('speech', 0, 'Good', 'ben'));
  expect(entry('speech.final', { messageId: 'm', speakers, text: 'Good day' }, 'ben')).toEqual([
    { text: ' day', finished: true },
  ]);
  expect(entry('msg.text', { text: 'Hello' }, 'ben')).toEqual([{ text: 'ben: Hello', finished: true }]);
  expect(entry('msg.text', { text: 'Hello' }, 'sam')).toEqual([]);
});
