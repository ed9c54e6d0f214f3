import { describe, expect, it } from 'vitest';
import { Sanitiser, secretsOf } from './sanitise.ts';

const SECRET = 'a-very-secret-key';

describe('what a recorder writes', () => {
  const sanitiser = new Sanitiser({ media: 'fingerprint', secrets: [SECRET, 'any'] });

  it.each([
    ['/x', '/x'],
    [`/x?key=${SECRET}&alt=1`, '/x?key=REDACTED&alt=1'],
    ['/x?access_token=auth_tokens%2Fabc', '/x?access_token=REDACTED'],
    [`/rooms/${SECRET}`, '/rooms/REDACTED'],
  ])('has no key in the path %s', (path, written) => {
    expect(sanitiser.path(path)).toBe(written);
  });

  it('has no credential of a tool, and keeps declarations that merely speak of them', () => {
    const message = {
      setup: {
        tools: [
          { mcpServers: [{ streamableHttpTransport: { url: 'https://x', headers: { 'X-Auth': 'abc' } } }] },
          { retrieval: { externalApi: { apiAuth: { apiKeyConfig: { api_key_string: 'abc' } } } } },
          { functionDeclarations: [{ name: 'login', parameters: { properties: { password: { type: 'STRING' } } } }] },
        ],
      },
    };
    expect(sanitiser.message(message)).toEqual({
      setup: {
        tools: [
          { mcpServers: [{ streamableHttpTransport: { url: 'https://x', headers: { 'X-Auth': 'REDACTED' } } }] },
          { retrieval: { externalApi: { apiAuth: { apiKeyConfig: { api_key_string: 'REDACTED' } } } } },
          message.setup.tools[2],
        ],
      },
    });
  });

  it('has words that only look like a short key', () => {
    expect(sanitiser.message({ text: `any ${SECRET} of these` })).toEqual({ text: 'any REDACTED of these' });
  });

  it('has data that is no media', () => {
    const args = { toolCall: { functionCalls: [{ args: { data: 'AAAA' } }] } };
    expect(sanitiser.message(args)).toEqual(args);
    expect(sanitiser.message({ mimeType: 'audio/pcm', data: 'not base64!' })).toEqual({
      mimeType: 'audio/pcm',
      data: 'not base64!',
    });
    expect(sanitiser.message({ customizedAvatar: { imageMimeType: 'image/png', imageData: 'AAAA' } })).toMatchObject({
      customizedAvatar: { imageData: { bytes: 3 } },
    });
  });
});

describe('the credentials of a request', () => {
  it.each([
    ['/x', {}, []],
    ['/x?key=a&access_token=b&x=c', {}, ['a', 'b']],
    ['/x', { authorization: 'Bearer t', 'x-goog-api-key': 'k', cookie: 'c=1' }, ['t', 'k', 'c=1']],
  ])('of %s with %j are %j', (target, headers, secrets) => {
    expect(secretsOf(target, headers)).toEqual(secrets);
  });
});
