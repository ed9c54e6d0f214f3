// node tools/run.mjs bench:studio: how long somebody waits for the studio, beside an empty page in the same run.
//
//   node bench/studio.mjs [--runs 5] [--try]
//
// Start: from `npm start` in a clone that was installed and built before, to the first byte of the page; the peer is a
// server of one file that `npm start` starts in an empty package. Page: from the start of the navigation to the field for
// the name taking a letter, each time in a browser context of its own, so nothing is cached; the peer is a page of one
// field without a script. First load: what the page needs for that, compressed.
//
// Ends with 1 when the worst run, or the first load, misses its target. `--try` is one run in which no time is judged: it
// shows that the program works.
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { launchChromium } from '../e2e/support/chromium.ts';
import { studioFirstLoad } from '../tools/bundle-size.mjs';
import { at, must, root } from '../tools/workspace.mjs';

/** Upper bounds: of the worst run in milliseconds, of the first load in bytes. */
const TARGETS = { startMs: 15_000, pageMs: 1_500, loadBytes: 350_000 };

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '5' }, try: { type: 'boolean', default: false } },
});
const runs = values.try ? 1 : Number(values.runs);
if (!Number.isInteger(runs) || runs < 1) throw new RangeError(`--runs is ${values.runs}; give a whole number from 1.`);

// What a second start finds done.
await must(process.execPath, [at('tools/run.mjs'), 'build']);

const folder = await mkdtemp(join(tmpdir(), 'colloquy-bench-'));
try {
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ private: true, scripts: { start: 'node server.cjs' } }),
  );
  await writeFile(join(folder, 'server.cjs'), emptyServer());
  const starts = { studio: [], peer: [] };
  const pages = { studio: [], peer: [] };
  const browser = await launchChromium();
  try {
    for (let run = 0; run < runs; run += 1) {
      for (const [name, cwd] of [
        ['peer', folder],
        ['studio', root],
      ]) {
        const served = await start(cwd, join(folder, `data-${run}`));
        starts[name].push(served.ms);
        try {
          pages[name].push(await timeToField(browser, served.url));
        } finally {
          await served.stop();
        }
      }
    }
  } finally {
    await browser.close();
  }
  const load = studioFirstLoad();
  const loadBytes = load.reduce((sum, { gzip }) => sum + gzip, 0);
  console.log(
    `\n${browser.version()}, ${cpus().length} cores (${cpus()[0]?.model.trim()}), median of ${runs} (worst)\n`,
  );
  print([
    ['', 'studio', 'peer', 'target'],
    [
      'npm start to a served page, s',
      ...[starts.studio, starts.peer].map((ms) => seconds(ms)),
      `< ${TARGETS.startMs / 1000}`,
    ],
    [
      'navigation to a field that takes a letter, s',
      ...[pages.studio, pages.peer].map((ms) => seconds(ms)),
      `< ${TARGETS.pageMs / 1000}`,
    ],
    ['first load, kB gzip', (loadBytes / 1000).toFixed(1), '', `≤ ${TARGETS.loadBytes / 1000}`],
  ]);
  console.log(`\n${load.map(({ name, gzip }) => `${name} ${(gzip / 1000).toFixed(1)}`).join(', ')}`);
  const missed = [
    !values.try && Math.max(...starts.studio) >= TARGETS.startMs && 'the start',
    !values.try && Math.max(...pages.studio) >= TARGETS.pageMs && 'the page',
    loadBytes > TARGETS.loadBytes && 'the first load',
  ].filter(Boolean);
  if (missed.length > 0) {
    console.error(`\nTarget missed: ${missed.join(', ')}.`);
    process.exitCode = 1;
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** `npm start`, until the address it prints has answered with a page. */
async function start(cwd, data) {
  const began = performance.now();
  const child = spawn('npm', ['start'], {
    cwd,
    // A group of its own: npm, its shell and the server end together.
    detached: true,
    env: { ...process.env, PORT: '0', COLLOQUY_DATA: data },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // Closed when every process that could write has ended.
  const ended = new Promise((resolve) => child.once('close', resolve));
  let url = '';
  for await (const line of createInterface({ input: child.stdout })) {
    [url = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
    if (url !== '') break;
  }
  if (url === '') throw new Error(`npm start in ${cwd} ended without an address.`);
  child.stdout.resume();
  await (await fetch(url)).text();
  const ms = performance.now() - began;
  const stop = async () => {
    process.kill(-child.pid, 'SIGTERM');
    await ended;
  };
  return { url, ms, stop };
}

/** Milliseconds from the start of the navigation to a field that shows what was typed. */
async function timeToField(browser, url) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.addInitScript(() => {
      const look = () => {
        const field = document.querySelector('[data-testid="name-input"]');
        if (!field || field.disabled) return requestAnimationFrame(look);
        field.focus();
        document.execCommand('insertText', false, 'A');
        // A framework that holds the value writes it back; only what stays is taken.
        requestAnimationFrame(() => {
          if (field.value === 'A') window.usableAtMs = performance.now();
        });
      };
      requestAnimationFrame(look);
    });
    await page.goto(url, { waitUntil: 'commit' });
    return await (await page.waitForFunction(() => window.usableAtMs)).jsonValue();
  } finally {
    await context.close();
  }
}

/** The least that `npm start` can start. */
function emptyServer() {
  const page = '<!doctype html><title>Empty</title><input data-testid="name-input">';
  return `
    const server = require('node:http').createServer((_, response) => {
      response.setHeader('content-type', 'text/html').end(${JSON.stringify(page)});
    });
    server.listen(0, '127.0.0.1', () => console.log('http://127.0.0.1:' + server.address().port));
  `;
}

function seconds(ms) {
  const sorted = ms.toSorted((a, b) => a - b);
  const nth = (index) => ((sorted[index] ?? 0) / 1000).toFixed(2);
  return `${nth(Math.floor(sorted.length / 2))} (${nth(sorted.length - 1)})`;
}

function print(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  for (const row of rows)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    );
}
