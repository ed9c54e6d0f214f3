import { expect, test } from 'vitest';
import { isSendableCloseCode, toUpstreamClose } from './close-mapping.ts';

test.each([1000, 1001, 1003, 1007, 1008, 1011, 1012, 1014, 3000, 4400, 4999])('%i may be sent', (code) => {
  expect(isSendableCloseCode(code)).toBe(true);
});

test.each([0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000])('%i may not be sent', (code) => {
  expect(isSendableCloseCode(code)).toBe(false);
});

test('a client without a code leaves the upstream with 1000', () => {
  expect(toUpstreamClose(1005, '')).toEqual({ code: 1000, reason: '' });
  expect(toUpstreamClose(1006, '')).toEqual({ code: 1000, reason: '' });
  expect(toUpstreamClose(4001, 'bye')).toEqual({ code: 4001, reason: 'bye' });
});
