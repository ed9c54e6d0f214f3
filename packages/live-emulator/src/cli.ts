import { readFileSync } from 'node:fs';
import { runCli } from './cli/run-cli.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

process.exitCode = await runCli({
  args: process.argv.slice(2),
  version,
  out: (line) => console.log(line),
  error: (line) => console.error(line),
  stopped: new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  }),
});
