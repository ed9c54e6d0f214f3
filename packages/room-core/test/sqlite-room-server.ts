// A room on a SQLite engine, led by the messages of a parent process: `say` writes a text, `read` gives the log.
import { RoomManager } from '../src/room-manager.ts';
import { sqliteEngine } from '../src/sqlite/index.ts';
import { RecordingConnection } from '../src/testing/recording-connection.ts';

const [directory = ''] = process.argv.slice(2);
const rooms = new RoomManager({ engine: sqliteEngine({ directory }), model: null, limits: { maxTextsPerSecond: 0 } });
const { id } = await rooms.create({ name: 'Panel' });
const port = new RecordingConnection('c1');
const identity = { participantId: 'ana', name: 'Ana', role: 'speaker' } as const;
const connection = await rooms.connect(id, { identity, clientId: 'tab' }, port);

const answerTo = async (cid: string) => {
  for (;;) {
    const answer = port.messages.find((message) => 'cid' in message && message.cid === cid);
    if (answer) return answer;
    await new Promise((resolve) => setImmediate(resolve));
  }
};

process.on('message', async (message: { say?: { n: number; text: string }; read?: true }) => {
  if (message.say) {
    const { n, text } = message.say;
    port.messages.length = 0;
    connection.receive({ type: 'pub', cid: `tab:${n}`, kind: 'msg.text', body: { text, toModel: false } });
    process.send?.(await answerTo(`tab:${n}`));
  } else {
    process.send?.(await rooms.history(id, { limit: 500 }));
  }
});
process.send?.('ready');
