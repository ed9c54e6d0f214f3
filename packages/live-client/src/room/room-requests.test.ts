import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { roomScene } from '../../test/room-scene.ts';
import type { LiveClientError } from '../errors.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error: LiveClientError) => error,
  );

it('asks with an id and resolves when the server has done it', async () => {
  const { client, network, join } = roomScene();
  await join();
  const done = client.host.setRole('ben', 'host');
  const [request] = network.socket.messages('request');
  expect(request).toEqual({ type: 'request', id: 'q1', action: 'setRole', participantId: 'ben', role: 'host' });
  network.socket.say({ type: 'done', id: 'q1' });
  await expect(done).resolves.toBeUndefined();
  expect(vi.getTimerCount()).toBe(1);
});

it.each([
  ['ERR_NOT_ALLOWED', 'ERR_NOT_ALLOWED', false],
  ['ERR_PARTICIPANT_NOT_FOUND', 'ERR_PARTICIPANT_NOT_FOUND', false],
  ['ERR_INTERNAL', 'ERR_SERVER_INTERNAL', true],
  ['ERR_OF_A_NEWER_SERVER', 'ERR_REQUEST_REFUSED', false],
])('a refusal with %s rejects with %s and the words of the server', async (said, code, retryable) => {
  const { client, network, join } = roomScene();
  await join();
  const error = failure(client.host.setRole('ben', 'host'));
  network.socket.say({ type: 'refused', id: 'q1', code: said, message: 'No.', retryable });
  expect(await error).toMatchObject({ name: 'LiveClientError', code, reason: 'No.', retryable });
});

it('each request has its own answer, in whatever order they come', async () => {
  const { client, network, join } = roomScene();
  await join();
  const first = failure(client.host.setRole('ben', 'host'));
  const second = client.host.setRole('ben', 'viewer');
  network.socket.say({ type: 'done', id: 'q2' });
  network.socket.say({ type: 'refused', id: 'q1', code: 'ERR_NOT_ALLOWED', message: 'No.', retryable: false });
  network.socket.say({ type: 'done', id: 'q9' });
  await second;
  expect(await first).toMatchObject({ code: 'ERR_NOT_ALLOWED' });
});

it('is not asked without a connection, and fails when that breaks', async () => {
  const { client, network, join } = roomScene();
  expect(await failure(client.host.close())).toMatchObject({ code: 'ERR_NOT_CONNECTED' });
  await join();
  const error = failure(client.host.close());
  network.socket.end(1006);
  expect(await error).toMatchObject({ code: 'ERR_CONNECTION_LOST', retryable: true });
});

it('fails when no answer comes in time, and when the signal fires', async () => {
  const { client, join } = roomScene({ requestTimeoutMs: 500 });
  await join();
  const late = failure(client.host.close());
  const controller = new AbortController();
  const stopped = failure(client.host.setRole('ben', 'host', { signal: controller.signal }));
  controller.abort('enough');
  expect(await stopped).toMatchObject({ code: 'ERR_ABORTED', cause: 'enough' });
  expect(await failure(client.host.close({ signal: controller.signal }))).toMatchObject({ code: 'ERR_ABORTED' });
  await vi.advanceTimersByTimeAsync(500);
  expect(await late).toMatchObject({ code: 'ERR_REQUEST_TIMEOUT', retryable: true });
});

it('whoever closes the room has done so when they are evicted; other requests fail with that', async () => {
  const { client, network, join } = roomScene();
  await join();
  const closed = client.host.close({ reason: 'lunch' });
  const other = failure(client.host.setRole('ben', 'host'));
  expect(network.socket.messages('request')[0]).toMatchObject({ action: 'close', reason: 'lunch' });
  network.socket.end(4410, 'lunch');
  await expect(closed).resolves.toBeUndefined();
  expect(await other).toMatchObject({ code: 'ERR_ROOM_CLOSED' });
});
