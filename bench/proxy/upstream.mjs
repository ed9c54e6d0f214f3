// A service that costs next to nothing: answers the setup once, and each later message with 40 ms of audio.
import { createServer } from 'node:net';
import { acceptOf, downFrame, FrameCounter, setupCompleteFrame } from './frames.mjs';

const server = createServer((socket) => {
  socket.setNoDelay();
  socket.on('error', () => {});
  let head = '';
  let isSetUp = false;
  let answers = 0;
  const counter = new FrameCounter((opcode) => {
    if (opcode === 8) socket.end(Buffer.from([0x88, 0]));
    if (opcode !== 1 && opcode !== 2) return;
    if (isSetUp) answers += 1;
    else socket.write(setupCompleteFrame);
    isSetUp = true;
  });
  const onFrames = (chunk) => {
    counter.push(chunk);
    if (answers === 0) return;
    socket.write(answers === 1 ? downFrame : Buffer.concat(Array.from({ length: answers }, () => downFrame)));
    answers = 0;
  };
  socket.on('data', function onHandshake(chunk) {
    head += chunk.toString('latin1');
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    const key = /sec-websocket-key: *(\S+)/i.exec(head)?.[1] ?? '';
    socket.off('data', onHandshake).on('data', onFrames);
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptOf(key)}\r\n\r\n`,
    );
    const rest = Buffer.from(head.slice(end + 4), 'latin1');
    if (rest.byteLength > 0) onFrames(rest);
  });
});
server.listen(0, '127.0.0.1', 4_096, () => process.send({ port: server.address().port }));
process.on('disconnect', () => process.exit());
