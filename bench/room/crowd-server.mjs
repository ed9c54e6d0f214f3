// The server of bench/room/crowd.mjs, in a process of its own: a room of ours, or the peer, which hands each binary message
// to every other socket and does nothing else.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { serveRooms } from '../../packages/live-proxy/dist/rooms.js';
import { memoryEngine, RoomManager } from '../../packages/room-core/dist/index.js';

const { WebSocketServer } = createRequire(new URL('../../packages/live-proxy/package.json', import.meta.url))('ws');

const [kind] = process.argv.slice(2);
const server = createServer();
let path = '/';
if (kind === 'ours') {
  const rooms = new RoomManager({ engine: memoryEngine(), model: null });
  const room = await rooms.create({ name: 'Crowd' });
  path = `/rooms/${room.id}`;
  serveRooms(rooms, { allowUnauthenticated: true, limits: { heartbeatIntervalMs: 0 } }).attach(server);
} else {
  const sockets = new Set();
  new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('message', (data, isBinary) => {
      if (isBinary) for (const other of sockets) if (other !== socket) other.send(data);
    });
  });
}
server.listen(0, '127.0.0.1', () => process.send({ url: `ws://127.0.0.1:${server.address().port}${path}` }));
process.on('message', () => process.send({ cpu: process.cpuUsage(), rss: process.memoryUsage().rss }));
