import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Speaker, type SpeakerOptions } from '../src/audio/speaker.ts';
import type { LiveClientError } from '../src/errors.ts';
import { FakeAudioContext, stubWebAudio } from './fake-audio.ts';
import { power, sine16 } from './tones.ts';

beforeEach(stubWebAudio);
afterEach(async () => {
  vi.useRealTimers();
  // What is still loading ends in the world it began in.
  await settle();
  vi.unstubAllGlobals();
});

/** Until the output, a chunk of its own, has been loaded and what follows has happened. */
const settle = async () => {
  await import('../src/audio/playback-output.ts');
  await new Promise<void>((resolve) => setImmediate(resolve));
};
const context = () => {
  const made = FakeAudioContext.made.at(-1);
  if (!made) throw new Error('No audio context was made.');
  return made;
};
/** Most that two neighbours differ by: a tone that goes on has no step. */
const steadiness = (samples: Float32Array) =>
  samples.reduce((most, sample, n) => (n === 0 ? 0 : Math.max(most, Math.abs(sample - (samples[n - 1] ?? 0)))), 0);
const second = sine16(500, 24_000, 24_000);

describe('Speaker', () => {
  it('opens nothing before the first sound', async () => {
    const speaker = new Speaker();
    expect(FakeAudioContext.made).toEqual([]);
    expect(speaker.canPlay).toBe(false);
    await speaker.dispose();
  });

  it('plays what was pushed before and after its worklet was there, and counts it where it is played', async () => {
    const speaker = new Speaker();
    const source = speaker.source('model', { sampleRate: 24_000 });
    source.push(second, { turn: 1 });
    await settle();
    source.push(second, { turn: 1 });
    source.end();
    expect(power(context().play(1_000))).toBeGreaterThan(0.2);
    context().play(1_100);
    expect(await source.statistics()).toMatchObject({
      receivedSamples: 48_000,
      playedSamples: 48_000,
      droppedSamples: 0,
      underruns: 0,
      playedThroughTurn: 1,
    });
  });

  it('leaves the samples to the caller', async () => {
    const speaker = new Speaker();
    const samples = new Int16Array(second);
    const source = speaker.source('model', { sampleRate: 24_000 });
    await settle();
    source.push(samples);
    expect(samples.length).toBe(24_000);
  });

  it('passes samples through shared memory where the page is isolated, in order with everything else', async () => {
    vi.stubGlobal('crossOriginIsolated', true);
    const speaker = new Speaker();
    const source = speaker.source('model', { sampleRate: 24_000 });
    source.push(second, { turn: 1 });
    await settle();
    // More than fits at once: what does not goes by messages, and nothing overtakes it.
    for (let at = 0; at < 4; at++) source.push(second, { turn: 1 });
    expect((await source.statistics()).receivedSamples).toBe(120_000);
    const heard = context().play(1_500);
    expect(steadiness(heard.subarray(24_000))).toBeLessThan(0.06);
    source.push(second, { turn: 1 });
    source.interrupt(1);
    source.push(second, { turn: 1 });
    source.push(second, { turn: 2 });
    expect(await source.statistics()).toMatchObject({
      transport: 'shared',
      receivedSamples: 192_000,
      queuedMs: 1_000,
      heardTurn: 1,
    });
    context().play(1_200);
    expect((await source.statistics()).heardTurn).toBe(2);
  });

  it('tells how far a turn was heard', async () => {
    const speaker = new Speaker();
    const source = speaker.source('model', { sampleRate: 24_000 });
    await settle();
    expect(source.heard).toEqual({ turn: 0, ms: 0 });
    source.push(second, { turn: 3 });
    context().play(500);
    expect(source.heard.turn).toBe(3);
    expect(source.heard.ms).toBeGreaterThan(440);
    expect(source.heard.ms).toBeLessThanOrEqual(500);
    Object.assign(context(), { outputLatency: 0.2 });
    expect(source.heard.ms).toBeGreaterThan(240);
    expect(source.heard.ms).toBeLessThanOrEqual(300);
    source.interrupt(3);
    context().play(500);
    const { heardTurn, heardMs } = await source.statistics();
    expect(heardTurn).toBe(3);
    expect(heardMs).toBeLessThan(530);
    source.push(second, { turn: 4 });
    source.end();
    context().play(1_200);
    expect(source.heard).toEqual({ turn: 4, ms: 1_000 });
  });

  it('does not ask Firefox for its output latency, which may hang there for good', async () => {
    vi.stubGlobal('mozInnerScreenX', 0);
    const speaker = new Speaker();
    const source = speaker.source('model', { sampleRate: 24_000 });
    await settle();
    Object.defineProperty(context(), 'outputLatency', {
      get: () => {
        throw new Error('It was asked.');
      },
    });
    source.push(second, { turn: 1 });
    context().play(500);
    expect(source.heard.turn).toBe(1);
    expect(source.heard.ms).toBeGreaterThan(440);
  });

  it('ducks beside its volume', async () => {
    const speaker = new Speaker();
    speaker.volume = 0.5;
    speaker.duckedBy = 0.75;
    speaker.source('a', { sampleRate: 16_000 });
    await settle();
    expect(context().gains[0]?.gain.value).toBe(0.125);
    speaker.duckedBy = 0;
    expect(context().gains[0]?.gain.value).toBe(0.5);
    expect(speaker.volume).toBe(0.5);
    expect(() => {
      speaker.duckedBy = 1.5;
    }).toThrow(/duckedBy is 1.5/);
  });

  it('gives the same source for the same id, and a new one after it was disposed', async () => {
    const speaker = new Speaker();
    const source = speaker.source('a', { sampleRate: 16_000 });
    expect(speaker.source('a', { sampleRate: 16_000 })).toBe(source);
    expect(() => speaker.source('a', { sampleRate: 24_000 })).toThrow(/"a" plays at 16000 Hz .* 24000 Hz/);
    source.dispose();
    expect(speaker.source('a', { sampleRate: 24_000 })).not.toBe(source);
  });

  it('plays several sources at once and one context', async () => {
    const speaker = new Speaker();
    const sources = ['a', 'b', 'model'].map((id) => speaker.source(id, { sampleRate: 24_000 }));
    await settle();
    expect(FakeAudioContext.made.length).toBe(1);
    expect(context().modules.length).toBe(1);
    sources[0]?.push(second);
    sources[1]?.push(second);
    const together = power(context().play(500).subarray(4_800));
    expect(together).toBeGreaterThan(3 * (0.32 / 1.1));
  });

  it('is silent 15 ms after an interruption', async () => {
    const speaker = new Speaker();
    const source = speaker.source('model', { sampleRate: 24_000 });
    await settle();
    source.push(second, { turn: 1 });
    context().play(200);
    source.interrupt(1);
    source.push(second, { turn: 1 });
    const after = context().play(400);
    expect(power(after.subarray(0, 480))).toBeGreaterThan(0.01);
    expect(power(after.subarray(720))).toBe(0);
  });

  it('tells the level of each source and nothing of what stopped', async () => {
    const speaker = new Speaker();
    const source = speaker.source('model', { sampleRate: 24_000 });
    await settle();
    expect(source.level).toBe(0);
    source.push(second);
    context().play(500);
    expect(source.level).toBeCloseTo(0.8 / Math.SQRT2, 1);
    source.interrupt();
    context().play(200);
    expect(source.level).toBe(0);
  });

  it('says when the autoplay policy lets it play, and plays on from there', async () => {
    FakeAudioContext.allowed = false;
    const speaker = new Speaker();
    const told: boolean[] = [];
    speaker.on('canPlayChanged', ({ canPlay }) => told.push(canPlay));
    const source = speaker.source('model', { sampleRate: 24_000 });
    source.push(second, { turn: 1 });
    await settle();
    expect(speaker.canPlay).toBe(false);
    FakeAudioContext.allowed = true;
    await speaker.resume();
    expect(speaker.canPlay).toBe(true);
    context().play(200);
    expect((await source.statistics()).playedSamples).toBeGreaterThan(4_000);
    FakeAudioContext.allowed = false;
    context().change('suspended');
    expect(told).toEqual([true, false]);
  });

  it("wakes an output that the system suspended, but not a context that is the caller's", async () => {
    const speaker = new Speaker();
    await speaker.resume();
    context().change('suspended');
    expect(speaker.canPlay).toBe(true);
    await speaker.dispose();
    const given = new FakeAudioContext();
    const guest = new Speaker({ audioContext: given as unknown as AudioContext });
    await guest.resume();
    given.change('suspended');
    expect(guest.canPlay).toBe(false);
  });

  it('skips what the others heard while it waited for a gesture', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    FakeAudioContext.allowed = false;
    const speaker = new Speaker();
    const source = speaker.source('model', { sampleRate: 24_000 });
    source.push(sine16(500, 24_000, 240_000), { turn: 1 });
    await settle();
    vi.advanceTimersByTime(6_000);
    FakeAudioContext.allowed = true;
    await speaker.resume();
    expect(await source.statistics()).toMatchObject({ droppedSamples: 144_000, queuedMs: 4_000 });
  });

  it('keeps two minutes of what cannot be heard yet and counts the rest as dropped, but obeys every interruption', async () => {
    FakeAudioContext.allowed = false;
    const speaker = new Speaker();
    const source = speaker.source('model', { sampleRate: 24_000 });
    const minute = new Int16Array(24_000 * 60);
    // Two minutes before there is a worklet, and more once there is one.
    for (let minutes = 0; minutes < 3; minutes++) source.push(minute, { turn: 1 });
    await settle();
    const posted = vi.spyOn(context().worklets[0]?.port ?? {}, 'postMessage' as never);
    source.push(minute, { turn: 1 });
    expect(posted).not.toHaveBeenCalled();
    expect(await source.statistics()).toMatchObject({
      receivedSamples: 4 * minute.length,
      droppedSamples: 2 * minute.length,
      queuedMs: 120_000,
    });
    source.interrupt(1);
    expect(await source.statistics()).toMatchObject({ droppedSamples: 4 * minute.length, queuedMs: 0 });
    FakeAudioContext.allowed = true;
    await speaker.resume();
    source.push(second, { turn: 2 });
    expect(await source.statistics()).toMatchObject({ queuedMs: 1_000 });
  });

  it('rejects resume with the remedy when the browser does not let it play', async () => {
    vi.useFakeTimers();
    FakeAudioContext.allowed = false;
    const speaker = new Speaker();
    const outcome = speaker.resume().catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await outcome).toMatchObject({ code: 'ERR_AUTOPLAY_BLOCKED', hint: expect.stringMatching(/click/) });
  });

  it('sets volumes of all and of one, also before there is an output', async () => {
    const speaker = new Speaker();
    speaker.volume = 0.5;
    const source = speaker.source('a', { sampleRate: 16_000 });
    source.volume = 0.25;
    await settle();
    expect(context().gains.map((node) => node.gain.value)).toEqual([0.5, 0.25]);
    speaker.volume = 1;
    source.volume = 0;
    expect(context().gains.map((node) => node.gain.value)).toEqual([1, 0]);
    expect(() => {
      speaker.volume = 2;
    }).toThrow(/volume is 2; give a number from 0 to 1/);
    expect(() => {
      source.volume = Number.NaN;
    }).toThrow(RangeError);
  });

  it('plays through the chosen device, also when it was chosen before there was an output', async () => {
    const speaker = new Speaker();
    await speaker.setOutputDevice('headset');
    speaker.source('a', { sampleRate: 16_000 });
    await settle();
    expect(context().sinkId).toBe('headset');
    await expect(speaker.setOutputDevice('missing')).rejects.toMatchObject({ code: 'ERR_OUTPUT_DEVICE' });
  });

  it.each<[string, SpeakerOptions['workletUrl'], string]>([
    ['a folder', '/assets/worklets', '/assets/worklets/playback-worklet.js'],
    ['a folder with a slash', '/assets/', '/assets/playback-worklet.js'],
    ['a URL', new URL('https://cdn.example/w/'), 'https://cdn.example/w/playback-worklet.js'],
    ['a function', (file) => `/x/${file}?v=1`, '/x/playback-worklet.js?v=1'],
  ])('loads the worklet file from %s', async (_, workletUrl, url) => {
    new Speaker({ workletUrl }).source('a', { sampleRate: 16_000 });
    await settle();
    expect(context().modules).toEqual([url]);
  });

  it.each(['', '/worklets/playback-worklet.js'])('refuses %j as the folder of the worklets', (workletUrl) => {
    expect(() => new Speaker({ workletUrl })).toThrow(/give the folder/);
  });

  it('loads inline from a blob, or as data where a policy forbids blobs', async () => {
    new Speaker().source('a', { sampleRate: 16_000 });
    await settle();
    expect(context().modules).toEqual([expect.stringMatching(/^blob:/)]);
    FakeAudioContext.failingModules = (url) => url.startsWith('blob:');
    new Speaker().source('a', { sampleRate: 16_000 });
    await settle();
    expect(context().modules).toEqual([
      expect.stringMatching(/^blob:/),
      expect.stringMatching(/^data:text\/javascript/),
    ]);
  });

  it('says what to do when the worklet cannot be loaded, and counts audio as dropped', async () => {
    FakeAudioContext.failingModules = () => true;
    const speaker = new Speaker();
    const failures: LiveClientError[] = [];
    speaker.on('failed', ({ error }) => failures.push(error));
    const source = speaker.source('a', { sampleRate: 24_000 });
    source.push(second);
    await settle();
    source.push(second);
    expect(failures).toMatchObject([{ code: 'ERR_WORKLET_LOAD', hint: expect.stringMatching(/blob: in script-src/) }]);
    expect(await source.statistics()).toMatchObject({
      receivedSamples: 48_000,
      playedSamples: 0,
      droppedSamples: 48_000,
    });
  });

  it('plays a source again whose worklet could not be loaded at first, once it is loaded', async () => {
    FakeAudioContext.failingModules = () => true;
    const speaker = new Speaker();
    const source = speaker.source('model', { sampleRate: 24_000 });
    source.push(second);
    await settle();
    source.push(second);
    FakeAudioContext.failingModules = null;
    await speaker.resume();
    await settle();
    expect(speaker.source('model', { sampleRate: 24_000 })).toBe(source);
    source.push(second);
    source.end();
    expect(power(context().play(1_200))).toBeGreaterThan(0.2);
    expect(await source.statistics()).toMatchObject({
      receivedSamples: 72_000,
      playedSamples: 24_000,
      droppedSamples: 48_000,
    });
  });

  it.each([false, true])('plays a source again whose worklet failed, with shared memory: %s', async (isolated) => {
    vi.stubGlobal('crossOriginIsolated', isolated);
    const speaker = new Speaker();
    const source = speaker.source('model', { sampleRate: 24_000 });
    source.volume = 0.5;
    source.push(second);
    await settle();
    context().worklets[0]?.onprocessorerror?.();
    source.push(second);
    expect(power(context().play(500))).toBe(0);
    // Anybody else who is heard loads the worklet too.
    speaker.source('ben', { sampleRate: 16_000 });
    await settle();
    expect(context().gains.at(-2)?.gain.value).toBe(0.5);
    source.push(second);
    source.end();
    expect(power(context().play(1_200))).toBeGreaterThan(0.2);
    source.dispose();
    await speaker.resume();
    await settle();
    expect(context().worklets).toHaveLength(3);
  });

  it('takes audio and drops it where there is no Web Audio', async () => {
    vi.unstubAllGlobals();
    const speaker = new Speaker();
    const failures: LiveClientError[] = [];
    speaker.on('failed', ({ error }) => failures.push(error));
    const source = speaker.source('a', { sampleRate: 24_000 });
    source.push(second);
    source.interrupt();
    source.end();
    expect(await source.statistics()).toMatchObject({ receivedSamples: 24_000, droppedSamples: 24_000 });
    expect(failures).toMatchObject([{ code: 'ERR_AUDIO_UNAVAILABLE' }]);
    await expect(speaker.resume()).rejects.toMatchObject({ code: 'ERR_AUDIO_UNAVAILABLE' });
    await speaker.dispose();
  });

  it('ends every worklet and closes its context when disposed, but not a context it was given', async () => {
    const speaker = new Speaker();
    const source = speaker.source('a', { sampleRate: 24_000 });
    await settle();
    await speaker.dispose();
    await speaker.dispose();
    expect(context().state).toBe('closed');
    expect(context().worklets[0]?.run()).toBe(null);
    source.push(second);
    expect(await source.statistics()).toMatchObject({ droppedSamples: 24_000 });
    await expect(speaker.resume()).rejects.toMatchObject({ code: 'ERR_DISPOSED' });

    const given = new FakeAudioContext();
    const guest = new Speaker({ audioContext: given as unknown as AudioContext });
    guest.source('a', { sampleRate: 16_000 });
    await settle();
    await guest.dispose();
    expect(given.state).toBe('running');
  });

  it('does not make a node when it was disposed while the worklet was loading', async () => {
    const speaker = new Speaker();
    speaker.source('a', { sampleRate: 24_000 });
    await speaker.dispose();
    await settle();
    expect(context().worklets).toEqual([]);
  });

  it('waits for no engine whose audio hangs: every wait has an end and says why', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const outcome = (promise: Promise<unknown>) =>
      promise.then(
        () => 'done',
        ({ code, retryable }: LiveClientError) => `${code} ${retryable}`,
      );
    const speaker = new Speaker();
    const failures: LiveClientError[] = [];
    speaker.on('failed', ({ error }) => failures.push(error));
    await speaker.resume();
    await settle();
    const chime = outcome(speaker.chime());
    await settle();
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await chime).toBe('ERR_OUTPUT_DEVICE false');

    FakeAudioContext.hanging = true;
    const routed = outcome(speaker.setOutputDevice('headset'));
    await settle();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await routed).toBe('ERR_OUTPUT_DEVICE false');
    const disposed = outcome(speaker.dispose());
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await disposed).toBe('done');

    const other = new Speaker();
    other.on('failed', ({ error }) => failures.push(error));
    other.source('a', { sampleRate: 24_000 });
    await settle();
    await vi.advanceTimersByTimeAsync(20_000);
    await settle();
    expect(failures).toMatchObject([{ code: 'ERR_WORKLET_LOAD', retryable: true }]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
