// The studio of a test that kills it: says where it serves.
import { runCommand } from './command.ts';

const [assets = ''] = process.argv.slice(2);
const complain = (line: string): void => console.error(line);
const outcome = await runCommand({ environment: process.env, assets, print: () => {}, complain });
if (typeof outcome === 'number') process.exit(outcome);
process.send?.(outcome.url);
