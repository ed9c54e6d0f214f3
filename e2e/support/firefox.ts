import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Browser, launch } from 'puppeteer-core';
import { eventually } from './eventually.ts';

const onPath = (commands: readonly string[]) =>
  commands
    .flatMap((command) => (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, command)))
    .find((path) => existsSync(path)) ?? null;

const named = process.env.COLLOQUY_FIREFOX;
const firefoxPath = named ? (existsSync(named) ? named : null) : onPath(['firefox-esr', 'firefox']);
const pulseaudioPath = onPath(['pulseaudio']);

/** Reason shown where the tests of a second engine are skipped: they are an addition, in CI too. */
export const firefoxSkipReason: string = !firefoxPath
  ? ' (SKIPPED: Firefox is missing; install firefox-esr or set COLLOQUY_FIREFOX)'
  : pulseaudioPath
    ? ''
    : ' (SKIPPED: pulseaudio is missing; Firefox plays nothing without a sound device)';

/** Longest answer of the browser to one command; a browser that hangs is told by the name of the command. */
const STEP_MS = 30_000;
const CLOSE_MS = 10_000;

/** A running Firefox with a sound device that nobody hears. */
export interface Firefox {
  readonly browser: Browser;
  close(): Promise<void>;
}

/**
 * Headless Firefox with a fake microphone of 1 kHz, sound without a gesture, and none of its own traffic. Its sound device
 * is a null sink of a pulseaudio of its own: without any, an `AudioContext` of Firefox never starts.
 */
export async function launchFirefox(): Promise<Firefox> {
  const folder = await mkdtemp(join(tmpdir(), 'colloquy-firefox-'));
  const socket = join(folder, 'native');
  const env = { ...process.env, HOME: folder, XDG_RUNTIME_DIR: folder, PULSE_RUNTIME_PATH: folder };
  const pulseaudio = spawn(
    pulseaudioPath ?? 'pulseaudio',
    [
      '-n',
      '--daemonize=no',
      '--exit-idle-time=-1',
      '--use-pid-file=no',
      '--load=module-null-sink sink_name=nobody',
      `--load=module-native-protocol-unix auth-anonymous=1 socket=${socket}`,
    ],
    { env, stdio: 'ignore' },
  );
  const close = async (browser?: Browser) => {
    if (browser) await closed(browser);
    await ended(pulseaudio);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await eventually('pulseaudio is there', () => existsSync(socket));
    const browser = await launch({
      browser: 'firefox',
      executablePath: firefoxPath ?? 'firefox',
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
    return { browser, close: () => close(browser) };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A browser that does not answer is not asked politely. */
async function closed(browser: Browser): Promise<void> {
  const killed = new Promise((resolve) => setTimeout(resolve, CLOSE_MS, 'late').unref());
  if ((await Promise.race([browser.close().then(() => 'closed'), killed])) !== 'closed')
    browser.process()?.kill('SIGKILL');
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}
