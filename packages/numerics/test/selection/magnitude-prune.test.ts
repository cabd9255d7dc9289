import { fillNormal, magnitudeMask, magnitudePrune, randomKey } from '@weightkit/numerics';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { byBothPaths, onBothPaths } from '../both.ts';

/** The law by definition: sort by magnitude, lowest index first among equals. */
function byDefinition(x: Float32Array, keep: number): { values: number[]; mask: number[] } {
  const order = Array.from(x, (_, i) => i).sort((a, b) => Math.abs(x[b]!) - Math.abs(x[a]!) || a - b);
  const kept = new Set(order.slice(0, keep));
  return {
    values: Array.from(x, (value, i) => (kept.has(i) ? value : 0)),
    mask: Array.from(x, (_, i) => (kept.has(i) ? 1 : 0)),
  };
}

const plain = ({ values, mask }: { values: Float32Array; mask: Uint8Array }) => ({
  values: Array.from(values),
  mask: Array.from(mask),
});

const any = fc.oneof(
  fc.constantFrom(0, -0, 1, -1, 2, 3.4e38, -3.4e38, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e-45),
  fc.float({ noNaN: true }),
);

onBothPaths('magnitudePrune', () => {
  it('magnitudePrune(x, keep) keeps the largest magnitudes bit for bit, ties lowest index first, and +0 elsewhere', () => {
    fc.assert(
      fc.property(fc.array(any, { maxLength: 70 }), fc.nat(), (list, seed) => {
        const x = Float32Array.from(list);
        for (const keep of new Set([seed % (list.length + 1), 0, list.length])) {
          const before = x.slice();
          // toEqual tells -0 from 0.
          expect(plain(magnitudePrune(x, keep))).toEqual(byDefinition(x, keep));
          expect(x).toEqual(before);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('magnitudePrune(x, keep, {out}) writes there, x itself included, and returns it', () => {
    const x = fillNormal(new Float32Array(2003), randomKey(5));
    const expected = byDefinition(x, 1234);
    const out = new Float32Array(x.length).fill(7);
    const pruned = magnitudePrune(x, 1234, { out });
    expect(pruned.values).toBe(out);
    expect(plain(pruned)).toEqual(expected);
    expect(plain(magnitudePrune(x, 1234, { out: x }))).toEqual(expected);
    expect(x.filter((value) => value !== 0).length).toBe(1234);
    expect(magnitudePrune(x, 0, { out }).values.every((value) => Object.is(value, 0))).toBe(true);
  });

  it('magnitudePrune(x, keep) refuses NaN by index, a bad keep and an out that does not fit, and writes nothing then', () => {
    const x = Float32Array.of(1, Number.NaN, 2);
    const out = Float32Array.of(7, 8, 9);
    for (const keep of [0, 1, 3])
      expect(() => magnitudePrune(x, keep, { out })).toThrow('magnitudePrune: x must not be NaN, got NaN at x[1]');
    for (const keep of [-1, 4, 0.5, Number.NaN, null, '1'])
      expect(() => magnitudePrune(x, keep as number, { out })).toThrow(
        'magnitudePrune: keep must be an integer in [0, 3], got',
      );
    const buffer = new Float32Array(4);
    const rules: [unknown, string][] = [
      [[1, 2, 3], 'magnitudePrune: out must be a Float32Array'],
      [new Float32Array(2), 'magnitudePrune: out must have length 3, got 2'],
      [buffer.subarray(1), 'magnitudePrune: out must be x or apart from it'],
    ];
    for (const [bad, rule] of rules)
      expect(() => magnitudePrune(buffer.subarray(0, 3), 1, { out: bad as Float32Array })).toThrow(rule);
    expect(() => magnitudePrune(x, 1, { output: out } as object)).toThrow('magnitudePrune: options must be among out');
    expect(() => magnitudePrune([1] as unknown as Float32Array, 1)).toThrow('magnitudePrune: x must be a Float32Array');
    expect(Array.from(out)).toEqual([7, 8, 9]);
  });
});

it('magnitudePrune(x, keep) gives the same bits with and without WebAssembly, where many are equal too', () => {
  const normal = fillNormal(new Float32Array(150_001), randomKey(6));
  const steps = normal.map((value) => Math.round(2 * value) / 2);
  const huge = normal.map((value, i) => value * (i % 2 ? 1e37 : 1e-40));
  const bytes = ({ buffer }: Float32Array | Uint8Array) => new Uint8Array(buffer);
  const same = (a: Uint8Array, b: Uint8Array) => a.length === b.length && a.every((value, i) => value === b[i]);
  for (const x of [normal, steps, huge, new Float32Array(150_001).fill(-1)])
    for (const keep of [1, 15_000, 75_001, 149_999, 150_001]) {
      const { reference, kernel } = byBothPaths(() => magnitudePrune(x, keep));
      expect(same(bytes(kernel.values), bytes(reference.values)), `values, keep ${keep}`).toBe(true);
      expect(same(kernel.mask, reference.mask), `mask, keep ${keep}`).toBe(true);
      expect(same(kernel.mask, magnitudeMask(x, keep)), `magnitudeMask, keep ${keep}`).toBe(true);
    }
});
