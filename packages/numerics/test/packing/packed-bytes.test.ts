import { packedBytes } from '@weightkit/numerics';
import { expect, it } from 'vitest';

it('packedBytes is ceil(length · bits / 8), exactly', () => {
  for (let bits = 1; bits <= 16; bits++)
    for (let length = 0; length < 40; length++)
      expect(packedBytes(length, bits)).toBe(Number((BigInt(length * bits) + 7n) / 8n));
  expect(packedBytes(2 ** 31 - 2, 3)).toBe(Number(((2n ** 31n - 2n) * 3n + 7n) / 8n));
});

it('packedBytes refuses what no typed array holds', () => {
  expect(() => packedBytes(2 ** 50, 1)).toThrow('packedBytes: length must fit in one array, got 1125899906842624');
  expect(() => packedBytes(1.5, 1)).toThrow('packedBytes: length must be an integer of 0 or more, got 1.5');
  expect(() => packedBytes(1, 0)).toThrow('packedBytes: bits must be an integer from 1 to 16, got 0');
});
