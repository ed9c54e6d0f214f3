// pnpm bench:room: what rooms cost.
//
//   node bench/room.mjs [--only mix] [--runs 5] [--seconds 10] [--try]
//
// Each file of bench/room/ measures one thing and prints a table; medians of all runs. `--try` does everything once, small and
// for a moment: it shows that the program works, and its figures say nothing.
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
    try: { type: 'boolean', default: false },
  },
});
const measurements = { mix: measureMix, crowd: measureCrowd, log: measureLog };
const runs = values.try ? 1 : Number(values.runs);
const seconds = values.try ? 0.3 : Number(values.seconds);
const chosen = values.only?.split(',') ?? Object.keys(measurements);
console.log(`Node ${process.version.slice(1)}, ${availableParallelism()} cores, medians of ${runs} runs`);
for (const name of chosen) {
  const measure = measurements[name];
  if (!measure) throw new Error(`--only ${name}: there are ${Object.keys(measurements).join(', ')}.`);
  await measure({ runs, seconds, isTry: values.try });
}
