// Parts of the machine that tests need besides npm packages. What is missing is installed from Debian's packages where
// that is possible; what cannot be had is reported, and is a failure only in CI.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const parts = [
  {
    name: 'Chromium',
    variable: 'COLLOQUY_CHROMIUM',
    debianPackage: 'chromium',
    commands: ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'],
    elsewhere: [
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
      '/Applications/Chromium.app/Contents/MacOS/Chromium',
      'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    ],
    neededFor: 'the browser tests',
  },
  {
    name: 'Firefox',
    variable: 'COLLOQUY_FIREFOX',
    debianPackage: 'firefox-esr',
    commands: ['firefox-esr', 'firefox'],
    elsewhere: [],
    neededFor: 'the tests of a second engine',
  },
  {
    name: 'pulseaudio',
    debianPackage: 'pulseaudio',
    commands: ['pulseaudio'],
    elsewhere: [],
    neededFor: 'the tests of a second engine, which plays nothing without a sound device,',
  },
  {
    name: 'espeak-ng',
    debianPackage: 'espeak-ng',
    commands: ['espeak-ng'],
    elsewhere: [],
    neededFor: "the tests of the emulator's spoken voice",
  },
  {
    name: 'Redis',
    debianPackage: 'redis-server',
    commands: ['redis-server'],
    elsewhere: [],
    neededFor: 'the tests of rooms on several servers',
  },
];

/**
 * Finds or installs every part; a variable of the environment may name where one is.
 *
 * @returns `{ env, missing, failures }`: variables that name what was found, a sentence for each part that was not, and
 *   how many of these are failures.
 */
export function prepareSystemParts() {
  const env = {};
  const missing = [];
  let failures = 0;
  for (const part of parts) {
    const path = locate(part) ?? installWithApt(part);
    if (path && part.variable) env[part.variable] = path;
    if (path) continue;
    missing.push(`${whyNot(part)}, so ${part.neededFor} ${fate()}. ${remedy(part)}.`);
    if (process.env.CI) failures += 1;
  }
  return { env, missing, failures };
}

function namedPath({ variable }) {
  return (variable && process.env[variable]) || null;
}

function whyNot(part) {
  const named = namedPath(part);
  return named ? `${part.variable} is ${named}, where nothing is` : `${part.name} is missing`;
}

function fate() {
  return process.env.CI ? 'cannot run, which is a failure in CI' : 'are skipped';
}

function remedy({ variable, debianPackage }) {
  const otherwise = variable ? `or set ${variable} to its path` : 'or put it on the PATH';
  return `Install it (Debian: apt-get install ${debianPackage}), ${otherwise}`;
}

function locate(part) {
  const { commands, elsewhere } = part;
  const named = namedPath(part);
  if (named) return existsSync(named) ? named : null;
  const directories = (process.env.PATH ?? '').split(delimiter);
  const candidates = commands.flatMap((command) => directories.map((directory) => join(directory, command)));
  return [...candidates, ...elsewhere].find((path) => existsSync(path)) ?? null;
}

function installWithApt(part) {
  const isRoot = process.getuid?.() === 0;
  // Whoever names a path wants that one, and not another one installed.
  if (namedPath(part) || !isRoot || !existsSync('/usr/bin/apt-get')) return null;
  console.error(`> installing ${part.debianPackage} for ${part.neededFor}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args) =>
    spawnSync('apt-get', ['-qq', ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
  return apt('update') && apt('install', '-y', '--no-install-recommends', part.debianPackage) ? locate(part) : null;
}
