import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open as openFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RecordingInfo } from '../src/ports/recording-store.ts';
import { type FileRecordings, fileRecordings } from '../src/recordings/index.ts';
import { WavWriter } from '../src/recordings/wav-writer.ts';
import { settle } from '../src/testing/fake-clock.ts';
import { amplitudeAt, sine } from '../src/testing/signals.ts';
import { audioFrame, type Guest, Stage } from './support/stage.ts';

const tone = (frequency: number, index: number, amplitude = 6_000) =>
  sine({ frequency, samples: 320 * (index + 1), amplitude }).slice(320 * index);
const modelTone = (frequency: number, seconds: number) =>
  sine({ frequency, samples: 24_000 * seconds, amplitude: 6_000, sampleRate: 24_000 });

interface Wav {
  readonly sampleRate: number;
  readonly samples: Int16Array;
  /** Loudness of a tone from one second to another. */
  tone(frequency: number, from: number, to: number): number;
}

/** Reads a WAV file as a strict player does. @throws Error when it is none */
async function readWav(store: FileRecordings, { roomId, recordingId }: RecordingInfo, file: string): Promise<Wav> {
  const found = await store.read(roomId, recordingId, file);
  if (!found) throw new Error(`There is no ${file}.`);
  const parts: Uint8Array[] = [];
  for await (const chunk of found.chunks) parts.push(chunk);
  const bytes = Buffer.concat(parts);
  expect(bytes.byteLength).toBe(found.bytes);
  expect(bytes.toString('latin1', 0, 4) + bytes.toString('latin1', 8, 16)).toBe('RIFFWAVEfmt ');
  expect(bytes.readUInt32LE(4)).toBe(bytes.byteLength - 8);
  expect(bytes.readUInt32LE(40)).toBe(bytes.byteLength - 44);
  expect([bytes.readUInt16LE(20), bytes.readUInt16LE(22), bytes.readUInt16LE(34)]).toEqual([1, 1, 16]);
  const sampleRate = bytes.readUInt32LE(24);
  const samples = Int16Array.from({ length: (bytes.byteLength - 44) / 2 }, (_, index) =>
    bytes.readInt16LE(44 + index * 2),
  );
  const part = (from: number, to: number) => samples.slice(from * sampleRate, to * sampleRate);
  return { sampleRate, samples, tone: (frequency, from, to) => amplitudeAt(part(from, to), frequency, sampleRate) };
}

describe('recording a room', () => {
  let directory: string;
  let store: FileRecordings;
  let stage: Stage;
  let ana: Guest;
  let ben: Guest;

  const open = async (options: Partial<Parameters<typeof fileRecordings>[0]> = {}, maxRecordingMs = 0) => {
    store = fileRecordings({ directory, now: () => stage.clock.now(), ...options });
    stage = await Stage.open({ manager: { recordings: store, maxRecordingMs } });
    ana = await stage.join('Ana', { role: 'host' });
    ben = await stage.join('Ben');
  };
  const ask = async (guest: Guest, active: boolean) => {
    const id = `r${guest.port.messages.length}`;
    guest.connection.receive({ type: 'request', id, action: 'record', active });
    await until(() => guest.port.messages.some((message) => 'id' in message && message.id === id));
    return guest.port.messages.find((message) => 'id' in message && message.id === id);
  };
  /** The disk answers when it likes. */
  const until = async (condition: () => boolean) => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
  };
  const recorded = async (): Promise<RecordingInfo> => {
    const [recording] = await stage.rooms.recordings(stage.roomId);
    if (!recording) throw new Error('Nothing was recorded.');
    return recording;
  };

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'room-recording-'));
  });
  afterEach(async () => {
    await stage?.rooms.shutdown();
    store?.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('TAPE1 nothing is recorded unless a host asks for it, and everybody is told for as long as it runs', async () => {
    await open();
    expect(ana.port.last('welcome').recording).toEqual({ active: false, recordingId: null, by: null, since: null });
    expect(await ask(ben, true)).toMatchObject({ type: 'refused', code: 'ERR_NOT_ALLOWED' });
    expect(await stage.rooms.recordings(stage.roomId)).toEqual([]);
    expect(await ask(ana, true)).toMatchObject({ type: 'done' });
    const by = { participantId: 'ana', name: 'Ana' };
    const active = { active: true, by, since: stage.clock.now(), recordingId: expect.any(String) };
    for (const { port } of [ana, ben]) expect(port.of('recording')).toMatchObject([{ recording: active }]);
    expect((await stage.join('Cy')).port.last('welcome').recording).toMatchObject(active);
    // Asking for what is so already changes nothing.
    expect(await ask(ana, true)).toMatchObject({ type: 'done' });
    await stage.clock.run(2_000, 200);
    expect(await ask(ana, false)).toMatchObject({ type: 'done' });
    expect(ben.port.last('recording').recording.active).toBe(false);
    const entries = (await stage.entries()).filter(({ kind }) => kind.startsWith('recording'));
    expect(entries).toMatchObject([
      { kind: 'recording.started', actor: by },
      { kind: 'recording.stopped', actor: by, body: { durationMs: 2_000, reason: 'asked' } },
    ]);
    expect(await recorded()).toMatchObject({ by, endedAt: stage.clock.now(), tracks: [{ file: 'mixed.wav' }] });
  });

  it('TAPE2 everybody has a track of their own and all are on one, each voice at the time at which it was heard', async () => {
    await open();
    await ask(ana, true);
    for (let index = 0; index < 150; index += 1) {
      // Ana in the first two seconds, Ben in the last two of three.
      if (index < 100) ana.connection.receiveMedia(audioFrame(index, tone(440, index)));
      if (index >= 50) ben.connection.receiveMedia(audioFrame(index, tone(1_000, index)));
      await stage.clock.run(20);
    }
    stage.model.session.emit({ type: 'audio', samples: modelTone(2_000, 2) });
    await stage.clock.run(2_500, 20);
    await ask(ana, false);
    const recording = await recorded();
    expect(recording.tracks.map(({ name, file, sampleRate }) => `${name} ${file} ${sampleRate}`).toSorted()).toEqual([
      'Ana person-1.wav 16000',
      'Ben person-2.wav 16000',
      'Everybody mixed.wav 16000',
      'Model model.wav 24000',
    ]);
    const [mixed, first, second, model] = await Promise.all(
      ['mixed.wav', 'person-1.wav', 'person-2.wav', 'model.wav'].map((file) => readWav(store, recording, file)),
    );
    for (const wav of [mixed, first, second, model]) {
      expect((wav?.samples.length ?? 0) / (wav?.sampleRate ?? 1)).toBeCloseTo(5.5, 1);
    }
    const voices = [
      { wav: first, frequency: 440, from: 0, to: 2 },
      { wav: second, frequency: 1_000, from: 1, to: 3 },
      { wav: model, frequency: 2_000, from: 3, to: 5 },
    ];
    for (const { wav, frequency, from, to } of voices) {
      for (const track of [wav, mixed]) {
        // A tick before and after belongs to the beginnings and ends.
        expect(track?.tone(frequency, from + 0.06, to - 0.06), `${frequency} Hz`).toBeGreaterThan(5_000);
        if (from > 0) expect(track?.tone(frequency, 0, from - 0.04)).toBeLessThan(60);
        expect(track?.tone(frequency, to + 0.26, 5.5)).toBeLessThan(60);
      }
    }
    expect(first?.tone(1_000, 0, 5.5)).toBeLessThan(20);
    expect(second?.tone(440, 0, 5.5)).toBeLessThan(20);
  });

  it('TAPE3 of an answer that was interrupted only what was heard is recorded', async () => {
    await open();
    await ask(ana, true);
    stage.model.session.emit({ type: 'audio', samples: modelTone(2_000, 4) });
    await stage.clock.run(1_000, 20);
    ana.connection.receive({ type: 'interrupt' });
    await stage.clock.run(2_000, 20);
    await ask(ana, false);
    const wav = await readWav(store, await recorded(), 'model.wav');
    expect(wav.tone(2_000, 0, 0.95)).toBeGreaterThan(5_000);
    expect(wav.tone(2_000, 1.25, 3)).toBeLessThan(60);
  });

  it('TAPE4 a recording ends with the last person, with the room, and after its longest time', async () => {
    await open({}, 60_000);
    const reasons = async () =>
      (await stage.entries()).flatMap((entry) => (entry.kind === 'recording.stopped' ? [entry.body.reason] : []));
    await ask(ana, true);
    await stage.clock.run(60_000, 1_000);
    expect(await reasons()).toEqual(['too long']);
    await ask(ana, true);
    ana.connection.receive({ type: 'leave' });
    ben.connection.receive({ type: 'leave' });
    await settle();
    expect(await reasons()).toEqual(['too long', 'nobody here']);
    const cy = await stage.join('Cy', { role: 'host' });
    await ask(cy, true);
    await stage.rooms.close(stage.roomId);
    expect(await reasons()).toEqual(['too long', 'nobody here', 'room ended']);
    expect((await stage.kinds()).at(-1)).toBe('room.closed');
    expect(await stage.rooms.recordings(stage.roomId)).toHaveLength(3);
    for (const { endedAt } of await stage.rooms.recordings(stage.roomId)) expect(endedAt).not.toBeNull();
    expect(stage.errors).toEqual([]);
  });

  it('TAPE5 a store that fails refuses the request, or ends the recording, and the room goes on', async () => {
    await writeFile(join(directory, 'file'), '');
    await open({ directory: join(directory, 'file') });
    expect(await ask(ana, true)).toMatchObject({ type: 'refused', code: 'ERR_STORE_UNAVAILABLE', retryable: true });
    ana.say('still here');
    await settle();
    expect(ana.port.of('ack')).toHaveLength(1);
    await stage.rooms.shutdown();
    stage = await Stage.open();
    const host = await stage.join('Ana', { role: 'host' });
    expect(await ask(host, true)).toMatchObject({ type: 'refused', code: 'ERR_NOT_ALLOWED' });
  });

  it('TAPE4 what is turned off, or left by everybody, while the store still makes ready for it is not recorded', async () => {
    await open();
    const begin = store.begin.bind(store);
    const waiting: (() => void)[] = [];
    let ended = 0;
    store.begin = async (about) => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      const writer = await begin(about);
      const end = async (at: number) => {
        await writer.end(at);
        ended += 1;
      };
      return { track: (track) => writer.track(track), end };
    };
    const goOn = async () => {
      await until(() => waiting.length > 0);
      waiting.pop()?.();
    };
    const cy = await stage.join('Cy', { role: 'host' });
    const asked = ask(ana, true);
    expect(await ask(cy, false)).toMatchObject({ type: 'done' });
    await goOn();
    expect(await asked).toMatchObject({ type: 'done' });
    expect(ben.port.of('recording')).toEqual([]);
    // Off and on again is on.
    const again = ask(ana, true);
    await ask(cy, false);
    const last = ask(cy, true);
    await goOn();
    await Promise.all([again, last]);
    expect(ben.port.of('recording').map(({ recording }) => recording.active)).toEqual([true]);
    await ask(ana, false);
    ana.connection.receive({ type: 'request', id: 'last', action: 'record', active: true });
    await until(() => waiting.length > 0);
    for (const { connection } of [ben, cy, ana]) connection.receive({ type: 'leave' });
    await goOn();
    await until(() => ended === 3);
    expect((await stage.entries()).filter(({ kind }) => kind === 'recording.started')).toHaveLength(1);
  });

  it('TAPE5 a store that fails midway ends the recording, everybody is told, and the room goes on', async () => {
    const full = new Error('no space left on the device');
    let isFull = false;
    const track = { write: async () => (isFull ? Promise.reject(full) : undefined) };
    await open();
    store.begin = async () => ({ track: () => track, end: async () => {} });
    expect(await ask(ana, true)).toMatchObject({ type: 'done' });
    ana.connection.receiveMedia(audioFrame(0, tone(440, 0)));
    isFull = true;
    await stage.clock.run(2_000, 20);
    expect(ana.port.of('recording').map(({ recording }) => recording.active)).toEqual([true, false]);
    expect((await stage.entries()).at(-1)).toMatchObject({ kind: 'recording.stopped', body: { reason: 'failed' } });
    expect(stage.errors).toMatchObject([{ stage: 'recording', error: full }]);
    ana.say('still here');
    await settle();
    expect(ana.port.of('ack')).toHaveLength(1);
  });

  it('TAPE5 a file on a full disk is closed', async () => {
    const probe = await openFile(join(directory, 'probe'), 'w');
    const handles = Object.getPrototypeOf(probe) as typeof probe;
    await probe.close();
    const writer = new WavWriter(join(directory, 'full.wav'), 16_000);
    await writer.write(0, tone(440, 0));
    let file: typeof probe | undefined;
    const write = vi.spyOn(handles, 'write').mockImplementation(async function (this: typeof probe) {
      file = this;
      throw new Error('no space left on the device');
    });
    try {
      const done = await Promise.allSettled([writer.write(320, tone(440, 0)), writer.end(640)]);
      expect(done.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    } finally {
      write.mockRestore();
    }
    expect(file?.fd).toBe(-1);
  });

  it('TAPE6 what is too old, or too much, is deleted, oldest first, and a room takes its recordings with it', async () => {
    await open({ maxAgeMs: 60_000, maxBytes: 150_000 });
    const durations = [2_000, 2_000, 1_000];
    for (const ms of durations) {
      await ask(ana, true);
      ana.connection.receiveMedia(audioFrame(0, tone(440, 0)));
      await stage.clock.run(ms, 200);
      await ask(ana, false);
    }
    // Two tracks of 32 kB a second: the third began when 256 kB were there.
    expect((await stage.rooms.recordings(stage.roomId)).map(({ tracks }) => tracks[0]?.bytes)).toEqual([
      32_044, 64_044,
    ]);
    await stage.clock.run(58_500, 4_500);
    await store.prune();
    expect(await stage.rooms.recordings(stage.roomId)).toHaveLength(1);
    await stage.rooms.delete(stage.roomId);
    expect(await readdir(directory)).toEqual([]);
  });

  it.each(['../x.wav', 'recording.json', 'mixed.wav/..', ''])('TAPE7 gives no file named %j', async (file) => {
    await open();
    await ask(ana, true);
    await ask(ana, false);
    const { recordingId } = await recorded();
    expect(await stage.rooms.recordingFile(stage.roomId, recordingId, file)).toBeNull();
    expect(await stage.rooms.recordingFile(stage.roomId, '..', 'mixed.wav')).toBeNull();
    await expect(stage.rooms.recordings('..')).rejects.toMatchObject({ code: 'ERR_ROOM_INPUT' });
  });

  it('TAPE8 files are valid after their process was killed, up to the last second', async () => {
    const writer = new URL('./recording-writer.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, ['--conditions=mono-source', writer, directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    for await (const _ of child.stdout) child.kill('SIGKILL');
    await exited;
    store = fileRecordings({ directory });
    const [recording] = await store.list('r');
    if (!recording) throw new Error('There is no recording.');
    expect(recording.endedAt).toBeNull();
    // The header on the disk is a second behind at most, so that any player takes the file as it is.
    const raw = await readFile(join(directory, 'r', 'one', 'mixed.wav'));
    expect(raw.readUInt32LE(40)).toBeGreaterThan(64_000);
    expect(raw.readUInt32LE(40)).toBeLessThanOrEqual(raw.byteLength - 44);
    const { samples } = await readWav(store, recording, 'mixed.wav');
    expect(samples.length).toBeGreaterThan(32_000);
    expect(samples.slice(0, 1_000).every((sample, index) => sample === index)).toBe(true);
  });

  it('TAPE9 refuses options that cannot be', () => {
    expect(() => fileRecordings({ directory: '' })).toThrow(TypeError);
    expect(() => fileRecordings({ directory, maxAgeMs: -1 })).toThrow('"maxAgeMs"');
    expect(() => fileRecordings({ directory, maxBytes: Number.NaN })).toThrow('"maxBytes"');
  });
});
