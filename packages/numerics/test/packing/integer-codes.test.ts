import { blockCount, decodeCodes, fillNormal, integerCodes, integerValues, randomKey } from '@weightkit/numerics';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { byBothPaths } from '../both.ts';
import { blockOf, cut } from './blocks.ts';

/** Round half to even of a number that is far from 2^53. */
function halfEven(x: number): number {
  const below = Math.floor(x);
  if (x - below === 0.5) return below % 2 === 0 ? below : below + 1;
  return Math.round(x);
}

it('integerCodes is round(x · (1 / scale)) + zero point, clipped, of the block of each entry; with kernels and without', () => {
  fc.assert(
    fc.property(
      cut,
      fc.constantFrom(
        ...([
          [Int8Array, -128, 127],
          [Int8Array, -8, 7],
          [Uint8Array, 0, 255],
          [Uint16Array, 0, 65_535],
        ] as const),
      ),
      fc.boolean(),
      fc.nat(2 ** 31),
      ({ shape, block }, [Kind, least, most], shifted, seed) => {
        const size = shape.reduce((a, b) => a * b, 1);
        const count = blockCount(shape, block);
        const x = fillNormal(new Float32Array(size), randomKey(seed), { std: 40 });
        // Ties, and what clips.
        for (let i = 0; i < size; i += 3) x[i] = Math.round(x[i]!) + 0.5;
        if (size > 0) x[size - 1] = -3e38;
        const scales = Float32Array.from({ length: count }, (_, k) => [1, 0.5, 1 / 3, 2 ** -100, 7][(seed + k) % 5]!);
        const zeroPoints = shifted
          ? Int32Array.from(scales, (_, k) => least + (((seed >> (k % 20)) & 127) % (most - least)))
          : null;
        const grid = { shape, block, scales, zeroPoints, least, most };
        const { reference, kernel } = byBothPaths(() => integerCodes(x, new Kind(size), grid));
        const wanted = new Kind(size);
        x.forEach((value, i) => {
          const k = blockOf(i, shape, block);
          const quotient = Math.fround(value * Math.fround(1 / scales[k]!));
          const code = Math.abs(quotient) > 2 ** 40 ? quotient : halfEven(quotient) + (zeroPoints?.[k] ?? 0);
          wanted[i] = Math.min(Math.max(code, least), most);
        });
        expect(reference).toEqual(wanted);
        expect(kernel).toEqual(wanted);
        const decoded = byBothPaths(() => integerValues(wanted, { shape, block, scales, zeroPoints }));
        const plain = decodeCodes(wanted, { shape, block, scales, zeroPoints });
        expect(decoded).toEqual({ kernel: plain, reference: plain });
      },
    ),
  );
});

it.each([
  ['one block', [70_001], [70_001]],
  ['groups that chunks cut', [70_001], [1000]],
  ['rows of groups, the last shorter', [700, 100], [1, 32]],
  ['a scale for each column', [700, 100], [700, 1]],
  ['wide rows with a scale for each column', [3, 20_001], [3, 1]],
  ['groups of inputs, for each output', [300, 257], [128, 1]],
])('many codes and their values are the same with kernels and without: %s', (_, shape, block) => {
  const count = blockCount(shape, block);
  const x = fillNormal(new Float32Array(shape.reduce((a, b) => a * b)), randomKey(1));
  const scales = fillNormal(new Float32Array(count), randomKey(2)).map((v) => 0.01 + Math.abs(v) / 50);
  for (const zeroPoints of [null, Int32Array.from(scales, (_, k) => (k * 37) % 256)]) {
    const grid = { shape, block, scales, zeroPoints };
    const codes = byBothPaths(() => integerCodes(x, new Uint8Array(x.length), { ...grid, least: 0, most: 255 }));
    expect(Buffer.compare(codes.kernel, codes.reference)).toBe(0);
    for (const of of [codes.kernel, new Int8Array(codes.kernel.buffer)]) {
      const out = new Float32Array(x.length);
      const values = byBothPaths(() => integerValues(of, { ...grid, out }).slice());
      expect(Buffer.compare(new Uint8Array(values.kernel.buffer), new Uint8Array(values.reference.buffer))).toBe(0);
      const from = 12_345;
      const part = decodeCodes(of.subarray(from), { ...grid, from });
      expect(Buffer.compare(new Uint8Array(part.buffer), new Uint8Array(values.reference.slice(from).buffer))).toBe(0);
    }
  }
});

it('integerValues refuses arrays that do not belong together, and gives nothing for nothing', () => {
  const grid = { shape: [2], block: [1], scales: Float32Array.of(1, 1) };
  const call =
    (codes: unknown, more: object = {}) =>
    () =>
      integerValues(codes as Int8Array, { ...grid, ...more });
  expect(call(new Float32Array(2))).toThrow('integerValues: codes must be a Uint8Array, Uint16Array');
  expect(call(new Int8Array(3))).toThrow('integerValues: shape must have 3 entries, got 2');
  expect(call(new Int8Array(2), { out: new Float32Array(3) })).toThrow('integerValues: out must have length 2, got 3');
  expect(call(new Int8Array(2), { scales: Float32Array.of(1) })).toThrow('integerValues: scales must have length 2');
  expect(integerValues(new Int8Array(0), { shape: [0], block: [1], scales: new Float32Array(0) })).toHaveLength(0);
});

it('integerCodes refuses arrays, scales and limits that do not belong together', () => {
  const x = Float32Array.of(1, 2);
  const grid = { shape: [2], block: [1], scales: Float32Array.of(1, 1), least: 0, most: 7 };
  const call =
    (codes: unknown, more: object = {}) =>
    () =>
      integerCodes(x, codes as Int8Array, { ...grid, ...more });
  expect(call(new Float32Array(2))).toThrow('integerCodes: codes must be a Uint8Array, Uint16Array');
  expect(call(new Int8Array(3))).toThrow('integerCodes: codes must have length 2, got 3');
  expect(call(new Int8Array(2), { shape: [3] })).toThrow('integerCodes: shape must have 2 entries, got 3');
  expect(call(new Int8Array(2), { scales: Float32Array.of(1) })).toThrow('integerCodes: scales must have length 2');
  expect(call(new Int8Array(2), { scales: Float32Array.of(1, 0) })).toThrow('integerCodes: scales must be finite and');
  expect(call(new Int8Array(2), { zeroPoints: Int32Array.of(1) })).toThrow('integerCodes: zeroPoints must have length');
  expect(call(new Int8Array(2), { most: 128 })).toThrow('integerCodes: most must be an integer from 0 to 127, got 128');
  expect(call(new Uint8Array(2), { least: -1 })).toThrow(
    'integerCodes: least must be an integer from 0 to 255, got -1',
  );
  expect(call(new Uint8Array(2), { most: -1 })).toThrow('integerCodes: most must be');
});
