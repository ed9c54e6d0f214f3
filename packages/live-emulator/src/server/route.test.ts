import { describe, expect, it } from 'vitest';
import { credentialsOf, routeOf } from './route.ts';

const GEMINI = '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent';
const VERTEX = '/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent';

describe('routes', () => {
  it('are found by both shapes of path, whatever stands before and behind', () => {
    expect(routeOf(GEMINI)).toEqual({ backend: 'gemini', apiVersion: 'v1beta', constrained: false, path: GEMINI });
    expect(routeOf(`//${VERTEX}?x#y`)).toEqual({
      backend: 'vertex',
      apiVersion: 'v1beta1',
      constrained: false,
      path: VERTEX,
    });
    expect(routeOf(`${GEMINI}Constrained?access_token=x`)).toMatchObject({ constrained: true });
  });

  it.each([
    '',
    '/',
    '*',
    GEMINI.slice(0, -1),
    `/x${GEMINI}`,
    GEMINI.replace('.Bidi', '/Bidi'),
    VERTEX.replace('/Bidi', '.Bidi'),
  ])('are not found by %s', (target) => {
    expect(routeOf(target)).toBeNull();
  });
});

describe('credentials', () => {
  it.each([
    ['/x?key=k', {}, { apiKey: 'k', token: null, bearer: null }],
    ['/x', { 'x-goog-api-key': 'k' }, { apiKey: 'k', token: null, bearer: null }],
    ['/x?access_token=auth_tokens%2Ft', {}, { apiKey: null, token: 'auth_tokens/t', bearer: null }],
    ['/x', { authorization: 'Token auth_tokens/t' }, { apiKey: null, token: 'auth_tokens/t', bearer: null }],
    ['/x', { authorization: 'bearer abc' }, { apiKey: null, token: null, bearer: 'abc' }],
    ['/x', { authorization: 'nonsense' }, { apiKey: null, token: null, bearer: null }],
    ['/x', {}, { apiKey: null, token: null, bearer: null }],
  ])('of %s with %j are %j', (target, headers, credentials) => {
    expect(credentialsOf(target, headers)).toEqual(credentials);
  });
});
