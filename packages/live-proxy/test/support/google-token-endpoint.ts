import { createVerify, generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GoogleAuth, Impersonated, JWT } from 'google-auth-library';

/** Google's token endpoint on loopback, and a service account that it knows. */
export interface GoogleTokenEndpoint {
  /** google-auth-library as an application has it, except that Google's host is this endpoint. */
  auth(): GoogleAuth;
  /** The same service account in the role of another one. */
  impersonated(): Impersonated;
  /**
   * Credentials as they stand in a file: a workload elsewhere, known by a token in another file, in the role of a service
   * account.
   */
  workload(tokenFile: string): object;
  /** By this Google knows the workload. */
  readonly subjectToken: string;
  /** Tokens given out, oldest first. */
  readonly tokens: string[];
  /** Tokens of the service account that others are in the role of. */
  readonly impersonatedTokens: string[];
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

  const other = 'talker@my-project.iam.gserviceaccount.com';
  const scope = 'https://www.googleapis.com/auth/cloud-platform';
  const rolePath = `/v1/projects/-/serviceAccounts/${other}:generateAccessToken`;
  const give = (tokens: string[]) => {
    const token = randomBytes(32).toString('hex');
    tokens.push(token);
    return token;
  };

  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    response.setHeader('content-type', 'application/json');
    const form = new URLSearchParams(body);
    if (request.url === rolePath) {
      const isKnown = endpoint.tokens.some((token) => request.headers.authorization === `Bearer ${token}`);
      const isEntitled = isKnown && JSON.parse(body).scope?.[0] === scope;
      response.statusCode = isEntitled ? 200 : 403;
      const expireTime = new Date(Date.now() + endpoint.lifetimeSeconds * 1_000).toISOString();
      response.end(JSON.stringify(isEntitled ? { accessToken: give(endpoint.impersonatedTokens), expireTime } : {}));
      return;
    }
    if (form.get('subject_token') === endpoint.subjectToken) {
      const expires_in = endpoint.lifetimeSeconds;
      response.end(JSON.stringify({ access_token: give(endpoint.tokens), expires_in, token_type: 'Bearer' }));
      return;
    }
    const assertion = form.get('assertion') ?? '';
    endpoint.assertions.push(assertion);
    const [header = '', claims = '', signature = ''] = assertion.split('.');
    const isGenuine = createVerify('RSA-SHA256')
      .update(`${header}.${claims}`)
      .verify(keys.publicKey, signature, 'base64url');
    const { iss, scope: asked } = JSON.parse(Buffer.from(claims, 'base64url').toString() || '{}');
    const isEntitled = iss === email && asked === scope;
    if (endpoint.failing || !isGenuine || !isEntitled) {
      response.statusCode = 400;
      response.end(JSON.stringify({ error: 'invalid_grant', error_description: `Invalid assertion ${assertion}` }));
      return;
    }
    const token = give(endpoint.tokens);
    response.end(JSON.stringify({ access_token: token, expires_in: endpoint.lifetimeSeconds, token_type: 'Bearer' }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const serviceAccount = () =>
    new JWT({
      email,
      key: privateKey,
      scopes: scope,
      // The library has Google's addresses built in; here they lead to loopback.
      transporterOptions: {
        fetchImplementation: (input, init) => {
          const address = input instanceof Request ? input.url : String(input);
          return fetch(origin + new URL(address).pathname, init);
        },
      },
    });

  const endpoint: GoogleTokenEndpoint = {
    tokens: [],
    impersonatedTokens: [],
    subjectToken: randomBytes(32).toString('hex'),
    assertions: [],
    privateKey,
    lifetimeSeconds: 3_600,
    failing: false,
    auth: () => new GoogleAuth({ authClient: serviceAccount() }),
    impersonated: () =>
      new Impersonated({
        sourceClient: serviceAccount(),
        targetPrincipal: other,
        targetScopes: [scope],
        lifetime: 3_600,
      }),
    workload: (tokenFile) => ({
      type: 'external_account',
      audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/provider',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: `${origin}/token`,
      service_account_impersonation_url: origin + rolePath,
      credential_source: { file: tokenFile },
    }),
    close: () => void server.close(),
  };
  return endpoint;
}
