import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { type Browser as HidingBrowser, launch } from 'puppeteer-core';

const commands = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

const candidates = process.env.COLLOQUY_CHROMIUM
  ? [process.env.COLLOQUY_CHROMIUM]
  : commands.flatMap((command) => (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, command)));

/** Path of the browser that the tests drive, or `null` where there is none. */
export const chromiumPath: string | null = candidates.find((path) => existsSync(path)) ?? null;

/** Reason shown where browser tests are skipped; in CI a missing browser fails them instead. */
export const skipReason: string =
  chromiumPath || process.env.CI ? '' : ' (SKIPPED: Chromium is missing; install it or set COLLOQUY_CHROMIUM)';

const requiredPath = (): string => {
  if (chromiumPath) return chromiumPath;
  throw new Error('Chromium is missing: install it or set COLLOQUY_CHROMIUM to its path.');
};

/** Fake devices, sound without a gesture, and none of its own traffic. */
const defaultArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--autoplay-policy=no-user-gesture-required',
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
];

/**
 * Headless Chromium with fake devices, sound without a gesture, and none of its own traffic.
 *
 * @param leftOut - arguments of these that are not wanted.
 */
export function launchChromium(
  extraArguments: readonly string[] = [],
  leftOut: readonly string[] = [],
): Promise<Browser> {
  return chromium.launch({
    executablePath: requiredPath(),
    args: [...defaultArguments, ...extraArguments].filter((argument) => !leftOut.includes(argument)),
  });
}

/**
 * The same, but a tab behind another one is hidden as it is for a person, with its timers held back. A page that Playwright
 * drives always counts as seen.
 */
export function launchChromiumThatHides(extraArguments: readonly string[] = []): Promise<HidingBrowser> {
  return launch({
    executablePath: requiredPath(),
    args: [...defaultArguments, ...extraArguments],
    ignoreDefaultArgs: [
      '--disable-background-timer-throttling',
      '--disable-backgrounding-occluded-windows',
      '--disable-renderer-backgrounding',
    ],
  });
}

/**
 * Every sound device goes away: the process of the browser that holds them is ended. Tracks end as they do when a device is
 * unplugged, and outputs stop; the browser starts the process again when somebody asks for a device.
 */
export async function loseAudioDevices(browser: Browser): Promise<void> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const audio = processInfo.find(({ type }) => /audio/i.test(type));
  await session.detach();
  if (!audio)
    throw new Error(`No process holds sound devices among ${processInfo.map(({ type }) => type).join(', ')}.`);
  process.kill(audio.id, 'SIGKILL');
}
