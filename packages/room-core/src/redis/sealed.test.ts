import { expect, test } from 'vitest';
import { seal, unseal } from './sealed.ts';

const secret = 'a secret of all servers';

test('NODE10 what is sealed is read with the same secret and for the same room only', () => {
  const sealed = seal('handle', secret, 'room');
  expect(sealed).not.toContain('handle');
  expect(seal('handle', secret, 'room')).not.toBe(sealed);
  expect(unseal(sealed, secret, 'room')).toBe('handle');
  expect(unseal(sealed, 'another secret of them', 'room')).toBeNull();
  expect(unseal(sealed, secret, 'other')).toBeNull();
  const bytes = Buffer.from(sealed, 'base64');
  bytes[14] = (bytes[14] ?? 0) ^ 1;
  expect(unseal(bytes.toString('base64'), secret, 'room')).toBeNull();
  expect(unseal('', secret, 'room')).toBeNull();
});
