// The health check of the image: ends with 0 while the studio takes people in.
import { get } from 'node:http';

const timeout: AbortSignal = AbortSignal.timeout(4_000);
get({ host: '127.0.0.1', port: process.env.PORT || '8080', path: '/readyz', signal: timeout }, ({ statusCode }) =>
  process.exit(statusCode === 200 ? 0 : 1),
).on('error', () => process.exit(1));
