import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Browser, launch, ProtocolError, TimeoutError } from 'puppeteer-core';
import { eventually } from './eventually.ts';

const onPath = (commands: readonly string[]) =>
  commands
    .flatMap((command) => (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, command)))
    .find((path) => existsSync(path)) ?? null;

const named = process.env.COLLOQUY_FIREFOX;
const firefoxPath = named ? (existsSync(named) ? named : null) : onPath(['firefox-esr', 'firefox']);
const pulseaudioPath = onPath(['pulseaudio']);

const missing = !firefoxPath
  ? 'Firefox is missing; install firefox-esr or set COLLOQUY_FIREFOX'
  : pulseaudioPath
    ? null
    : 'pulseaudio is missing; Firefox plays nothing without a sound device';

/** Reason shown where the tests of a second engine are skipped; in CI what is missing fails them instead. */
export const firefoxSkipReason: string = missing === null || process.env.CI ? '' : ` (SKIPPED: ${missing})`;

/** Longest answer of the browser to one command. */
const STEP_MS = 30_000;
/** A page that left a command without an answer for that long and does not answer this either hangs. */
const PROBE_MS = 5_000;
const CLOSE_MS = 10_000;
const ATTEMPTS = 3;

/** Longest that {@link withFirefox} takes for a body that itself takes two minutes. */
export const FIREFOX_TEST_MS: number = 300_000;

/**
 * Runs `body` in a Firefox of its own, which is gone afterwards. A browser that hangs is no answer to what the test asks: it
 * is killed, and the body runs again in another one, at most twice, and says so. Whatever else goes wrong counts at once.
 */
export async function withFirefox(body: (browser: Browser) => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    let firefox: Firefox | null = null;
    try {
      firefox = await launchFirefox();
      await body(firefox.browser);
      return;
    } catch (error) {
      if (attempt >= ATTEMPTS || !(await isHang(error, firefox))) throw error;
      console.warn(`FIREFOX HANGS in attempt ${attempt} of ${ATTEMPTS}, another one is started: ${String(error)}`);
      if (firefox?.soundLog()) console.warn(`Its sound device said: ${firefox.soundLog()}`);
    } finally {
      await firefox?.close();
    }
  }
}

/** Whether the browser did not start, or left a command without an answer and still gives none. */
async function isHang(error: unknown, firefox: Firefox | null): Promise<boolean> {
  if (!firefox) return error instanceof TimeoutError;
  return error instanceof ProtocolError && (await hangs(firefox.browser));
}

/** A running Firefox with a sound device that nobody hears. */
interface Firefox {
  readonly browser: Browser;
  /** What the sound device complained of. */
  soundLog(): string;
  close(): Promise<void>;
}

/**
 * Headless Firefox with a fake microphone of 1 kHz, a fake camera whose colour changes, sound without a gesture, and none of its own traffic. Its sound device
 * is a null sink of a pulseaudio of its own: without any, an `AudioContext` of Firefox never starts.
 */
async function launchFirefox(): Promise<Firefox> {
  if (!firefoxPath || !pulseaudioPath) throw new Error(`${missing}.`);
  const folder = await mkdtemp(join(tmpdir(), 'colloquy-firefox-'));
  const socket = join(folder, 'native');
  const env = { ...process.env, HOME: folder, XDG_RUNTIME_DIR: folder, PULSE_RUNTIME_PATH: folder };
  const pulseaudio = spawn(
    pulseaudioPath,
    [
      '-n',
      '--daemonize=no',
      '--exit-idle-time=-1',
      '--use-pid-file=no',
      '--log-level=error',
      // A process in real time that starves is killed by the system.
      '--realtime=no',
      '--high-priority=no',
      '--load=module-null-sink sink_name=nobody',
      `--load=module-native-protocol-unix auth-anonymous=1 socket=${socket}`,
    ],
    { env, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let soundLog = '';
  pulseaudio.stderr?.setEncoding('utf8').on('data', (text: string) => {
    soundLog = (soundLog + text).slice(-4_000);
  });
  pulseaudio.once('exit', (code, signal) => {
    soundLog += `pulseaudio ended (${code ?? signal}).`;
  });
  const close = async (browser?: Browser) => {
    if (browser) await closed(browser);
    await ended(pulseaudio);
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    await eventually(
      () => `pulseaudio is there; it said: ${soundLog}`,
      () => existsSync(socket),
    );
    const browser = await launch({
      browser: 'firefox',
      executablePath: firefoxPath,
      headless: true,
      timeout: STEP_MS,
      protocolTimeout: STEP_MS,
      env: { ...env, PULSE_SERVER: `unix:${socket}` },
      extraPrefsFirefox: {
        'media.navigator.streams.fake': true,
        'media.navigator.permission.disabled': true,
        'media.autoplay.default': 0,
        'media.autoplay.block-webaudio': false,
        'network.captive-portal-service.enabled': false,
        'network.connectivity-service.enabled': false,
      },
    });
    return { browser, soundLog: () => soundLog, close: () => close(browser) };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Whether one of its pages answers nothing; one that is gone does not hang. */
async function hangs(browser: Browser): Promise<boolean> {
  const answers = async () => {
    for (const page of await browser.pages()) await page.evaluate(() => 1).catch(() => {});
    return true;
  };
  return !(await within(PROBE_MS, answers()));
}

/** A browser that does not answer is not asked politely. */
async function closed(browser: Browser): Promise<void> {
  const answered = await within(
    CLOSE_MS,
    browser.close().then(() => true),
  );
  const child = browser.process();
  if (!answered && child) await ended(child, 'SIGKILL');
}

/** What it resolves to, or `false` when it does not in time or is rejected. */
async function within(milliseconds: number, promise: Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  try {
    return await Promise.race([promise.catch(() => false), late]);
  } finally {
    clearTimeout(timer);
  }
}

function ended(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill(signal);
  });
}
