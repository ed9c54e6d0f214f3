import { randomUUID } from 'node:crypto';
import { type FakeGcs, type FaultPlan, next, startFakeGcs, weather } from '@colloquy/fake-gcs';
import { Storage } from '@google-cloud/storage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type GcsColdStoreOptions, gcsColdStore } from '../../src/gcs/index.ts';
import { testColdStore } from '../../src/testing/cold-store-contract.ts';

const QUICK = { firstPauseMs: 1, attemptMs: 2_000, budgetMs: 10_000 };

await testColdStore('Google Cloud Storage (fake)', async () => {
  const fake = await startFakeGcs();
  const open = () => gcsColdStore({ bucket: 'bucket', prefix: 'app/', apiEndpoint: fake.endpoint, projectId: 'test' });
  return { store: open(), reopen: async () => open(), dispose: () => fake.close() };
});

// The same contract in bad weather: every attempt may fail before or after it was carried out.
const seed = Number(process.env.COLLOQUY_SEED ?? 20_261_128);
await testColdStore(`Google Cloud Storage (fake, bad weather, seed ${seed})`, async () => {
  const bad = weather(seed, { resetBefore: 0.05, resetAfter: 0.08, unavailable: 0.04, tooMany: 0.02 });
  // A thousand objects only to be listed need no weather.
  const plan: FaultPlan = (target) => (target.name.includes('/many/') ? null : bad(target));
  const fake = await startFakeGcs({ plan });
  const open = () =>
    gcsColdStore({
      bucket: 'bucket',
      apiEndpoint: fake.endpoint,
      projectId: 'test',
      retry: { ...QUICK, budgetMs: 30_000 },
    });
  return { store: open(), reopen: async () => open(), dispose: () => fake.close() };
});

const real = process.env.COLLOQUY_TEST_BUCKET;
if (real !== undefined && real !== '') {
  await testColdStore(`Google Cloud Storage (${real})`, () => {
    const open = () => gcsColdStore({ bucket: real, prefix: `contract-${randomUUID()}/` });
    return { store: open() };
  });
} else {
  describe('cold store: Google Cloud Storage (a real bucket)', () =>
    it.skip('COLLOQUY_TEST_BUCKET names no bucket that may be written to', () => {}));
}

describe('the traps of the client library', () => {
  let fake: FakeGcs;
  beforeEach(async () => {
    fake = await startFakeGcs();
  });
  afterEach(() => fake.close());

  const open = (options: Partial<GcsColdStoreOptions> = {}) =>
    gcsColdStore({ bucket: 'bucket', apiEndpoint: fake.endpoint, projectId: 'test', retry: QUICK, ...options });
  const bytes = (text: string) => new TextEncoder().encode(text);

  it('GCS1 a creation whose answer was lost is known as our own, not as somebody else’s', async () => {
    fake.setPlan(next('insert', { kind: 'reset-after' }));
    expect(await open().putIfAbsent('a', bytes('mine'))).toMatchObject({ created: true });
    expect(fake.counts.insert).toBe(2);
  });

  it('GCS1 a replacement whose answer was lost is known as our own', async () => {
    const store = open();
    const { object } = await store.putIfAbsent('a', bytes('1'));
    fake.setPlan(next('insert', { kind: 'reset-after' }));
    const replaced = await store.replace('a', bytes('2'), object.version);
    expect(replaced).toEqual(await store.stat('a'));
  });

  it('GCS1 a replacement whose answer was lost, and which others have replaced since, is known as our own', async () => {
    const store = open();
    const { object } = await store.putIfAbsent('a', bytes('1'));
    let others: Promise<unknown> = Promise.resolve();
    fake.setPlan(({ operation }) => {
      if (operation !== 'insert') return null;
      fake.setPlan(null);
      others = open()
        .get('a')
        .then((read) => open().replace('a', bytes('3'), read?.object.version ?? ''));
      return { kind: 'reset-after' };
    });
    const slow = open({ retry: { ...QUICK, firstPauseMs: 500 } });
    const replaced = await slow.replace('a', bytes('2'), object.version);
    await others;
    expect(replaced).not.toBeNull();
    expect(new TextDecoder().decode((await store.get('a'))?.bytes)).toBe('3');
    expect(await store.replace('a', bytes('4'), replaced?.version ?? '')).toBeNull();
  });

  it('GCS1 a deletion whose answer was lost counts as done', async () => {
    const store = open();
    const { object } = await store.putIfAbsent('a', bytes('1'));
    fake.setPlan(next('delete', { kind: 'reset-after' }));
    expect(await store.delete('a', object.version)).toBe(true);
  });

  it('GCS2 a client that retries by itself is refused with the remedy', () => {
    const storage = new Storage({ apiEndpoint: fake.endpoint, projectId: 'test' });
    expect(() => open({ storage })).toThrow(/autoRetry: false/);
    const own = new Storage({ apiEndpoint: fake.endpoint, projectId: 'test', retryOptions: { autoRetry: false } });
    expect(() => open({ storage: own })).not.toThrow();
  });

  it('GCS2 what passes is tried again within the budget, with the library’s own retries off', async () => {
    fake.setPlan(next('insert', { kind: 'status', status: 503 }, { count: 3 }));
    expect(await open().putIfAbsent('a', bytes('x'))).toMatchObject({ created: true });
    expect(fake.counts.insert).toBe(4);
  });

  it('GCS2 a spent budget says what was tried, how often and what to check', async () => {
    fake.setPlan(() => ({ kind: 'status', status: 503 }));
    const store = open({ retry: { firstPauseMs: 1, budgetMs: 20 } });
    const failure = await store.putIfAbsent('rooms/r1/room.json', bytes('x')).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' });
    expect(String(failure)).toMatch(/write rooms\/r1\/room\.json, tried (once|\d+ times): 503 .*Check the bucket/);
  });

  it('GCS2 a call without an answer is given up in time', async () => {
    fake.setPlan(next('get', { kind: 'delay', ms: 60_000 }));
    const store = open({ retry: { firstPauseMs: 1, attemptMs: 50, budgetMs: 10_000 } });
    expect(await store.stat('a')).toBeNull();
    expect(fake.counts.get).toBe(2);
  });

  it('GCS2 a signal ends the waiting between attempts', async () => {
    fake.setPlan(() => ({ kind: 'status', status: 503 }));
    const controller = new AbortController();
    const store = open({ retry: { firstPauseMs: 3_600_000, budgetMs: 7_200_000 } });
    const call = store.stat('a', { signal: controller.signal });
    const gone = expect(call).rejects.toThrow('not wanted');
    controller.abort(new Error('not wanted any more'));
    await gone;
  });

  it('GCS3 what is read while it is replaced is one of the two, with its own version', async () => {
    const store = open();
    let current = (await store.putIfAbsent('a', bytes('0'))).object;
    const seen: string[] = [];
    let reading = true;
    const reader = (async () => {
      while (reading) {
        const read = await store.get('a');
        if (read) seen.push(`${read.object.metadata.value}=${new TextDecoder().decode(read.bytes)}`);
      }
    })();
    for (let value = 1; value <= 30; value += 1) {
      const replaced = await store.replace('a', bytes(String(value)), current.version, {
        metadata: { value: String(value) },
      });
      if (!replaced) throw new Error('nobody else writes');
      current = replaced;
    }
    reading = false;
    await reader;
    expect(seen.length).toBeGreaterThan(0);
    for (const pair of seen) expect(pair).toMatch(/^(undefined=0|(\d+)=\2)$/);
  });

  it('GCS4 bytes that changed on the way are read again, and never handed on', async () => {
    const store = open();
    await store.putIfAbsent('a', bytes('intact'));
    fake.setPlan(next('download', { kind: 'corrupt' }));
    expect(new TextDecoder().decode((await store.get('a'))?.bytes)).toBe('intact');
    expect(fake.counts.download).toBe(2);
    fake.setPlan(({ operation }) => (operation === 'download' ? { kind: 'corrupt' } : null));
    const refused = open({ retry: { firstPauseMs: 1, budgetMs: 20 } }).get('a');
    await expect(refused).rejects.toThrow(/do not have the stored checksum/);
  });

  it('GCS4 a download that is cut is read again', async () => {
    const store = open();
    await store.putIfAbsent('a', bytes('x'.repeat(10_000)));
    fake.setPlan(next('download', { kind: 'truncate' }));
    expect((await store.get('a'))?.bytes.length).toBe(10_000);
  });

  it('GCS5 a missing bucket is told, and not tried again', async () => {
    const refused = open({ bucket: 'no-such-bucket' }).putIfAbsent('a', bytes('x'));
    await expect(refused).rejects.toThrow(/bucket does not exist/);
    expect(fake.counts.insert).toBe(1);
  });

  it('GCS5 a prefix that cannot be is refused', () => {
    expect(() => open({ prefix: '/absolute' })).toThrow(RangeError);
  });
});
