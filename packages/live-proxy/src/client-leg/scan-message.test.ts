import { describe, expect, test } from 'vitest';
import { scanMessage } from './scan-message.ts';

const scan = (message: unknown, media = true) =>
  scanMessage(Buffer.from(typeof message === 'string' ? message : JSON.stringify(message)), { media });

/** A second of 16 kHz PCM16 in base64. */
const second = Buffer.alloc(32_000, 1).toString('base64');

describe('kinds', () => {
  test.each([
    ['{"realtimeInput":{"text":"hi"}}', ['realtimeInput']],
    [' {\n"client_content" : {"turns":[]} , "toolResponse":{}}\r\n', ['clientContent', 'toolResponse']],
    ['{"context\\u0055pdate":{}}', ['contextUpdate']],
    ['{"realtimeInput":{"text":"\\"},\\"contextUpdate\\":{"}}', ['realtimeInput']],
    ['{"realtimeInput":{"text":"\\\\"},"contextUpdate":{}}', ['realtimeInput', 'contextUpdate']],
    ['{"new":[1,-2.5e3,true,null,{"setup":"a"}]}', [null]],
    ['{}', []],
  ])('%s', (text, kinds) => {
    expect(scan(text, false)?.kinds).toEqual(kinds);
    expect(scan(text)?.kinds).toEqual(kinds);
  });

  test.each([
    '',
    '[]',
    '"contextUpdate"',
    '{',
    '{"a":1',
    '{"a":1}x',
    '{"a":1,}',
    "{'contextUpdate':{}}",
    '{contextUpdate:{}}',
    '{"a":{"b":\'"\'},"c":1}',
    '{"a":1/*"*/,"contextUpdate":1}',
    '{"a":"\\',
    '{"\\x41":1}',
    '{"a":}',
    '{"a":]}',
  ])('what is no JSON object is nothing: %s', (text) => {
    expect(scan(text, false)).toBeNull();
  });

  test('a text of many brackets or quotes is no trouble', () => {
    expect(scan(`{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`, false)?.kinds).toEqual([null]);
    expect(scan({ clientContent: { turns: [{ parts: [{ text: '\\"'.repeat(200_000) }] }] } })?.kinds).toEqual([
      'clientContent',
    ]);
  });
});

describe('media', () => {
  test.each([
    [{ realtimeInput: { audio: { data: second, mimeType: 'audio/pcm;rate=16000' } } }, 1, 0],
    [{ realtimeInput: { audio: { mimeType: 'audio/pcm;rate=8000', data: second } } }, 2, 0],
    [{ realtimeInput: { audio: { data: second } } }, 1, 0],
    [{ realtimeInput: { audio: { data: second, mimeType: 'audio/pcm;rate=384000' } } }, 1 / 3, 0],
    [{ realtime_input: { video: { mime_type: 'image/jpeg', data: second } } }, 0, 1],
    [
      {
        realtimeInput: {
          mediaChunks: [
            { mimeType: 'image/png', data: 'AA==' },
            { mimeType: 'audio/pcm', data: second },
          ],
        },
      },
      1,
      1,
    ],
    [{ realtimeInput: { audio: null, video: 5, mediaChunks: 'x', audioStreamEnd: true } }, 0, 0],
    [
      {
        clientContent: {
          turns: [{ parts: [{ text: 'a' }, { inlineData: { mimeType: 'image/png', data: 'AA==' } }] }],
        },
      },
      0,
      1,
    ],
    [
      { toolResponse: { functionResponses: [{ parts: [{ inline_data: { mime_type: 'audio/pcm', data: second } }] }] } },
      1,
      0,
    ],
  ])('is counted (%#)', (message, audioSeconds, pictures) => {
    const found = scan(message);
    expect(found?.audioSeconds).toBeCloseTo(audioSeconds, 3);
    expect(found?.pictures).toBe(pictures);
  });

  test('said twice under one name counts twice', () => {
    const audio = `{"data":"${second}"}`;
    expect(scan(`{"realtimeInput":{"audio":${audio},"audio":${audio}},"realtimeInput":{}}`)?.audioSeconds).toBe(2);
  });
});
