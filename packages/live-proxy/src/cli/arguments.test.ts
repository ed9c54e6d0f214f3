import { expect, test } from 'vitest';
import { parseArguments, UsageError } from './arguments.ts';

const complete = ['--upstream', 'ws://127.0.0.1:9090', '--port', '8081', '--insecure'];

test('a complete command line is followed', () => {
  expect(parseArguments([...complete, '--host', 'localhost', '--allow-origin', 'http://localhost:5173'])).toEqual({
    type: 'serve',
    upstream: 'ws://127.0.0.1:9090',
    host: 'localhost',
    port: 8081,
    allowedOrigins: ['http://localhost:5173'],
  });
});

test('help wins over everything', () => {
  expect(parseArguments(['--help'])).toEqual({ type: 'help' });
});

test.each([
  [['--port', '1', '--insecure'], /--upstream is missing; write --upstream/],
  [['--upstream', 'ws://h', '--insecure'], /--port is missing; write --port/],
  [[...complete, '--port', '65536'], /--port "65536" is not a port; write a number/],
  [[...complete, '--port', 'http'], /--port "http" is not a port/],
  [complete.slice(0, -1), /no authentication .* add --insecure/],
  [[...complete, '--host', '0.0.0.0'], /--host "0.0.0.0" is reachable by others/],
  [[...complete, '--upsteam', 'x'], /--upsteam/],
  [[...complete, 'stray'], /stray/],
])('wrong usage is told: %j', (args, message) => {
  expect(() => parseArguments(args)).toThrow(UsageError);
  expect(() => parseArguments(args)).toThrow(message);
});
