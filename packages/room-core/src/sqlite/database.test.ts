import { expect, it } from 'vitest';
import { RoomDatabase } from './database.ts';
import type { StoreRequest } from './requests.ts';

const append = (ts: number): StoreRequest => ({
  op: 'append',
  roomId: 'r',
  expected: {},
  ts,
  kind: 'msg.text',
  client: null,
  actor: '{}',
  body: '{}',
});

it('SQL7 keeps the neighbours of a request that the database cannot do', () => {
  const database = new RoomDatabase(':memory:');
  const create: StoreRequest = { op: 'create', id: 'r', status: 'open', createdAt: 1, version: 1, record: '{}' };
  const outcomes = database.execute([
    create,
    append(1),
    append(Number.NaN),
    append(2),
    { op: 'position', roomId: 'r' },
  ]);
  expect(outcomes).toMatchObject([
    { ok: true },
    { ok: true, value: { outcome: 'appended', seq: 1 } },
    { ok: false, code: 'ERR_STORE_UNAVAILABLE' },
    { ok: true, value: { outcome: 'appended', seq: 2 } },
    { ok: true, value: { epoch: 1, top: 2 } },
  ]);
  database.close();
});
