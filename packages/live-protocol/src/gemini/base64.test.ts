import { afterEach, describe, expect, it, vi } from 'vitest';
import { base64ByteLength, decodeBase64, encodeBase64, isBase64 } from './base64.ts';

const samples: [bytes: number[], text: string][] = [
  [[], ''],
  [[0], 'AA=='],
  [[0, 1], 'AAE='],
  [[0, 1, 2], 'AAEC'],
  [[0xfb, 0xef, 0xbe, 0xff], '++++/w=='],
];

const all = Uint8Array.from({ length: 70_000 }, (_, index) => (index * 7) & 0xff);

function suite(): void {
  it.each(samples)('%j is %j, both ways', (bytes, text) => {
    expect(encodeBase64(Uint8Array.from(bytes))).toBe(text);
    expect([...decodeBase64(text)]).toEqual(bytes);
  });

  it('keeps large and odd-placed arrays', () => {
    expect(decodeBase64(encodeBase64(all))).toEqual(all);
    const view = all.subarray(3, 17);
    expect(decodeBase64(encodeBase64(view))).toEqual(Uint8Array.from(view));
  });

  it('reads the URL-safe alphabet, with padding and without', () => {
    expect([...decodeBase64('----_w')]).toEqual([0xfb, 0xef, 0xbe, 0xff]);
    expect([...decodeBase64('-+-+_w==')]).toEqual([0xfb, 0xef, 0xbe, 0xff]);
  });

  it.each(['A', '%%%%', 'AAAA=A', 'ů'])('refuses %j, and says how it starts', (text) => {
    expect(() => decodeBase64(text)).toThrow(SyntaxError);
    expect(() => decodeBase64(text)).toThrow(`starting with ${JSON.stringify(text)}`);
  });
}

describe('base64 by the engine', suite);

describe('base64 where the engine has none', () => {
  const proto = Object.getOwnPropertyDescriptor(Uint8Array.prototype, 'toBase64');
  const own = Object.getOwnPropertyDescriptor(Uint8Array, 'fromBase64');
  afterEach(() => vi.restoreAllMocks());

  function without(run: () => void): () => void {
    return () => {
      Reflect.deleteProperty(Uint8Array.prototype, 'toBase64');
      Reflect.deleteProperty(Uint8Array, 'fromBase64');
      try {
        run();
      } finally {
        if (proto) Object.defineProperty(Uint8Array.prototype, 'toBase64', proto);
        if (own) Object.defineProperty(Uint8Array, 'fromBase64', own);
      }
    };
  }

  it.each(samples)('%j is %j, both ways', (bytes, text) => {
    without(() => {
      expect(encodeBase64(Uint8Array.from(bytes))).toBe(text);
      expect([...decodeBase64(text)]).toEqual(bytes);
    })();
  });

  it(
    'keeps large arrays',
    without(() => {
      const coded = encodeBase64(all);
      const decoded = decodeBase64(coded);
      expect(decoded.length).toBe(all.length);
      expect(decoded.every((byte, index) => byte === all[index])).toBe(true);
    }),
  );

  it(
    'reads the URL-safe alphabet',
    without(() => {
      expect([...decodeBase64('----_w')]).toEqual([0xfb, 0xef, 0xbe, 0xff]);
    }),
  );

  it(
    'refuses what is none',
    without(() => {
      expect(() => decodeBase64('%%%%')).toThrow(SyntaxError);
    }),
  );
});

describe('isBase64 and base64ByteLength', () => {
  it('agree with decoding', () => {
    for (let length = 0; length < 40; length += 1) {
      const text = encodeBase64(all.subarray(0, length));
      for (const form of [text, text.replaceAll('=', ''), text.replaceAll('+', '-').replaceAll('/', '_')]) {
        expect(isBase64(form), form).toBe(true);
        expect(base64ByteLength(form), form).toBe(length);
      }
    }
  });

  it.each(['A', 'AA=', 'AAAA=', '====', 'A A=', 'AA==\n', 'data:,AA'])('refuses %j', (text) => {
    expect(isBase64(text)).toBe(false);
  });
});
