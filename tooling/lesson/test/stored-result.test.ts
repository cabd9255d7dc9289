import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeResult, encodeResult } from '../src/stored-result.ts';

/** What a result may hold, with numbers of at most six digits, so that rounding changes nothing. */
const numbers = fc.oneof(fc.integer({ min: -999_999, max: 999_999 }), fc.constantFrom(NaN, Infinity, -Infinity, 0.125));
const { value: results } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    numbers,
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    fc.array(fc.integer({ min: -1000, max: 1000 })).map((values) => Float32Array.from(values)),
    fc.array(fc.nat(255)).map((values) => Uint8Array.from(values)),
    fc.array(tie('value')),
    fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), tie('value')),
  ),
}));

describe('encodeResult and decodeResult', () => {
  it('decodeResult(JSON of encodeResult(result)) is the result, with NaN, infinities and typed arrays', () => {
    fc.assert(
      fc.property(results, (result) => {
        const back = decodeResult(JSON.parse(JSON.stringify(encodeResult(result))));
        expect(back).toEqual(result);
      }),
    );
  });

  it('encodeResult(value, digits) rounds to so many significant digits', () => {
    expect(encodeResult([200 / 3, -1234.5678, 1e-9 / 3])).toEqual([66.6667, -1234.57, 3.33333e-10]);
    expect(encodeResult(200 / 3, 3)).toBe(66.7);
  });
});
