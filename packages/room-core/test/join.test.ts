import type { NewEntry } from '@colloquy/live-protocol';
import { describe, expect, it } from 'vitest';
import { memoryEngine } from '../src/memory-engine.ts';
import { settle } from '../src/testing/fake-clock.ts';
import type { RecordingConnection } from '../src/testing/recording-connection.ts';
import { delegateEngine } from './support/delegate-engine.ts';
import { RoughEngine, random } from './support/rough-engine.ts';
import { Stage } from './support/stage.ts';

const openFast = () => Stage.open({ manager: { limits: { maxTextsPerSecond: 0 }, model: null } });
const seqs = (port: RecordingConnection) => port.entries.map(({ seq }) => seq);
const range = (from: number, to: number) =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);

/** Ana joins (entry 1) and writes until the log has `top` entries. */
async function openWithLog(top: number) {
  const stage = await openFast();
  const ana = await stage.join('Ana');
  for (let n = 1; n < top; n += 1) {
    ana.say(`text ${n}`);
    if (n % 20 === 0) await settle();
  }
  await settle();
  return { stage, ana };
}

describe('joining', () => {
  it('JOIN1 welcomes a newcomer with the room, who is there, limits and time, before any entry', async () => {
    const { stage } = await openWithLog(3);
    const ben = await stage.join('Ben', { role: 'host' });
    expect(ben.port.messages[0]).toEqual({
      type: 'welcome',
      v: 1,
      effective: null,
      room: await stage.rooms.get(stage.roomId),
      epoch: 1,
      top: 3,
      recovered: false,
      hasOlder: false,
      self: { participantId: 'ben', index: 2, connectionId: 'c2' },
      participants: [
        expect.objectContaining({ participantId: 'ana', index: 1, status: 'present' }),
        expect.objectContaining({ participantId: 'ben', index: 2, name: 'Ben', role: 'host' }),
      ],
      presenceVersion: 2,
      inflight: [],
      model: { status: 'off', turn: 0 },
      floor: { policy: 'mix', mode: 'open', holder: null, queue: [] },
      pin: null,
      recording: { active: false, recordingId: null, by: null, since: null },
      codecs: { audio: 'pcm16', video: 'jpeg' },
      limits: { maxTextLength: 16_000, maxMessageBytes: 1_048_576, maxPicturesPerSecond: 1 },
      serverTime: stage.clock.now(),
    });
    // Entries up to the top, then one's own arrival live.
    expect(seqs(ben.port)).toEqual([1, 2, 3, 4]);
    expect(ben.port.entries.at(-1)).toMatchObject({ kind: 'participant.added', body: { name: 'Ben', role: 'host' } });
  });

  it('JOIN2 gives a newcomer the newest 50 entries and says that there are older ones', async () => {
    const { stage } = await openWithLog(120);
    const ben = await stage.join('Ben');
    expect(ben.port.last('welcome')).toMatchObject({ recovered: false, hasOlder: true, top: 120 });
    expect(seqs(ben.port)).toEqual(range(71, 121));
  });

  it('JOIN3 gives whoever comes back everything they missed, in order and once', async () => {
    const { stage, ana } = await openWithLog(10);
    const ben = await stage.join('Ben', { clientId: 'ben-tab' });
    const seen = ben.port.entries.at(-1)?.seq ?? 0;
    ben.connection.disconnected();
    for (let n = 0; n < 7; n += 1) ana.say(`missed ${n}`);
    await settle();
    const back = await stage.join('Ben', { clientId: 'ben-tab', resume: { epoch: 1, seq: seen } });
    expect(back.port.last('welcome')).toMatchObject({ recovered: true, top: seen + 7, hasOlder: true });
    expect(seqs(back.port)).toEqual(range(seen + 1, seen + 7));
  });

  it.each([
    { gap: 500, recovered: true, first: 101 },
    { gap: 501, recovered: false, first: 552 },
  ])('JOIN4 makes up for a gap of $gap entries: $recovered', async ({ gap, recovered, first }) => {
    const { stage } = await openWithLog(100 + gap);
    const ben = await stage.join('Ben', { resume: { epoch: 1, seq: 100 } });
    expect(ben.port.last('welcome')).toMatchObject({ recovered, hasOlder: true });
    // All or nothing: whatever follows has no hole.
    expect(seqs(ben.port)).toEqual(range(first, 100 + gap + 1));
  });

  it('JOIN4 gives the newest page of at most 256 Ki characters instead when what was missed is more than 1 MiB', async () => {
    const { stage, ana } = await openWithLog(1);
    for (let n = 0; n < 80; n += 1) {
      ana.say('x'.repeat(15_000));
      if (n % 20 === 19) await settle();
    }
    await settle();
    const ben = await stage.join('Ben', { resume: { epoch: 1, seq: 1 } });
    expect(ben.port.last('welcome')).toMatchObject({ recovered: false, top: 81 });
    expect(seqs(ben.port)).toEqual(range(65, 82));
    // No message is larger than a client takes.
    const lengths = ben.port.of('entries').map((message) => JSON.stringify(message).length);
    expect(Math.max(...lengths)).toBeLessThan(300_000);
  });

  it('JOIN5 tells a client that is ahead of the log what to forget', async () => {
    const { stage } = await openWithLog(5);
    const ben = await stage.join('Ben', { resume: { epoch: 1, seq: 9 } });
    expect(ben.port.last('welcome')).toMatchObject({ recovered: false, truncateAfter: 5 });
    expect(seqs(ben.port)).toEqual(range(1, 6));
  });

  it('JOIN5 starts anew for a client of another epoch', async () => {
    const { stage } = await openWithLog(5);
    const ben = await stage.join('Ben', { resume: { epoch: 0, seq: 3 } });
    expect(ben.port.last('welcome')).toMatchObject({ recovered: false, epoch: 1 });
    expect(ben.port.last('welcome')).not.toHaveProperty('truncateAfter');
  });

  it('JOIN6 has neither gap nor double for those who join while others write, on an engine that is late and loses entries', async () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const rough = new RoughEngine(memoryEngine(), { random: random(seed), lose: 0.3, delayTurns: 3 });
      const manager = { limits: { maxTextsPerSecond: 0 }, model: null };
      const stage = await Stage.open({ engine: rough, manager });
      const ana = await stage.join('Ana');
      const joining = [];
      for (let n = 0; n < 60; n += 1) {
        ana.say(`text ${n}`);
        if (n % 10 === 5) joining.push(stage.join(`Guest ${n}`));
        if (n % 3 === 0) await settle();
      }
      const guests = await Promise.all(joining);
      // The position check finds what was lost at the end.
      await stage.clock.run(30_000, 1_000);
      for (let turn = 0; turn < 20; turn += 1) await settle();
      const { top } = await rough.position(stage.roomId);
      expect(top).toBe(60 + 1 + guests.length);
      for (const { port } of guests) {
        const [first = 0] = seqs(port);
        expect(seqs(port), `seed ${seed}`).toEqual(range(first, top));
      }
    }
  });

  it('JOIN6 misses nothing that another process appends while a newcomer is being caught up', async () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const inner = memoryEngine();
      const rough = new RoughEngine(inner, { random: random(seed), delayTurns: 4 });
      const stage = await Stage.open({ engine: rough, manager: { model: null } });
      const elsewhere = async (count: number) => {
        for (let n = 0; n < count; n += 1) {
          const actor = { participantId: 'eve', name: 'Eve' };
          await inner.append(stage.roomId, {
            kind: 'msg.text',
            actor,
            body: { text: 'from elsewhere', toModel: false },
          });
          await settle();
        }
      };
      await elsewhere(80);
      const [ana, ben] = await Promise.all([stage.join('Ana'), stage.join('Ben'), elsewhere(20)]);
      for (let turn = 0; turn < 10; turn += 1) await settle();
      for (const { port } of [ana, ben]) {
        const [first = 0] = seqs(port);
        expect(seqs(port), `seed ${seed}`).toEqual(range(first, 80 + 20 + 2));
      }
    }
  });

  describe('while a newcomer is being caught up', () => {
    /** Somebody comes while others write; what the newcomer was told, or why it was refused. */
    async function joinWhile(write: (append: (text: string) => Promise<number>) => Promise<void>) {
      const inner = memoryEngine({ now: () => 1_000_000 });
      let release = () => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      let asked = () => {};
      const reading = new Promise<void>((resolve) => {
        asked = resolve;
      });
      const read: typeof inner.read = async (...args) => {
        const entries = await inner.read(...args);
        asked();
        await held;
        return entries;
      };
      const engine = delegateEngine(inner, { read });
      const stage = await Stage.open({ engine, manager: { model: null } });
      const append = async (text: string) => {
        const actor = { participantId: 'eve', name: 'Eve' };
        const entry: NewEntry = { kind: 'msg.text', actor, body: { text, toModel: false } };
        const result = await inner.append(stage.roomId, entry);
        return result.outcome === 'appended' ? JSON.stringify(result.entry).length : 0;
      };
      for (let n = 0; n < 10; n += 1) await append('before');
      const joined = stage.join('Ana').then(
        ({ port }) => ({ port, refusal: null }),
        (error: { readonly code: string }) => ({ port: null, refusal: error.code }),
      );
      await reading;
      await write(append);
      release();
      const { port, refusal } = await joined;
      await settle();
      const { top } = await inner.position(stage.roomId);
      const seen = port && seqs(port);
      const again = await stage.join('Ben');
      await settle();
      expect(again.port.entries.at(-1)).toMatchObject({ kind: 'participant.added', body: { name: 'Ben' } });
      await stage.rooms.shutdown();
      return { refusal, seen, top };
    }

    /** Entries of together so many characters of JSON. */
    const sized = (total: number) => async (append: (text: string) => Promise<number>) => {
      const overhead = await append('');
      let left = total - overhead;
      while (left > 0) {
        const length = left > 1_000_000 ? 500_000 : left;
        expect(await append('x'.repeat(length - overhead))).toBe(length);
        left -= length;
      }
    };

    it('JOIN6 takes exactly 4 MiB of what is written meanwhile, and refuses a character more, retryably', async () => {
      const most = 4 * 1024 * 1024;
      const fits = await joinWhile(sized(most));
      expect(fits.refusal).toBeNull();
      expect(fits.seen).toEqual(range(1, fits.top));
      expect((await joinWhile(sized(most + 1))).refusal).toBe('ERR_STORE_UNAVAILABLE');
    });

    it('JOIN6 takes exactly 5,000 entries meanwhile, and refuses one more', async () => {
      const many = (count: number) => async (append: (text: string) => Promise<number>) => {
        for (let n = 0; n < count; n += 1) await append('meanwhile');
      };
      const fits = await joinWhile(many(5_000));
      expect(fits.refusal).toBeNull();
      expect(fits.seen).toEqual(range(1, fits.top));
      expect((await joinWhile(many(5_001))).refusal).toBe('ERR_STORE_UNAVAILABLE');
    });
  });

  it('JOIN7 pages backwards without holes until the first entry', async () => {
    const { stage } = await openWithLog(120);
    const ben = await stage.join('Ben');
    ben.connection.receive({ type: 'history', id: 'h1', before: 71, limit: 50 });
    ben.connection.receive({ type: 'history', id: 'h2', before: 21, limit: 50 });
    ben.connection.receive({ type: 'history', id: 'h3', before: 1, limit: 50 });
    ben.connection.receive({ type: 'history', id: 'h4', before: 5000, limit: 2 });
    await settle();
    const pages = ben.port
      .of('history')
      .map(({ id, entries, hasOlder }) => [id, entries.map(({ seq }) => seq), hasOlder]);
    expect(pages).toEqual([
      ['h1', range(21, 70), true],
      ['h2', range(1, 20), false],
      ['h3', [], false],
      ['h4', [120, 121], true],
    ]);
  });

  it('JOIN8 answers a client that saw a gap with everything after its last entry', async () => {
    const { stage } = await openWithLog(700);
    const ben = await stage.join('Ben');
    const before = ben.port.entries.length;
    ben.connection.receive({ type: 'sync', from: 695 });
    await settle();
    expect(seqs(ben.port).slice(before)).toEqual(range(696, 701));
    ben.connection.receive({ type: 'sync', from: 701 });
    await settle();
    expect(ben.port.last('entries').entries).toEqual([]);
    // A long way back comes in parts: the client asks again from the last one.
    const longBefore = ben.port.entries.length;
    ben.connection.receive({ type: 'sync', from: 0 });
    await settle();
    expect(seqs(ben.port).slice(longBefore)).toEqual(range(1, 500));
    ben.connection.receive({ type: 'sync', from: 9999 });
    expect(ben.port.last('error')).toMatchObject({ code: 'ERR_ROOM_INPUT', message: expect.stringContaining('9999') });
  });

  it('JOIN9 closes the older connection of the same tab, without an absence', async () => {
    const { stage, ana } = await openWithLog(1);
    const first = await stage.join('Ben', { clientId: 'ben-tab' });
    const changesBefore = ana.port.of('presence').length;
    const second = await stage.join('Ben', { clientId: 'ben-tab' });
    expect(first.port.closed?.code).toBe(4409);
    first.connection.disconnected();
    await stage.clock.run(60_000, 5_000);
    expect(second.port.closed).toBeNull();
    expect(
      ana.port
        .of('presence')
        .slice(changesBefore)
        .flatMap(({ removed }) => removed),
    ).toEqual([]);
    expect(
      ana.port
        .of('presence')
        .flatMap(({ changed }) => changed)
        .filter(({ status }) => status === 'away'),
    ).toEqual([]);
    expect((await stage.kinds()).filter((kind) => kind === 'participant.added')).toHaveLength(2);
  });

  it('JOIN9 does not let another person take a tab over', async () => {
    const { stage, ana } = await openWithLog(1);
    await stage.join('Ben', { clientId: 'tab-1' });
    expect(ana.port.closed).toBeNull();
  });

  it('JOIN10 refuses whoever is too many, and takes them when there is a place', async () => {
    const stage = await Stage.open({ manager: { limits: { maxParticipants: 2, maxConnectionsPerParticipant: 2 } } });
    const ana = await stage.join('Ana');
    await stage.join('Ben');
    await expect(stage.join('Cy')).rejects.toMatchObject({ code: 'ERR_ROOM_FULL' });
    await stage.join('Ana', { clientId: 'second' });
    await expect(stage.join('Ana', { clientId: 'third' })).rejects.toMatchObject({ code: 'ERR_ROOM_FULL' });
    await stage.join('Ana', { clientId: 'second' });
    ana.connection.receive({ type: 'leave' });
    await stage.join('Ana', { clientId: 'third' });
    expect(stage.rooms.sessions()[0]?.people.map(({ connections }) => connections.length)).toEqual([2, 1]);
  });

  it.each([
    { identity: { participantId: '', name: 'A', role: 'speaker' } },
    { identity: { participantId: 'model', name: 'A', role: 'speaker' } },
    { identity: { participantId: 'room', name: 'A', role: 'speaker' } },
    { identity: { participantId: 'x'.repeat(129), name: 'A', role: 'speaker' } },
    { identity: { participantId: 'a', name: '', role: 'speaker' } },
    { identity: { participantId: 'a', name: 'Eve\nAna', role: 'speaker' } },
    { identity: { participantId: 'a', name: 'A', role: 'model' } },
    { clientId: '' },
    { clientId: 'a:b' },
    { resume: { epoch: -1, seq: 0 } },
    { resume: { epoch: 1, seq: 1.5 } },
  ])('JOIN11 refuses the client %#', async (wrong) => {
    const stage = await openFast();
    const { RecordingConnection } = await import('../src/testing/recording-connection.ts');
    const port = new RecordingConnection('c');
    const client = { identity: { participantId: 'a', name: 'A', role: 'speaker' }, clientId: 'tab', ...wrong };
    await expect(stage.rooms.connect(stage.roomId, client as never, port)).rejects.toMatchObject({
      code: 'ERR_ROOM_INPUT',
    });
    expect(port.messages).toEqual([]);
  });

  it('JOIN12 refuses a second hello and answers a ping', async () => {
    const { ana } = await openWithLog(1);
    ana.connection.receive({ type: 'hello', v: 1, clientId: 'tab' });
    expect(ana.port.last('error')).toMatchObject({ code: 'ERR_ROOM_INPUT', message: expect.stringContaining('hello') });
    ana.connection.receive({ type: 'ping', t: 42 });
    expect(ana.port.last('pong')).toMatchObject({ t: 42 });
    ana.connection.receive({ type: 'dance' } as never);
    expect(ana.port.of('error')).toHaveLength(2);
  });

  it('JOIN13 fails a join clearly when the store cannot be read, and the next one works', async () => {
    const rough = new RoughEngine(memoryEngine(), { random: random(1) });
    const stage = await Stage.open({ engine: rough, manager: { model: null } });
    const ana = await stage.join('Ana');
    ana.connection.receive({ type: 'leave' });
    // The room is put to rest, so nothing of its log is in memory.
    await stage.clock.run(60_000, 5_000);
    rough.failing = true;
    await expect(stage.join('Ben')).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' });
    rough.failing = false;
    const ben = await stage.join('Ben');
    expect(ben.port.closed).toBeNull();
    expect(seqs(ben.port)).toEqual([1, 2, 3]);
  });

  it('JOIN14 says when history cannot be read, and the connection stays', async () => {
    const rough = new RoughEngine(memoryEngine(), { random: random(1) });
    const stage = await Stage.open({ engine: rough, manager: { model: null } });
    const ana = await stage.join('Ana');
    ana.connection.receive({ type: 'leave' });
    await stage.clock.run(60_000, 5_000);
    const ben = await stage.join('Ben', { resume: { epoch: 1, seq: 2 } });
    rough.failing = true;
    ben.connection.receive({ type: 'history', id: 'h', before: 3, limit: 10 });
    await settle();
    expect(ben.port.last('error').code).toBe('ERR_STORE_UNAVAILABLE');
    expect(ben.port.closed).toBeNull();
  });

  it('JOIN2 JOIN7 keeps every page small enough for a slow client, and none has a hole', async () => {
    const limits = { maxTextLength: 100_000, maxTextsPerSecond: 0 };
    const stage = await Stage.open({ manager: { model: null, limits } });
    const ana = await stage.join('Ana');
    for (let n = 0; n < 20; n += 1) ana.say('漢'.repeat(50_000));
    await settle();
    const ben = await stage.join('Ben');
    const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
    const page = ben.port.entries.filter(({ kind }) => kind === 'msg.text');
    expect(bytesOf(page)).toBeLessThan(1_048_576);
    expect(page).toHaveLength(5);
    expect(ben.port.last('welcome').hasOlder).toBe(true);
    let before = page[0]?.seq ?? 0;
    for (let hasOlder = true; hasOlder; ) {
      ben.connection.receive({ type: 'history', id: 'h', before, limit: 500 });
      await settle();
      const older = ben.port.last('history');
      expect(bytesOf(older)).toBeLessThan(1_048_576);
      expect(older.entries.at(-1)?.seq).toBe(before - 1);
      before = older.entries[0]?.seq ?? 1;
      hasOlder = older.hasOlder;
    }
    expect(before).toBe(1);
  });
});
