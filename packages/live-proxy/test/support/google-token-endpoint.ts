import { createVerify, generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GoogleAuth, JWT } from 'google-auth-library';

/** Google's token endpoint on loopback, and a service account that it knows. */
export interface GoogleTokenEndpoint {
  /** google-auth-library as an application has it, except that Google's host is this endpoint. */
  auth(): GoogleAuth;
  /** Tokens given out, oldest first. */
  readonly tokens: string[];
  /** The assertions that came, oldest first: secrets as well. */
  readonly assertions: string[];
  readonly privateKey: string;
  lifetimeSeconds: number;
  /** Answers `invalid_grant`. */
  failing: boolean;
  close(): void;
}

export async function startGoogleTokenEndpoint(): Promise<GoogleTokenEndpoint> {
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const privateKey = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  const email = 'proxy@my-project.iam.gserviceaccount.com';

  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const assertion = new URLSearchParams(body).get('assertion') ?? '';
    endpoint.assertions.push(assertion);
    const [header = '', claims = '', signature = ''] = assertion.split('.');
    const isGenuine = createVerify('RSA-SHA256')
      .update(`${header}.${claims}`)
      .verify(keys.publicKey, signature, 'base64url');
    const { iss, scope } = JSON.parse(Buffer.from(claims, 'base64url').toString() || '{}');
    const isEntitled = iss === email && scope === 'https://www.googleapis.com/auth/cloud-platform';
    response.setHeader('content-type', 'application/json');
    if (endpoint.failing || !isGenuine || !isEntitled) {
      response.statusCode = 400;
      response.end(JSON.stringify({ error: 'invalid_grant', error_description: `Invalid assertion ${assertion}` }));
      return;
    }
    const token = randomBytes(32).toString('hex');
    endpoint.tokens.push(token);
    response.end(JSON.stringify({ access_token: token, expires_in: endpoint.lifetimeSeconds, token_type: 'Bearer' }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;

  const endpoint: GoogleTokenEndpoint = {
    tokens: [],
    assertions: [],
    privateKey,
    lifetimeSeconds: 3_600,
    failing: false,
    auth: () =>
      new GoogleAuth({
        authClient: new JWT({
          email,
          key: privateKey,
          scopes: 'https://www.googleapis.com/auth/cloud-platform',
          // The library has Google's address built in; here it leads to loopback.
          transporterOptions: { fetchImplementation: (_, init) => fetch(url, init) },
        }),
      }),
    close: () => void server.close(),
  };
  return endpoint;
}
