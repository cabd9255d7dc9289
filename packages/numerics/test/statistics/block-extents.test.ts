import { blockCount, blockExtents, fillNormal, randomKey } from '@weightkit/numerics';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { byBothPaths } from '../both.ts';
import { blockOf, cut } from '../packing/blocks.ts';

it('blockExtents are the least and the greatest of each block, with the sign of the first zero; NaN is passed over', () => {
  fc.assert(
    fc.property(cut, fc.nat(2 ** 31), fc.constantFrom(1, 4, 100), ({ shape, block }, seed, scale) => {
      const size = shape.reduce((a, b) => a * b, 1);
      const x = fillNormal(new Float32Array(size), randomKey(seed)).map((v) => Math.trunc(v * scale) / scale);
      if (seed % 3 === 0 && size > 0) x[seed % size] = [Number.NaN, Infinity, -Infinity][(seed % 7) % 3]!;
      const min = new Float32Array(blockCount(shape, block)).fill(Infinity);
      const max = min.map(() => -Infinity);
      x.forEach((value, i) => {
        const k = blockOf(i, shape, block);
        if (value < min[k]!) min[k] = value;
        if (value > max[k]!) max[k] = value;
      });
      const wanted = { min, max, finite: x.every((value) => Number.isFinite(value)) };
      const { reference, kernel } = byBothPaths(() => blockExtents(x, { shape, block }));
      expect(reference).toEqual(wanted);
      expect(kernel).toEqual(wanted);
    }),
  );
});

it.each([
  ['one block', [70_001], [70_001]],
  ['groups that chunks cut', [70_001], [1000]],
  ['rows of groups, the last shorter', [700, 100], [1, 32]],
  ['columns', [700, 100], [700, 1]],
])('extents of many values are the same with kernels and without: %s', (_, shape, block) => {
  const x = fillNormal(new Float32Array(shape.reduce((a, b) => a * b)), randomKey(3));
  x.fill(0, 5000, 6000);
  x.fill(-0, 5500, 7500);
  const { reference, kernel } = byBothPaths(() => blockExtents(x, { shape, block }));
  expect(kernel).toEqual(reference);
  x[69_000] = Number.NaN;
  expect(blockExtents(x, { shape, block }).finite).toBe(false);
});

it('blockExtents of nothing are none, and another shape is refused', () => {
  expect(blockExtents(new Float32Array(0), { shape: [0], block: [1] })).toEqual({
    min: new Float32Array(0),
    max: new Float32Array(0),
    finite: true,
  });
  expect(() => blockExtents(new Float32Array(3), { shape: [2], block: [1] })).toThrow(
    'blockExtents: shape must have 3 entries, got 2',
  );
});
