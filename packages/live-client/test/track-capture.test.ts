import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { MicrophoneOptions } from '../src/devices/microphone.ts';
import { FakeAudioContext, stubWebAudio } from './fake-audio.ts';
import { browserError, FakeMediaDevices } from './fake-devices.ts';
import { FakeAudioData, FakeTrackProcessor, FakeWorker } from './fake-track-sound.ts';
import { sine } from './tones.ts';
import { outcomeOf, settle, watchedMicrophone } from './watched-microphone.ts';

let media: FakeMediaDevices;
let urls: { made: number; revoked: number };

beforeEach(async () => {
  media = new FakeMediaDevices();
  FakeTrackProcessor.made = [];
  FakeTrackProcessor.failure = null;
  FakeWorker.made = [];
  FakeWorker.fate = 'runs';
  FakeWorker.loading = null;
  urls = { made: 0, revoked: 0 };
  await stubWebAudio();
  vi.stubGlobal('MediaStreamTrackProcessor', FakeTrackProcessor);
  vi.stubGlobal('Worker', FakeWorker);
  vi.spyOn(URL, 'createObjectURL').mockImplementation(() => `blob:${++urls.made}`);
  vi.spyOn(URL, 'revokeObjectURL').mockImplementation(() => void urls.revoked++);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

function setUp(options: MicrophoneOptions = {}) {
  const watched = watchedMicrophone({ mediaDevices: media.port, ...options });
  return { ...watched, times: () => watched.frames.map(({ mediaTime }) => mediaTime / 320) };
}

const patiently = { interval: 0, timeout: 30_000 };
const newest = () => {
  const processor = FakeTrackProcessor.made.at(-1);
  if (!processor) throw new Error('No track is read.');
  return processor;
};
/** What can be left: tracks, contexts, threads, addresses, sounds that nobody has closed. */
const left = () => ({
  tracks: media.open.length,
  contexts: FakeAudioContext.made.filter(({ state }) => state !== 'closed').length,
  threads: FakeWorker.made.filter(({ ended }) => !ended).length,
  addresses: urls.made - urls.revoked,
  sounds: FakeTrackProcessor.made.flatMap(({ given }) => given).filter(({ closed }) => closed !== 1).length,
});
const nothing = { tracks: 0, contexts: 0, threads: 0, addresses: 0, sounds: 0 };

/** So many milliseconds of a tone in pieces of 10 ms, until they were read. */
async function speak(milliseconds: number, { processor = newest(), amplitude = 0.5 } = {}) {
  const samples = sine(500, 48_000, milliseconds * 48, amplitude);
  for (let at = 0; at + 480 <= samples.length; at += 480) {
    processor.give(
      new FakeAudioData([samples.subarray(at, at + 480)], { layout: 'f32', atMs: processor.given.length * 10 }),
    );
    await settle();
  }
}

describe('Microphone that reads its track in a worker', () => {
  it('gives 20 ms frames of 16 kHz with level and voice, without an audio context', async () => {
    const { microphone, frames, states, times } = setUp();
    await microphone.start();
    await speak(400);
    expect(states).toEqual(['starting', 'on']);
    expect(times()).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect(frames.every(({ samples, endOfBurst }) => samples.length === 320 && !endOfBurst)).toBe(true);
    expect(frames[10]?.voice).toBe(true);
    expect(microphone.level).toBeCloseTo(0.5 / Math.SQRT2, 2);
    expect(FakeAudioContext.made).toEqual([]);
    expect(FakeWorker.made.map(({ url }) => url)).toEqual(['blob:1']);
  });

  it('has room for a second of sound that the worker has not read yet', async () => {
    const { microphone, times } = setUp();
    await microphone.start();
    const processor = newest();
    for (let n = 0; n < 100; n++) processor.give(new FakeAudioData([new Float32Array(480)], { atMs: n * 10 }));
    await vi.waitFor(() => expect(times()).toEqual(Array.from({ length: 50 }, (_, n) => n)));
  });

  it('ends the burst with one frame of silence when muted, and its time goes on', async () => {
    const { microphone, frames, states, times } = setUp();
    await microphone.start();
    await speak(100);
    microphone.setMuted(true);
    expect(frames.at(-1)).toMatchObject({ endOfBurst: true, voice: false, mediaTime: 5 * 320 });
    expect(media.open[0]?.track.enabled).toBe(false);
    await speak(200);
    expect(frames.length).toBe(6);
    microphone.setMuted(false);
    await speak(40);
    expect(times()).toEqual([0, 1, 2, 3, 4, 5, 15, 16]);
    expect(states).toEqual(['starting', 'on', 'muted', 'on']);
  });

  it('gives out speech only when it has a voice gate', async () => {
    const { microphone, frames } = setUp({ voiceGate: true });
    await microphone.start();
    await speak(600, { amplitude: 0.0005 });
    expect(frames).toEqual([]);
    await speak(400);
    expect(frames.length).toBe(20 + 14);
    await speak(1_500, { amplitude: 0.0005 });
    expect(frames.filter(({ endOfBurst }) => endOfBurst)).toEqual([frames.at(-1)]);
  });

  it('gives silence while no sound comes at all, and says after 3 s of it that it gives nothing', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    const { microphone, frames } = setUp();
    await microphone.start();
    await vi.advanceTimersByTimeAsync(2_900);
    expect(microphone.state.silent).toBe(false);
    expect(frames.length).toBe(145);
    await vi.advanceTimersByTimeAsync(100);
    expect(microphone.state).toMatchObject({ status: 'on', silent: true });
    await speak(40);
    expect(microphone.state.silent).toBe(false);
    microphone.stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('reads no more, and looks no more, when its track has ended', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const { microphone } = setUp();
    await microphone.start();
    const before = vi.getTimerCount();
    newest().end();
    await settle();
    // The page looks after its worker until it hears of the end.
    expect([before, vi.getTimerCount()]).toEqual([2, 1]);
    await microphone.dispose();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('switches to another device without a pause, and frees the one before', async () => {
    const { microphone, times, states } = setUp();
    await microphone.start({ deviceId: 'a' });
    const before = newest();
    await speak(100);
    media.immediate = false;
    const switching = microphone.start({ deviceId: 'b' });
    await speak(100, { processor: before });
    media.asked[1]?.answer();
    await switching;
    expect(media.open.map(({ track }) => track.deviceId)).toEqual(['b']);
    expect(before.cancelled).toBe(true);
    await speak(100);
    expect(times()).toEqual(Array.from({ length: 15 }, (_, n) => n));
    expect(states).toEqual(['starting', 'on', 'on']);
    expect(FakeWorker.made.map(({ ended }) => ended)).toEqual([true, false]);
  });

  it('goes on with the default device when its own goes away', async () => {
    const { microphone, frames, states, times } = setUp();
    await microphone.start({ deviceId: 'a' });
    await speak(40);
    media.open[0]?.track.end();
    expect(frames.at(-1)?.endOfBurst).toBe(true);
    await settle();
    await settle();
    expect(microphone.state).toMatchObject({ status: 'on', deviceId: 'default' });
    await speak(40);
    expect(times()).toEqual([0, 1, 2, 3, 4]);
    expect(states).toEqual(['starting', 'on', 'starting', 'on']);
    expect(FakeWorker.made.map(({ ended }) => ended)).toEqual([true, false]);
  });

  it('leaves nothing when it is disposed, also a read that waits', async () => {
    const { microphone, frames } = setUp();
    await microphone.start();
    await speak(40);
    const processor = newest();
    await microphone.dispose();
    expect(processor.cancelled).toBe(true);
    expect(left()).toEqual(nothing);
    expect(frames.length).toBe(3);
  });

  it('leaves nothing when it is stopped while the worker is loading', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    FakeWorker.loading = promise;
    const { microphone, states } = setUp();
    const outcome = outcomeOf(microphone.start());
    await vi.waitFor(() => expect(FakeWorker.made.length).toBe(1), { interval: 0 });
    microphone.stop();
    expect(await outcome).toBe('ERR_ABORTED');
    resolve();
    await settle();
    expect(left()).toEqual(nothing);
    expect(states).toEqual(['starting', 'off']);
  });

  it.each(['auto', 'track'] as const)(
    'leaves nothing at once when it is disposed while its worker hangs in loading, and opens nothing later, by "%s"',
    async (capture) => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      FakeWorker.fate = 'hangs';
      const { microphone } = setUp({ capture });
      const outcome = outcomeOf(microphone.start());
      await vi.waitFor(() => expect(FakeWorker.made.length).toBe(1), { interval: 0 });
      await microphone.dispose();
      expect(await outcome).toBe('ERR_ABORTED');
      await settle();
      expect(left()).toEqual(nothing);
      expect(vi.getTimerCount()).toBe(0);
      expect(FakeAudioContext.made).toEqual([]);
    },
  );

  const failures = [
    ['stops with an exception', () => FakeWorker.made.at(-1)?.throw('no more memory')],
    ['cannot read the track', () => newest().fail(new Error('no more memory'))],
    ['gets what it cannot take', () => newest().give(new FakeAudioData([new Float32Array(480)], { sampleRate: 1 }))],
  ] as const;

  it.each(failures)('goes on by the audio worklet, on the same device, when its worker %s', async (_what, stop) => {
    const { microphone, frames, states, times } = setUp();
    await microphone.start({ deviceId: 'a' });
    await speak(40);
    stop();
    await vi.waitFor(() => expect(states).toEqual(['starting', 'on', 'starting', 'on']), patiently);
    FakeAudioContext.made.at(-1)?.worklets[0]?.run(sine(500, 48_000, 1_920));
    expect(frames.map(({ endOfBurst }) => endOfBurst)).toEqual([false, false, true, false, false]);
    expect(times()).toEqual([0, 1, 2, 3, 4]);
    expect(microphone.state).toMatchObject({ status: 'on', deviceId: 'a' });
    expect(left()).toEqual({ ...nothing, tracks: 1, contexts: 1 });
    // The worklet has nothing else behind it.
    FakeAudioContext.made.at(-1)?.worklets[0]?.onprocessorerror?.();
    expect(microphone.state).toMatchObject({ status: 'failed', error: { code: 'ERR_WORKLET_FAILED' } });
    expect(left()).toEqual(nothing);
  });

  it.each(failures)(
    'is read anew three times where it may only be so, then fails, when its worker %s',
    async (_, stop) => {
      const { microphone } = setUp({ capture: 'track' });
      await microphone.start();
      for (let turn = 0; turn < 4; turn++) {
        await speak(40);
        stop();
        const expected = turn < 3 ? [turn + 2, 'on'] : [4, 'failed'];
        await vi.waitFor(() => expect([FakeWorker.made.length, microphone.state.status]).toEqual(expected), patiently);
      }
      expect(microphone.state.error).toMatchObject({ code: 'ERR_WORKLET_FAILED', retryable: true });
      expect(FakeAudioContext.made).toEqual([]);
      expect(left()).toEqual(nothing);
    },
  );

  it('takes a worker that gives nothing for 6 s, not even silence, for one that failed', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    const { microphone, states } = setUp();
    await microphone.start();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(microphone.state).toMatchObject({ status: 'on', silent: true });
    FakeWorker.made[0]?.hang();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(FakeAudioContext.made).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_000);
    await vi.waitFor(() => expect(microphone.state.status).toBe('on'), patiently);
    expect(states.slice(-2)).toEqual(['starting', 'on']);
    expect(FakeAudioContext.made.map(({ state }) => state)).toEqual(['running']);
    expect(left().threads).toBe(0);
  });

  it('takes the worker from where the files are', async () => {
    await setUp({ workletUrl: '/files' }).microphone.start();
    expect(FakeWorker.made.map(({ url }) => url)).toEqual(['/files/capture-worklet.js']);
    expect(urls.made).toBe(0);
  });
});

describe('Microphone where no worker can read its track', () => {
  const speakInWorklet = () => FakeAudioContext.made.at(-1)?.worklets[0]?.run(sine(500, 48_000, 4_800));

  it.each([
    ['the browser has no processor of tracks', () => vi.stubGlobal('MediaStreamTrackProcessor', undefined)],
    ['the browser has no workers', () => vi.stubGlobal('Worker', undefined)],
    ['the policy refuses workers at once', () => Object.assign(FakeWorker, { fate: 'throws' })],
    ['the worker cannot be loaded', () => Object.assign(FakeWorker, { fate: 'fails' })],
    ['the processor takes no sound', () => Object.assign(FakeTrackProcessor, { failure: new TypeError('video only') })],
  ])('captures by the audio worklet when %s', async (_reason, arrange) => {
    arrange();
    const { microphone, frames } = setUp();
    await microphone.start();
    speakInWorklet();
    expect(frames.length).toBe(5);
    await microphone.dispose();
    // One that the policy refused at once has no thread.
    const { threads, ...others } = left();
    expect(threads).toBe(FakeWorker.fate === 'throws' ? 1 : 0);
    expect(others).toEqual({ tracks: 0, contexts: 0, addresses: 0, sounds: 0 });
  });

  it('captures by the audio worklet when the worker does not answer within 5 s', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    FakeWorker.fate = 'hangs';
    const { microphone, frames } = setUp();
    const outcome = outcomeOf(microphone.start());
    await vi.waitFor(() => expect(FakeWorker.made.length).toBe(1), { interval: 0 });
    await vi.advanceTimersByTimeAsync(4_999);
    expect(microphone.state.status).toBe('starting');
    await vi.advanceTimersByTimeAsync(1);
    expect(await outcome).toBe('started');
    speakInWorklet();
    expect(frames.length).toBe(5);
    await microphone.dispose();
    await settle();
    expect(left()).toEqual(nothing);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('opens no audio context for a track that ended while the worker was loading', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    FakeWorker.loading = promise;
    const { microphone } = setUp();
    const outcome = outcomeOf(microphone.start());
    await vi.waitFor(() => expect(FakeWorker.made.length).toBe(1), { interval: 0 });
    media.open[0]?.track.end();
    resolve();
    expect(await outcome).toBe('ERR_MICROPHONE_LOST');
    expect(FakeAudioContext.made).toEqual([]);
    expect(left()).toEqual(nothing);
  });
});

describe('Microphone that is told how to capture', () => {
  it('makes no worker for "worklet"', async () => {
    await setUp({ capture: 'worklet' }).microphone.start();
    expect(FakeWorker.made).toEqual([]);
    expect(FakeAudioContext.made.length).toBe(1);
  });

  it.each([
    ['ERR_AUDIO_UNAVAILABLE', () => vi.stubGlobal('MediaStreamTrackProcessor', undefined)],
    ['ERR_AUDIO_UNAVAILABLE', () => Object.assign(FakeTrackProcessor, { failure: browserError('InvalidStateError') })],
    ['ERR_WORKLET_LOAD', () => Object.assign(FakeWorker, { fate: 'fails' })],
    ['ERR_WORKLET_LOAD', () => Object.assign(FakeWorker, { fate: 'throws' })],
  ])('fails with %s for "track" where that cannot be', async (code, arrange) => {
    arrange();
    const { microphone } = setUp({ capture: 'track' });
    expect(await outcomeOf(microphone.start())).toBe(code);
    expect(microphone.state.error?.hint).toMatch(/"auto"|workletUrl/);
    // One that was refused at once has no thread.
    expect(left()).toEqual({ ...nothing, threads: FakeWorker.fate === 'throws' ? 1 : 0 });
  });

  it('refuses another word', () => {
    expect(() => setUp({ capture: 'tarck' as 'track' })).toThrow(
      '"capture" is "auto", "track" or "worklet"; got "tarck".',
    );
  });
});
