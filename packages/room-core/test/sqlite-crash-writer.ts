// Three clients write as fast as they can until the process is killed; a line for every acknowledged text.
import { sqliteEngine } from '../src/sqlite/index.ts';

const [directory = '', round = ''] = process.argv.slice(2);
const engine = sqliteEngine({ directory });
const client = async (name: string) => {
  // A client of its own per round, as a tab that is opened anew.
  for (let n = 1; ; n += 1) {
    const text = `${name}:${round}:${n}`;
    await engine.append('r', {
      kind: 'msg.text',
      actor: { participantId: name, name },
      body: { text, toModel: false },
      cid: `${name}-${round}:${n}`,
    });
    process.stdout.write(`${text}\n`);
  }
};
await Promise.all(['ana', 'ben', 'cy'].map(client));
