import { expect, it } from 'vitest';
import { nameField } from './fields.ts';

it('a refusal names a field as its control does, and what has no control as it came', () => {
  expect(nameField('configuration.temperature 9 must be a number from 0 to 2.')).toBe(
    'Temperature: 9 must be a number from 0 to 2.',
  );
  expect(nameField('configuration.bargeIn.afterMs -1 must be a whole number.')).toBe(
    'Interrupts after: -1 must be a whole number.',
  );
  expect(nameField('configuration.colour is not known.')).toBe('configuration.colour is not known.');
});
