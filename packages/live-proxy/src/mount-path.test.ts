import { expect, test } from 'vitest';
import { checkMountPath, classifyPath } from './mount-path.ts';

test.each([
  ['/live', '/live'],
  ['/live', '/live/'],
  ['/live', '/live//ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent'],
  ['/live', '/live/ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateContentConstrained'],
  ['/live', '/live//ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent'],
  ['/live', '/live/ws/google.firebase.vertexai.v1beta.LlmBidiService/BidiGenerateContent/locations/us-central1'],
  ['/', '/'],
  ['/', '/ws/google.ai.generativelanguage.v1.GenerativeService.BidiGenerateContent'],
  ['/a/b/', '/a/b'],
])('mounted at %s, %s is Gemini', (mount, path) => {
  expect(classifyPath(checkMountPath(mount), path)).toBe('gemini');
});

test.each([
  ['/live', '/', 'foreign'],
  ['/live', '/lively', 'foreign'],
  ['/live', '/rooms/1', 'foreign'],
  ['/live', '/live/rooms', 'unknown'],
  ['/live', '/live/ws/evil.example/BidiGenerateContent', 'unknown'],
  ['/', '/rooms/1', 'foreign'],
])('mounted at %s, %s is %s', (mount, path, expected) => {
  expect(classifyPath(checkMountPath(mount), path)).toBe(expected);
});

test.each(['live', '', '/live?x=1', '/li ve', undefined, 7])('%j is refused as a mount path', (path) => {
  expect(() => checkMountPath(path)).toThrow(/path .* is not a mount path; write one such as "\/live"/);
});
