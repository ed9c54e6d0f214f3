import { runCommand, stopOnSignals } from './command.ts';

const complain = (line: string): void => console.error(line);

const outcome = await runCommand({
  environment: process.env,
  onServing: (studio) => stopOnSignals(studio, complain),
  print: (line) => console.log(line),
  complain,
});
if (typeof outcome === 'number') process.exit(outcome);
