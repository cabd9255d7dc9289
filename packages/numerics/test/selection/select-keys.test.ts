import fc from 'fast-check';
import { expect, it } from 'vitest';
import { selectKeys } from '../../src/selection/select-keys.ts';

it('selectKeys(keys, k, bits) is the k-th largest and how many are larger, as sorting says, for keys below 2^bits', () => {
  const cases = fc
    .integer({ min: 1, max: 32 })
    .chain((bits) =>
      fc.record({ bits: fc.constant(bits), keys: fc.array(fc.nat(2 ** bits - 1), { minLength: 1, maxLength: 80 }) }),
    );
  fc.assert(
    fc.property(cases, fc.nat(), ({ bits, keys }, seed) => {
      const k = 1 + (seed % keys.length);
      const sorted = Uint32Array.from(keys).sort().reverse();
      const threshold = sorted[k - 1]!;
      expect(selectKeys(Uint32Array.from(keys), k, bits)).toEqual({ threshold, larger: sorted.indexOf(threshold) });
    }),
    { numRuns: 300 },
  );
});
