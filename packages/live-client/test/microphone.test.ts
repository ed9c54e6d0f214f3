import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Microphone, type MicrophoneOptions } from '../src/devices/microphone.ts';
import { FakeAudioContext, stubWebAudio } from './fake-audio.ts';
import { browserError, FakeMediaDevices } from './fake-devices.ts';
import { sine } from './tones.ts';
import { outcomeOf, settle, watchedMicrophone } from './watched-microphone.ts';

let media: FakeMediaDevices;

beforeEach(async () => {
  media = new FakeMediaDevices();
  await stubWebAudio();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function setUp(options: MicrophoneOptions = {}) {
  return watchedMicrophone({ mediaDevices: media.port, ...options });
}

/** So many milliseconds of a tone through the worklet of the newest context. */
function speak(milliseconds: number, context = FakeAudioContext.made.at(-1), amplitude = 0.5) {
  const samples = sine(500, 48_000, (milliseconds * 48_000) / 1_000, amplitude);
  const node = context?.worklets[0];
  for (let at = 0; at + 160 <= samples.length; at += 160) node?.run(samples.subarray(at, at + 160));
}

describe('Microphone', () => {
  it('gives 20 ms frames of 16 kHz with level and voice', async () => {
    const { microphone, frames, states } = setUp();
    await microphone.start();
    speak(400);
    expect(states).toEqual(['starting', 'on']);
    expect(frames.length).toBe(20);
    expect(frames.every((frame) => frame.samples.length === 320 && !frame.endOfBurst)).toBe(true);
    expect(frames.map((frame) => frame.mediaTime)).toEqual(frames.map((_, index) => index * 320));
    expect(frames[10]?.voice).toBe(true);
    expect(microphone.level).toBeCloseTo(0.5 / Math.SQRT2, 2);
  });

  it('asks for echo cancellation, noise suppression and gain control unless told otherwise', async () => {
    await setUp().microphone.start();
    expect(media.asked[0]?.constraints).toMatchObject({
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
      video: false,
    });
    await setUp({ echoCancellation: false, deviceId: 'a' }).microphone.start();
    expect(media.asked[1]?.constraints.audio).toMatchObject({ echoCancellation: false, deviceId: { exact: 'a' } });
  });

  it('ends the burst with one frame of silence when muted, and gives none until unmuted', async () => {
    const { microphone, frames, states } = setUp();
    await microphone.start();
    speak(100);
    microphone.setMuted(true);
    microphone.setMuted(true);
    expect(frames.at(-1)).toMatchObject({ endOfBurst: true, voice: false, mediaTime: 5 * 320 });
    expect(frames.at(-1)?.samples).toEqual(new Int16Array(320));
    expect(media.open[0]?.track.enabled).toBe(false);
    speak(200);
    expect(frames.length).toBe(6);
    expect(microphone.level).toBe(0);
    microphone.setMuted(false);
    expect(media.open[0]?.track.enabled).toBe(true);
    speak(100);
    expect(frames.length).toBe(11);
    expect(frames.filter((frame) => frame.endOfBurst).length).toBe(1);
    const times = frames.map((frame) => frame.mediaTime);
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
    expect(times.at(-1)).toBe(19 * 320);
    expect(states).toEqual(['starting', 'on', 'muted', 'on']);
  });

  it('never gives two frames the same time, however fast it is muted and unmuted', async () => {
    const { microphone, frames } = setUp();
    await microphone.start();
    speak(40);
    microphone.setMuted(true);
    microphone.setMuted(false);
    speak(60);
    expect(frames.map((frame) => frame.mediaTime / 320)).toEqual([0, 1, 2, 3, 4]);
    expect(frames.map((frame) => frame.endOfBurst)).toEqual([false, false, true, false, false]);
  });

  it('starts muted when it was muted before, without a burst to end', async () => {
    const { microphone, frames, states } = setUp();
    microphone.setMuted(true);
    await microphone.start();
    speak(100);
    expect(media.open[0]?.track.enabled).toBe(false);
    microphone.stop();
    expect(frames).toEqual([]);
    expect(states).toEqual(['starting', 'muted', 'off']);
  });

  it('frees the device and ends the burst when stopped', async () => {
    const { microphone, frames } = setUp();
    await microphone.start();
    speak(40);
    microphone.stop();
    microphone.stop();
    expect(frames.map((frame) => frame.endOfBurst)).toEqual([false, false, true]);
    expect(media.open).toEqual([]);
    expect(FakeAudioContext.made[0]?.state).toBe('closed');
    speak(100);
    expect(frames.length).toBe(3);
  });

  it.each([
    ['NotAllowedError', 'ERR_MICROPHONE_DENIED'],
    ['NotFoundError', 'ERR_MICROPHONE_NOT_FOUND'],
  ])('fails with a hint on %s, and can be started again', async (name, code) => {
    const { microphone, states } = setUp();
    media.failures.push(browserError(name));
    await expect(microphone.start()).rejects.toMatchObject({ code, hint: expect.stringMatching(/\w/) });
    expect(microphone.state).toMatchObject({ status: 'failed', error: { code } });
    await microphone.start();
    expect(microphone.state).toMatchObject({ status: 'on', error: null });
    expect(states).toEqual(['starting', 'failed', 'starting', 'on']);
  });

  it('tries a busy device again before it fails', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { microphone } = setUp();
    media.failures.push(browserError('NotReadableError'), browserError('NotReadableError'));
    const outcome = outcomeOf(microphone.start());
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await outcome).toBe('started');
    expect(media.asked.length).toBe(3);

    media.failures.push(...Array.from({ length: 4 }, () => browserError('NotReadableError')));
    const other = setUp().microphone;
    const failure = outcomeOf(other.start());
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await failure).toBe('ERR_MICROPHONE_BUSY');
  });

  it('says that this page has no microphones at all where it is so', async () => {
    vi.stubGlobal('navigator', {});
    const microphone = new Microphone();
    await expect(microphone.start()).rejects.toMatchObject({
      code: 'ERR_MICROPHONE_UNAVAILABLE',
      hint: expect.stringMatching(/https/),
    });
  });

  it('frees the device when the worklet cannot be loaded or the context may not run', async () => {
    FakeAudioContext.failingModules = () => true;
    expect(await outcomeOf(setUp().microphone.start())).toBe('ERR_WORKLET_LOAD');
    expect(media.open).toEqual([]);
    expect(FakeAudioContext.made[0]?.state).toBe('closed');

    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    FakeAudioContext.failingModules = null;
    FakeAudioContext.allowed = false;
    const outcome = outcomeOf(setUp().microphone.start());
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await outcome).toBe('ERR_AUTOPLAY_BLOCKED');
    expect(media.open).toEqual([]);
  });

  it('frees the device and says why when the audio of the engine hangs', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    FakeAudioContext.hanging = true;
    const outcome = outcomeOf(setUp().microphone.start());
    await settle();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(await outcome).toBe('ERR_WORKLET_LOAD');
    expect(media.open).toEqual([]);
  });

  it('joins a start that is under way', async () => {
    media.immediate = false;
    const { microphone } = setUp();
    const both = Promise.all([microphone.start(), microphone.start()]);
    media.asked[0]?.answer();
    await both;
    await microphone.start();
    expect(media.asked.length).toBe(1);
  });

  it('gives up opening when it is stopped, and frees what the browser opens late', async () => {
    media.immediate = false;
    const { microphone, states } = setUp();
    const outcome = outcomeOf(microphone.start());
    microphone.stop();
    expect(await outcome).toBe('ERR_ABORTED');
    expect(microphone.state.status).toBe('off');
    media.asked[0]?.answer();
    await settle();
    expect(media.open).toEqual([]);
    expect(FakeAudioContext.made).toEqual([]);
    expect(states).toEqual(['starting', 'off']);
  });

  it('frees everything when it is stopped while the worklet is loading', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    FakeAudioContext.loading = promise;
    const { microphone, states } = setUp();
    const outcome = outcomeOf(microphone.start());
    await settle();
    expect(media.open.length).toBe(1);
    microphone.stop();
    resolve();
    expect(await outcome).toBe('ERR_ABORTED');
    await settle();
    expect(media.open).toEqual([]);
    expect(FakeAudioContext.made[0]?.state).toBe('closed');
    expect(states).toEqual(['starting', 'off']);
  });

  it('frees everything at once when it is stopped while the worklet hangs in loading', async () => {
    FakeAudioContext.loading = new Promise(() => {});
    const { microphone } = setUp();
    const outcome = outcomeOf(microphone.start());
    await settle();
    microphone.stop();
    expect(await outcome).toBe('ERR_ABORTED');
    expect(media.open).toEqual([]);
    expect(FakeAudioContext.made.map(({ state }) => state)).toEqual(['closed']);
  });

  it('notices what happened while the worklet was loading', async () => {
    const gate = Promise.withResolvers<void>();
    FakeAudioContext.loading = gate.promise;
    const muted = setUp();
    const unplugged = setUp();
    const started = outcomeOf(muted.microphone.start());
    const lost = outcomeOf(unplugged.microphone.start());
    await settle();
    muted.microphone.setMuted(true);
    media.open[1]?.track.end();
    gate.resolve();
    expect(await started).toBe('started');
    expect(muted.microphone.state.status).toBe('muted');
    expect(media.open.map(({ track }) => track.enabled)).toEqual([false]);
    expect(await lost).toBe('ERR_MICROPHONE_LOST');
    expect(unplugged.microphone.state.status).toBe('failed');
  });

  it('starts anew while what was given up is still opening', async () => {
    media.immediate = false;
    const { microphone } = setUp();
    const first = outcomeOf(microphone.start());
    microphone.stop();
    const second = outcomeOf(microphone.start());
    media.asked[1]?.answer();
    expect(await second).toBe('started');
    media.asked[0]?.answer();
    await settle();
    expect(await first).toBe('ERR_ABORTED');
    expect(microphone.state.status).toBe('on');
    expect(media.open.length).toBe(1);
    speak(40);
    expect(microphone.level).toBeGreaterThan(0);
  });

  it('gives up when its signal fires, before or while it is opening', async () => {
    const { microphone } = setUp();
    expect(await outcomeOf(microphone.start({ signal: AbortSignal.abort() }))).toBe('ERR_ABORTED');
    expect(media.asked.length).toBe(0);
    media.immediate = false;
    const controller = new AbortController();
    const outcome = microphone.start({ signal: controller.signal }).catch((error: unknown) => error);
    controller.abort('changed my mind');
    expect(await outcome).toMatchObject({ code: 'ERR_ABORTED', cause: 'changed my mind' });
    expect(microphone.state.status).toBe('off');
  });

  it('is not stopped by the signal of a start that has finished', async () => {
    const { microphone } = setUp();
    const controller = new AbortController();
    await microphone.start({ signal: controller.signal });
    controller.abort();
    expect(microphone.state.status).toBe('on');
  });

  it('lets one of two who wait for the same start go', async () => {
    media.immediate = false;
    const { microphone } = setUp();
    const first = outcomeOf(microphone.start());
    const controller = new AbortController();
    const second = outcomeOf(microphone.start({ signal: controller.signal }));
    controller.abort();
    expect(await second).toBe('ERR_ABORTED');
    media.asked[0]?.answer();
    expect(await first).toBe('started');
  });

  it('goes on for the second of two who wait when the first lets go, and ends when both do', async () => {
    media.immediate = false;
    const { microphone } = setUp();
    const [one, two] = [new AbortController(), new AbortController()];
    const first = outcomeOf(microphone.start({ signal: one.signal }));
    const second = outcomeOf(microphone.start({ signal: two.signal }));
    one.abort();
    expect(await first).toBe('ERR_ABORTED');
    expect(microphone.state.status).toBe('starting');
    two.abort();
    expect(await second).toBe('ERR_ABORTED');
    expect(microphone.state.status).toBe('off');

    const third = outcomeOf(microphone.start({ signal: new AbortController().signal }));
    media.asked[1]?.answer();
    expect(await third).toBe('started');
  });

  it('switches to another device without a pause and without turning time back', async () => {
    const { microphone, frames, states } = setUp();
    await microphone.start({ deviceId: 'a' });
    speak(100);
    media.immediate = false;
    const switching = microphone.start({ deviceId: 'b' });
    speak(100);
    expect(frames.length).toBe(10);
    media.asked[1]?.answer();
    await switching;
    expect(microphone.state).toEqual({ status: 'on', error: null, deviceId: 'b', silent: false });
    expect(media.open.map(({ track }) => track.deviceId)).toEqual(['b']);
    speak(100);
    expect(frames.map((frame) => frame.mediaTime)).toEqual(Array.from({ length: 15 }, (_, index) => index * 320));
    expect(frames.some((frame) => frame.endOfBurst)).toBe(false);
    expect(states).toEqual(['starting', 'on', 'on']);
  });

  it('stays with its device when the switch to another fails', async () => {
    const { microphone } = setUp();
    await microphone.start({ deviceId: 'a' });
    media.failures.push(browserError('OverconstrainedError', 'deviceId'));
    expect(await outcomeOf(microphone.start({ deviceId: 'gone' }))).toBe('ERR_MICROPHONE_NOT_FOUND');
    expect(microphone.state).toMatchObject({ status: 'on', deviceId: 'a' });
    speak(40);
    expect(microphone.level).toBeGreaterThan(0);
  });

  it('goes on with the default device when its own goes away, and says so', async () => {
    const { microphone, frames, states } = setUp();
    await microphone.start({ deviceId: 'a' });
    speak(40);
    media.open[0]?.track.end();
    expect(frames.at(-1)?.endOfBurst).toBe(true);
    expect(microphone.state).toMatchObject({ status: 'starting', error: { code: 'ERR_MICROPHONE_LOST' } });
    await settle();
    expect(microphone.state).toMatchObject({ status: 'on', error: null, deviceId: 'default' });
    speak(40);
    expect(frames.map((frame) => frame.mediaTime / 320)).toEqual([0, 1, 2, 3, 4]);
    // The device that is gone is not asked for again.
    await microphone.start();
    expect(media.asked.map(({ stream }) => stream.track.deviceId)).toEqual(['a', 'default']);
    expect(states).toEqual(['starting', 'on', 'starting', 'on']);
  });

  it('fails with the loss when there is no other device, and with what it is when that may not be used', async () => {
    for (const [name, code] of [
      ['NotFoundError', 'ERR_MICROPHONE_LOST'],
      ['NotAllowedError', 'ERR_MICROPHONE_DENIED'],
    ] as const) {
      const { microphone } = setUp();
      await microphone.start({ deviceId: 'a' });
      media.failures.push(browserError(name));
      media.open[0]?.track.end();
      await settle();
      expect(microphone.state).toMatchObject({ status: 'failed', error: { code } });
    }
  });

  it('does not follow a device that keeps going away for ever', async () => {
    const { microphone } = setUp();
    await microphone.start();
    for (let turn = 0; turn < 10; turn++) {
      media.open[0]?.track.end();
      await settle();
    }
    expect(microphone.state).toMatchObject({ status: 'failed', error: { code: 'ERR_MICROPHONE_LOST' } });
    expect(media.asked.length).toBe(4);
  });

  it('says that it gives nothing when there is no sound at all, until there is', async () => {
    const { microphone, states } = setUp();
    await microphone.start();
    speak(2_900, undefined, 0);
    expect(microphone.state.silent).toBe(false);
    speak(200, undefined, 0);
    expect(microphone.state).toMatchObject({ status: 'on', silent: true });
    speak(40);
    expect(microphone.state.silent).toBe(false);
    // A muted microphone is silent on purpose.
    microphone.setMuted(true);
    speak(5_000, undefined, 0);
    expect(microphone.state.silent).toBe(false);
    expect(states).toEqual(['starting', 'on', 'on', 'on', 'muted']);
  });

  it('gives out speech only, with the 300 ms before it, when it has a voice gate', async () => {
    const { microphone, frames } = setUp({ voiceGate: true });
    await microphone.start();
    speak(1_000, undefined, 0.0005);
    expect(frames).toEqual([]);
    speak(400);
    // Speech is recognised at its second loud frame: the first is kept with what came before.
    expect(frames.length).toBe(20 + 14);
    speak(3_000, undefined, 0.0005);
    expect(frames.filter((frame) => frame.endOfBurst)).toEqual([frames.at(-1)]);
    const times = frames.map((frame) => frame.mediaTime / 320);
    expect(times).toEqual(times.map((_, index) => 36 + index));
    speak(1_000);
    expect(frames.at(-1)?.endOfBurst).toBe(false);
  });

  it('opens again with other settings while it is on, without a pause', async () => {
    const { microphone, frames, states } = setUp();
    await microphone.configure({ autoGainControl: false });
    expect(media.asked).toEqual([]);
    await microphone.start();
    speak(40);
    await microphone.configure({ noiseSuppression: false });
    speak(40);
    expect(media.asked.map(({ constraints }) => constraints.audio)).toMatchObject([
      { autoGainControl: false, noiseSuppression: true, echoCancellation: true },
      { autoGainControl: false, noiseSuppression: false, echoCancellation: true },
    ]);
    expect(media.open.length).toBe(1);
    expect(frames.map((frame) => frame.mediaTime / 320)).toEqual([0, 1, 2, 3]);
    expect(states).toEqual(['starting', 'on']);
  });

  it('fails clearly when the device goes away and it shall not take another, and ends the burst', async () => {
    const { microphone, frames } = setUp({ fallback: false });
    await microphone.start({ deviceId: 'a' });
    speak(40);
    media.open[0]?.track.end();
    expect(frames.at(-1)?.endOfBurst).toBe(true);
    expect(microphone.state).toMatchObject({ status: 'failed', error: { code: 'ERR_MICROPHONE_LOST' } });
    expect(FakeAudioContext.made[0]?.state).toBe('closed');
    await microphone.start();
    expect(microphone.state.status).toBe('on');
  });

  it('goes on to the device it is switching to when the old one goes away', async () => {
    const { microphone } = setUp();
    await microphone.start({ deviceId: 'a' });
    media.immediate = false;
    const switching = outcomeOf(microphone.start({ deviceId: 'b' }));
    media.open[0]?.track.end();
    expect(microphone.state.status).toBe('starting');
    media.asked[1]?.answer();
    expect(await switching).toBe('started');
    expect(microphone.state.deviceId).toBe('b');
  });

  it('fails when the worklet stops with an exception', async () => {
    const { microphone } = setUp();
    await microphone.start();
    FakeAudioContext.made[0]?.worklets[0]?.onprocessorerror?.();
    expect(microphone.state).toMatchObject({ status: 'failed', error: { code: 'ERR_WORKLET_FAILED' } });
    expect(media.open).toEqual([]);
  });

  it('is opened anew when the browser suspends its sound and does not resume it, and fails when that does not help', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { microphone, frames, states } = setUp();
    const suspend = async (milliseconds: number) => {
      FakeAudioContext.made.at(-1)?.change('suspended');
      await vi.advanceTimersByTimeAsync(milliseconds);
      await settle();
    };
    await microphone.start({ deviceId: 'a' });
    speak(40);
    await suspend(5_000);
    expect(states).toEqual(['starting', 'on']);
    FakeAudioContext.allowed = false;
    await suspend(2_999);
    expect(microphone.state.status).toBe('on');
    FakeAudioContext.allowed = true;
    await vi.advanceTimersByTimeAsync(1);
    await settle();
    expect(frames.at(-1)?.endOfBurst).toBe(true);
    expect(microphone.state).toMatchObject({ status: 'on', deviceId: 'a' });
    expect(FakeAudioContext.made.map(({ state }) => state)).toEqual(['closed', 'running']);
    speak(40);
    expect(microphone.level).toBeGreaterThan(0);

    FakeAudioContext.allowed = false;
    await suspend(3_000);
    expect(microphone.state).toMatchObject({ status: 'starting', error: { code: 'ERR_AUTOPLAY_BLOCKED' } });
    await vi.advanceTimersByTimeAsync(3_000);
    await settle();
    expect(microphone.state).toMatchObject({ status: 'failed', error: { code: 'ERR_AUTOPLAY_BLOCKED' } });
    expect(media.open).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('says that it gives nothing while the system holds its sound, as in a phone call, and goes on after it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { microphone } = setUp();
    await microphone.start();
    FakeAudioContext.made[0]?.change('interrupted');
    expect(microphone.state).toMatchObject({ status: 'on', silent: true });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(microphone.state).toMatchObject({ status: 'on', silent: true });
    FakeAudioContext.made[0]?.change('suspended');
    expect(FakeAudioContext.made[0]?.state).toBe('running');
    speak(40);
    expect(microphone.state).toMatchObject({ status: 'on', silent: false });
    expect(media.asked.length).toBe(1);
  });

  it('goes back to the device and the settings that worked after a switch or a change that failed', async () => {
    const { microphone } = setUp({ deviceId: 'a' });
    media.failures.push(browserError('NotFoundError'));
    expect(await outcomeOf(microphone.start({ deviceId: 'gone' }))).toBe('ERR_MICROPHONE_NOT_FOUND');
    await microphone.start();
    media.failures.push(browserError('NotFoundError'));
    expect(await outcomeOf(microphone.start({ deviceId: 'gone' }))).toBe('ERR_MICROPHONE_NOT_FOUND');
    media.failures.push(browserError('OverconstrainedError', 'echoCancellation'));
    expect(await outcomeOf(microphone.configure({ echoCancellation: false }))).toBe('ERR_MICROPHONE_CONSTRAINTS');
    // What is on is what was chosen, so nothing has to be opened.
    const before = media.asked.length;
    await microphone.start();
    expect(media.asked.length).toBe(before);
    await microphone.configure({ noiseSuppression: false });
    microphone.stop();
    await microphone.start();
    for (const { constraints, stream } of media.asked.slice(-2)) {
      expect(stream.track.deviceId).toBe('a');
      expect(constraints.audio).toMatchObject({ echoCancellation: true, noiseSuppression: false });
    }
  });

  it('changes the settings of the device that it is switching to', async () => {
    const { microphone } = setUp();
    await microphone.start({ deviceId: 'a' });
    media.immediate = false;
    const switching = outcomeOf(microphone.start({ deviceId: 'b' }));
    const changing = outcomeOf(microphone.configure({ noiseSuppression: false }));
    media.asked[2]?.answer();
    expect([await switching, await changing]).toEqual(['ERR_ABORTED', 'started']);
    expect(microphone.state.deviceId).toBe('b');
  });

  it('keeps the same state object until something changes', async () => {
    const { microphone } = setUp();
    await microphone.start();
    const { state } = microphone;
    speak(40);
    microphone.setMuted(false);
    expect(microphone.state).toBe(state);
  });

  it('cannot be used after it was disposed', async () => {
    const { microphone } = setUp();
    await microphone.start();
    await microphone.dispose();
    await microphone.dispose();
    expect(media.open).toEqual([]);
    expect(await outcomeOf(microphone.start())).toBe('ERR_DISPOSED');
  });
});
