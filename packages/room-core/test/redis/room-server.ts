// A server of rooms in Redis, whose people and model are in the hands of a test.
import { existsSync } from 'node:fs';
import type { RoomClientMessage, RoomServerMessage } from '@colloquy/live-protocol';
import type { ModelEvent } from '../../src/ports/model-session.ts';
import { redisEngine } from '../../src/redis/redis-engine.ts';
import { redisNode } from '../../src/redis/redis-node.ts';
import type { RoomConnection } from '../../src/room-connection.ts';
import { RoomManager } from '../../src/room-manager.ts';
import { ScriptedModel } from '../../src/testing/scripted-model.ts';

/** What the test says. */
export type ToServer =
  | { readonly t: 'join'; readonly name: string; readonly roomId: string }
  | { readonly t: 'say'; readonly name: string; readonly message: RoomClientMessage }
  /** Its model session does this. */
  | { readonly t: 'emit'; readonly events: readonly ModelEvent[] }
  /** Its event loop stands still until there is a file of this name. */
  | { readonly t: 'block'; readonly until: string }
  /** Its wall clock jumps by so many milliseconds. */
  | { readonly t: 'jump'; readonly ms: number };

/** What the server says. */
export type FromServer =
  | { readonly t: 'up'; readonly nodeId: string }
  | { readonly t: 'told'; readonly name: string; readonly message: RoomServerMessage }
  | { readonly t: 'closed'; readonly name: string; readonly code: number }
  /** A model session began, going on with one of before or not. */
  | { readonly t: 'model'; readonly resume: string | null }
  | { readonly t: 'model-over' }
  /** A call of the tool, which never ends. */
  | { readonly t: 'ran'; readonly callId: string }
  | { readonly t: 'failed'; readonly error: string };

const say = (what: FromServer) => process.send?.(what);
const connection = { path: process.argv[2] ?? '' };
const node = redisNode({ connection, secret: 'a secret of all servers' });
const model = new ScriptedModel();
const people = new Map<string, RoomConnection>();
const rooms = new RoomManager({
  engine: redisEngine({ connection }),
  node,
  leaseMs: 5_000,
  tools: [
    {
      name: 'pay',
      description: 'Pays.',
      run: (_args, { callId }) => {
        say({ t: 'ran', callId });
        return new Promise(() => {});
      },
    },
  ],
  // Nobody leaves within a test, however slow the machine is.
  graceMs: 600_000,
  model: {
    modelName: (configuration) => model.modelName(configuration),
    open: (options) => {
      say({ t: 'model', resume: options.resume ?? null });
      const session = model.open(options);
      const handle = `handle of ${node.nodeId}`;
      queueMicrotask(() => options.onEvent({ type: 'resumable', handle }));
      options.signal.addEventListener('abort', () => say({ t: 'model-over' }), { once: true });
      return session;
    },
  },
});

const act = async (what: ToServer): Promise<void> => {
  if (what.t === 'say') {
    people.get(what.name)?.receive(what.message);
    return;
  }
  if (what.t === 'emit') {
    model.session.emit(...what.events);
    return;
  }
  if (what.t === 'block') {
    while (!existsSync(what.until)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    return;
  }
  if (what.t === 'jump') {
    const now = Date.now;
    Date.now = () => now() + what.ms;
    return;
  }
  const { name } = what;
  const identity = { participantId: name.toLowerCase(), name, role: 'speaker' } as const;
  const client = { identity, clientId: `tab-${name.toLowerCase()}` };
  const port = {
    connectionId: `${node.nodeId}-${name}`,
    send: (message: RoomServerMessage) => say({ t: 'told', name, message }),
    sendMedia: () => true,
    close: (code: number) => say({ t: 'closed', name, code }),
  };
  people.set(name, await rooms.connect(what.roomId, client, port));
};

process.on('message', (what: ToServer) => {
  act(what).catch((error: unknown) => say({ t: 'failed', error: String(error) }));
});
process.once('SIGTERM', () => {
  rooms.shutdown().then(
    () => process.exit(0),
    () => process.exit(1),
  );
});
// The test is gone.
process.once('disconnect', () => process.exit(1));
say({ t: 'up', nodeId: node.nodeId });
