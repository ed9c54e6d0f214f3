// pnpm bench:room: what rooms cost.
//
//   node bench/room.mjs [--only mix] [--runs 5] [--seconds 10]
//
// Each file of bench/room/ measures one thing and prints a table; medians of all runs.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { measureCrowd } from './room/crowd.mjs';
import { measureLog } from './room/log.mjs';
import { measureMix } from './room/mix.mjs';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    runs: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '10' },
  },
});
const measurements = { mix: measureMix, crowd: measureCrowd, log: measureLog };
const chosen = values.only?.split(',') ?? Object.keys(measurements);
console.log(`Node ${process.version.slice(1)}, ${availableParallelism()} cores, medians of ${values.runs} runs`);
for (const name of chosen) {
  const measure = measurements[name];
  if (!measure) throw new Error(`--only ${name}: there are ${Object.keys(measurements).join(', ')}.`);
  await measure({ runs: Number(values.runs), seconds: Number(values.seconds) });
}
