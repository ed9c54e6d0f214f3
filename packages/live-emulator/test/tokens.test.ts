import { GoogleGenAI, type LiveServerMessage, Modality } from '@google/genai';
import { afterEach, describe, expect, it } from 'vitest';
import { type Emulator, type EmulatorOptions, startEmulator } from '../src/index.ts';
import { SeededRandom } from '../src/random.ts';
import { TokenGrant } from '../src/tokens/token-grant.ts';
import type { TokenTerms } from '../src/tokens/token-request.ts';
import { TokenStore } from '../src/tokens/token-store.ts';
import { DEFAULT_UNRECORDED_CLOSES } from '../src/unrecorded-closes.ts';
import { SdkSession } from './google-sdk.ts';
import { LiveSocket } from './live-socket.ts';
import { Bench, MODELS, PATHS } from './session-harness.ts';

const running: Emulator[] = [];
const CONSTRAINED = `${PATHS.gemini}Constrained`;
const MODEL = 'gemini-3.8-live';

async function start(options: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = await startEmulator({ timeScale: 5, ...options });
  running.push(emulator);
  return emulator;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((emulator) => emulator.close()));
});

function sdk(emulator: Emulator, apiKey: string, apiVersion = 'v1alpha'): GoogleGenAI {
  return new GoogleGenAI({ vertexai: false, apiKey, httpOptions: { baseUrl: emulator.url, apiVersion } });
}

async function post(emulator: Emulator, body: unknown, path = '/v1beta/auth_tokens?key=k'): Promise<[number, unknown]> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(`${emulator.url}${path}`, { method: 'POST', body: text });
  return [response.status, await response.json()];
}

async function createToken(emulator: Emulator, body: unknown = {}): Promise<string> {
  const [status, answer] = await post(emulator, body);
  expect(status).toBe(200);
  return (answer as { name: string }).name;
}

describe("the official SDK's tokens", () => {
  it.each(['v1alpha', 'v1beta'])('open a session whose every field the token decides, on %s', async (apiVersion) => {
    const emulator = await start();
    const token = await sdk(emulator, 'key', apiVersion).authTokens.create({
      config: {
        uses: 1,
        expireTime: new Date(Date.now() + 600_000).toISOString(),
        liveConnectConstraints: {
          model: MODEL,
          config: {
            responseModalities: [Modality.AUDIO],
            systemInstruction: 'Be brief.',
            outputAudioTranscription: {},
          },
        },
      },
    });
    expect(token.name).toMatch(/^auth_tokens\/[0-9a-f]{64}$/);
    const client = await SdkSession.connect(
      sdk(emulator, token.name ?? '', apiVersion),
      'gemini-3.1-flash-live-preview',
      {
        temperature: 1.5,
      },
    );
    const report = emulator.sessions()[0]?.report();
    expect(report).toMatchObject({ path: CONSTRAINED.replace('v1beta', apiVersion), model: `models/${MODEL}` });
    expect(report?.setup).toMatchObject({ systemInstruction: { parts: [{ text: 'Be brief.' }] } });
    expect(report?.setup).not.toHaveProperty('generationConfig.temperature');
    client.session.sendClientContent({ turns: 'Hello!' });
    await client.turnComplete();
    expect(client.transcript).not.toBe('');
    client.session.close();
  });

  it('lock only the fields that they have, and those that are named besides', async () => {
    const emulator = await start();
    const token = await sdk(emulator, 'key').authTokens.create({
      config: {
        liveConnectConstraints: { model: MODEL, config: { responseModalities: [Modality.AUDIO], temperature: 0.5 } },
        lockAdditionalFields: ['seed'],
      },
    });
    const client = await SdkSession.connect(sdk(emulator, token.name ?? ''), MODEL, {
      temperature: 1.5,
      seed: 7,
      maxOutputTokens: 99,
      systemInstruction: 'Mine.',
    });
    const setup = emulator.sessions()[0]?.report().setup;
    expect(setup).toMatchObject({
      generationConfig: { temperature: 0.5, maxOutputTokens: 99 },
      systemInstruction: { parts: [{ text: 'Mine.' }] },
    });
    expect(setup).not.toHaveProperty('generationConfig.seed');
    client.session.close();
  });

  it('that say nothing of the setup leave it to the client', async () => {
    const emulator = await start();
    const token = await sdk(emulator, 'key').authTokens.create({ config: { uses: 0 } });
    const ai = sdk(emulator, token.name ?? '');
    for (const temperature of [0.5, 1.5]) {
      const client = await SdkSession.connect(ai, MODEL, { temperature });
      expect(emulator.sessions().at(-1)?.report().setup).toMatchObject({ generationConfig: { temperature } });
      client.session.close();
    }
  });

  it('are spent after their uses, which resuming does not count', async () => {
    const emulator = await start();
    const token = await sdk(emulator, 'key').authTokens.create({ config: { uses: 1 } });
    const ai = sdk(emulator, token.name ?? '');
    const first = await SdkSession.connect(ai, MODEL, { sessionResumption: {} });
    const handleOf = (message: LiveServerMessage): string | undefined => message.sessionResumptionUpdate?.newHandle;
    const handle = handleOf(await first.until(handleOf));
    first.session.close();
    await first.untilClosed();
    await expect.poll(() => emulator.sessions()[0]?.report().state).toBe('closed');
    await expect(SdkSession.connect(ai, MODEL)).rejects.toThrow('Token has been used too many times');
    const second = await SdkSession.connect(ai, MODEL, { sessionResumption: { handle: handle ?? '' } });
    expect(emulator.sessions().at(-1)?.report().resumedFrom).toBe('session-1');
    second.session.close();
  });
});

describe('the token endpoint', () => {
  it.each([
    ['{', 'Invalid JSON payload received. Unexpected token.'],
    [{ liveConnectConstraints: {} }, 'Unknown name "liveConnectConstraints": Cannot find field.'],
    [{ lockAdditionalFields: [] }, 'Unknown name "lockAdditionalFields": Cannot find field.'],
    [{ uses: 1.5 }, "Invalid value at 'uses' (TYPE_INT32), 1.5"],
    [{ uses: -1 }, "Invalid value at 'uses' (TYPE_INT32), -1"],
    [{ expireTime: 'tomorrow' }, "Invalid value at 'expire_time'"],
    [{ expireTime: '2001-01-01T00:00:00Z' }, 'expire_time must be in the future'],
    [{ newSessionExpireTime: new Date(Date.now() + 21 * 3_600_000).toISOString() }, 'by less than 20 hours'],
    [{ fieldMask: ['a'] }, "Invalid value at 'field_mask'"],
    [{ bidiGenerateContentSetup: { responseModalities: [] } }, `"responseModalities" at 'bidi_generate_content_setup'`],
  ])('refuses %j with 400', async (body, message) => {
    const [status, answer] = await post(await start(), body);
    expect(status).toBe(400);
    expect(answer).toMatchObject({
      error: { code: 400, status: 'INVALID_ARGUMENT', message: expect.stringContaining(message) },
    });
  });

  it('takes snake_case and an empty body', async () => {
    const emulator = await start();
    await createToken(emulator, '');
    await createToken(emulator, { new_session_expire_time: null, field_mask: 'generation_config.seed', uses: '2' });
  });

  it('asks for a key where keys are asked for', async () => {
    const emulator = await start({ apiKeys: ['right'] });
    expect((await post(emulator, {}, '/v1alpha/auth_tokens'))[0]).toBe(403);
    expect((await post(emulator, {}, '/v1alpha/auth_tokens?key=wrong'))[0]).toBe(400);
    const [, answer] = await post(emulator, {}, '//v1alpha/auth_tokens?key=right');
    const { name } = answer as { name: string };
    await new LiveSocket(emulator.wsUrl, `${CONSTRAINED}?access_token=${name}`).setup();
  });

  it('takes nothing but POST, on two versions', async () => {
    const emulator = await start();
    expect((await fetch(`${emulator.url}/v1beta/auth_tokens`)).status).toBe(405);
    expect((await post(emulator, {}, '/v1/auth_tokens'))[0]).not.toBe(200);
    expect((await post(emulator, JSON.stringify({ fieldMask: 'x'.repeat(2 ** 20) })))[0]).toBe(413);
  });
});

describe('a token in the wrong place', () => {
  it.each([
    [`${PATHS.gemini}?key=TOKEN`, 1007, 'Missing or malformed auth token'],
    [`${PATHS.gemini}?access_token=TOKEN`, 1008, "Method doesn't allow unregistered callers"],
    [CONSTRAINED, 1007, 'Missing or malformed auth token'],
    [`${CONSTRAINED}?key=any`, 1007, 'Missing or malformed auth token'],
    [`${CONSTRAINED}?access_token=auth_tokens/unknown`, 1007, 'Missing or malformed auth token'],
  ])('%s is closed with %i', async (path, code, reason) => {
    const emulator = await start();
    const token = await createToken(emulator);
    const client = new LiveSocket(emulator.wsUrl, path.replace('TOKEN', token));
    await client.opened();
    const closed = await client.untilClosed();
    expect(closed).toMatchObject({ code, reason: expect.stringContaining(reason) });
  });

  it('works as a header too', async () => {
    const emulator = await start();
    const headers = { authorization: `Token ${await createToken(emulator)}` };
    await new LiveSocket(emulator.wsUrl, CONSTRAINED, { headers }).setup();
  });
});

describe('a token in time', () => {
  const terms: TokenTerms = { expireMs: 1_800_000, newSessionMs: 60_000, uses: 1, setup: null, mask: null };

  function grantOf(bench: Bench, changes: Partial<TokenTerms> = {}, hitsResumption = false): TokenGrant {
    return new TokenGrant(
      { ...terms, ...changes },
      { clock: bench.clock, closes: DEFAULT_UNRECORDED_CLOSES, newSessionExpiryHitsResumption: hitsResumption },
    );
  }
  const closeOf = async (bench: Bench, grant: TokenGrant, setup: Record<string, unknown> = {}): Promise<unknown> => {
    const client = bench.connect('gemini', { grant });
    client.send({
      setup: { model: MODELS['2.5-native'].model, generationConfig: { responseModalities: ['AUDIO'] }, ...setup },
    });
    await bench.clock.advance(1_000);
    return client.closed;
  };

  it('opens sessions for a minute', async () => {
    const bench = new Bench();
    const grant = grantOf(bench, { uses: 0 });
    await bench.clock.advance(58_000);
    expect(await closeOf(bench, grant)).toBeNull();
    await bench.clock.advance(1_000);
    expect(await closeOf(bench, grant)).toEqual({ code: 1011, reason: 'new_session_expire_time deadline exceeded' });
  });

  it.each([false, true])('resumes them afterwards unless the option says otherwise (%s)', async (hitsResumption) => {
    const bench = new Bench();
    const grant = grantOf(bench, {}, hitsResumption);
    const client = await bench.open('2.5-native', { sessionResumption: {} }, { grant });
    const { message } = await client.until(({ sessionResumptionUpdate }) => sessionResumptionUpdate !== undefined);
    await bench.clock.advance(120_000);
    client.leave();
    const handle = message.sessionResumptionUpdate?.newHandle;
    const closed = await closeOf(bench, grant, { sessionResumption: { handle } });
    if (hitsResumption) expect(closed).toMatchObject({ code: 1011, reason: expect.stringContaining('new_session') });
    else expect(closed).toBeNull();
  });

  it('ends its sessions, and refuses to resume them, when it is good for nothing any more', async () => {
    const bench = new Bench({ maxConnectionSeconds: 0 });
    const grant = grantOf(bench);
    const client = await bench.open('2.5-native', { sessionResumption: {} }, { grant });
    const { message } = await client.until(({ sessionResumptionUpdate }) => sessionResumptionUpdate !== undefined);
    await bench.clock.advance(1_790_000);
    expect(client.closed).toBeNull();
    await bench.clock.advance(10_000);
    expect(client.closed).toEqual({ code: 1011, reason: 'Deadline expired before operation could complete.' });
    const handle = message.sessionResumptionUpdate?.newHandle;
    expect(await closeOf(bench, grant, { sessionResumption: { handle } })).toMatchObject({ code: 1011 });
  });

  it('is not spent by a setup that is refused', async () => {
    const bench = new Bench();
    const grant = grantOf(bench);
    expect(await closeOf(bench, grant, { model: 'models/nothing' })).toMatchObject({ code: 1008 });
    expect(await closeOf(bench, grant)).toBeNull();
    expect(await closeOf(bench, grant)).toEqual({ code: 1011, reason: 'Token has been used too many times' });
  });

  it('with a setup of nothing is refused as the service refuses it', async () => {
    const bench = new Bench();
    expect(await closeOf(bench, grantOf(bench, { setup: {} }))).toEqual({
      code: 1007,
      reason: 'token-based requests cannot use project-scoped features',
    });
  });
});

describe('the store of tokens', () => {
  it('makes the same names from the same seed, and forgets the oldest of too many', () => {
    const bench = new Bench();
    const make = (): TokenStore =>
      new TokenStore({
        clock: bench.clock,
        closes: DEFAULT_UNRECORDED_CLOSES,
        newSessionExpiryHitsResumption: false,
        random: new SeededRandom(1),
      });
    const [first, second] = [make(), make()];
    const terms = { expireMs: 1, newSessionMs: 1, uses: 1, setup: null, mask: null };
    const name = first.create(terms);
    expect(second.create(terms)).toBe(name);
    for (let count = 0; count < 10_000; count += 1) first.create(terms);
    expect(first.find(name)).toBeNull();
  });
});
