import { type Bucket, Storage } from '@google-cloud/storage';
import { afterEach, describe, expect, it } from 'vitest';
import { type FakeGcs, type FakeGcsOptions, next, startFakeGcs, weather } from '../src/index.ts';
import { probeStorage } from './probe.ts';

const running: FakeGcs[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((fake) => fake.close()));
});

async function start(options: FakeGcsOptions = {}): Promise<{ fake: FakeGcs; bucket: Bucket }> {
  const fake = await startFakeGcs(options);
  running.push(fake);
  return { fake, bucket: connect(fake) };
}

/** The client with its own retries off, so that each fault is seen. */
function connect(fake: FakeGcs): Bucket {
  const options = { apiEndpoint: fake.endpoint, projectId: 'test', retryOptions: { autoRetry: false } };
  return new Storage(options).bucket('bucket');
}

const CREATE = { resumable: false, validation: false, preconditionOpts: { ifGenerationMatch: 0 } } as const;

const probed: { fake: FakeGcs | null } = { fake: null };
probeStorage('the fake, through the real client', {
  connect: async () => {
    probed.fake = await startFakeGcs();
    return connect(probed.fake);
  },
  disconnect: async () => probed.fake?.close(),
});

// A bucket that may be written to, with application default credentials: the fake is held against it.
const real = process.env.COLLOQUY_TEST_BUCKET;
if (real !== undefined && real !== '') {
  probeStorage(`the real bucket ${real}`, {
    connect: async () => new Storage().bucket(real),
    disconnect: async () => {},
  });
} else {
  describe('the real bucket', () => it.skip('COLLOQUY_TEST_BUCKET names no bucket that may be written to', () => {}));
}

describe('faults', () => {
  it('reset-before breaks the connection and does nothing', async () => {
    const { fake, bucket } = await start();
    fake.setPlan(next('insert', { kind: 'reset-before' }));
    await expect(bucket.file('a').save('x', CREATE)).rejects.toThrow();
    expect(await bucket.file('a').exists()).toEqual([false]);
  });

  it('reset-after does it and loses the answer: the retry meets 412, its own success', async () => {
    const { fake, bucket } = await start();
    fake.setPlan(next('insert', { kind: 'reset-after' }));
    await expect(bucket.file('a').save('mine', CREATE)).rejects.toThrow();
    await expect(bucket.file('a').save('mine', CREATE)).rejects.toMatchObject({ code: 412 });
    expect((await bucket.file('a').download())[0].toString()).toBe('mine');
  });

  it('answers of the service do nothing', async () => {
    const { fake, bucket } = await start();
    fake.setPlan(next('insert', { kind: 'status', status: 503 }));
    await expect(bucket.file('a').save('x', CREATE)).rejects.toMatchObject({ code: 503 });
    expect(await bucket.file('a').exists()).toEqual([false]);
    expect(fake.counts.insert).toBe(1);
  });

  it('a truncated download is an error, never half of an object', async () => {
    const { fake, bucket } = await start();
    await bucket.file('a').save('x'.repeat(10_000), CREATE);
    fake.setPlan(next('download', { kind: 'truncate' }));
    await expect(bucket.file('a').download({ validation: false })).rejects.toThrow();
  });

  it('a corrupted download does not have its checksum', async () => {
    const { fake, bucket } = await start();
    await bucket.file('a').save('x'.repeat(1000), CREATE);
    fake.setPlan(next('download', { kind: 'corrupt' }));
    await expect(bucket.file('a').download({ validation: 'crc32c' })).rejects.toMatchObject({
      code: 'CONTENT_DOWNLOAD_MISMATCH',
    });
  });

  it('the same seed brings the same weather', () => {
    const shares = { resetBefore: 0.1, resetAfter: 0.1, unavailable: 0.1, tooMany: 0.1 };
    const draw = (seed: number) => {
      const plan = weather(seed, shares);
      return Array.from({ length: 200 }, () => plan({ operation: 'get', name: 'a' })?.kind ?? 'fine');
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    expect(new Set(draw(7))).toEqual(new Set(['fine', 'reset-before', 'reset-after', 'status']));
  });
});

it('serves the real client as its README shows it', async () => {
  const seed = 7;
  // #region start
  const fake = await startFakeGcs({ plan: weather(seed, { resetAfter: 0.1, unavailable: 0.05 }) });
  const bucket = new Storage({ apiEndpoint: fake.endpoint, projectId: 'test' }).bucket('bucket');
  // #endregion
  running.push(fake);
  expect(await bucket.file('nothing').exists()).toEqual([false]);
});

describe('the limit of one write per second and name', () => {
  it('answers 429 within the second, and not after it or for another name', async () => {
    let now = 1_000_000;
    const { bucket } = await start({ writeRate: true, now: () => now });
    const overwrite = { resumable: false, validation: false } as const;
    await bucket.file('a').save('1', overwrite);
    await bucket.file('b').save('1', overwrite);
    await expect(bucket.file('a').save('2', overwrite)).rejects.toMatchObject({ code: 429 });
    now += 1000;
    await bucket.file('a').save('3', overwrite);
    expect((await bucket.file('a').download())[0].toString()).toBe('3');
  });
});
