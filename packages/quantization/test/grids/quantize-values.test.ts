import { decodeCodes, integerCodes } from '@weightkit/numerics';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codeRange } from '../../src/grids/integers.ts';
import { dequantizeValues, type GridDtype, type GridOptions, quantizeValues } from '../../src/index.ts';
import { base64, floats, golden, normals } from '../helpers.ts';

interface Case {
  grid: GridOptions;
  shape: number[];
  data: string;
  codes: string;
  scales?: string;
  zeroPoints?: number[];
  decoded: string;
}

const INTEGERS: GridDtype[] = [
  'int2',
  'int3',
  'int4',
  'int5',
  'int6',
  'int7',
  'int8',
  'uint2',
  'uint4',
  'uint8',
  'uint16',
];
const SCALED: GridDtype[] = [
  'float8_e4m3fn',
  'float8_e5m2',
  'nf4',
  'mxfp8_e4m3',
  'mxfp8_e5m2',
  'mxfp4',
  'mxint8',
  'ternary',
];

describe('quantizeValues: the numbers of others', () => {
  test('integers have the codes, scales, zero points and values of torchao, bit for bit', () => {
    for (const c of golden<Case>('grid-integers')) {
      const q = quantizeValues(floats(c.data), c.shape, c.grid);
      const name = JSON.stringify([c.grid, c.shape]);
      expect(base64(q.scales!), name).toBe(c.scales);
      expect([...(q.zeroPoints ?? new Int32Array(q.scales!.length))], name).toEqual(c.zeroPoints);
      expect(base64(q.codes), name).toBe(c.codes);
      expect(base64(dequantizeValues(q)), name).toBe(c.decoded);
    }
  });

  test('given scales and zero points, codes and values are those of torch.quantize_per_tensor and per_channel', () => {
    interface Given extends Case {
      dtype: 'int8' | 'uint8';
      axis: number | null;
    }
    for (const c of golden<Given>('grid-torch')) {
      const [rows, cols] = c.shape as [number, number];
      const block = c.axis === null ? [rows, cols] : c.axis === 0 ? [1, cols] : [rows, 1];
      const parameters = { scales: floats(c.scales!), zeroPoints: Int32Array.from(c.zeroPoints!) };
      const empty = c.dtype === 'int8' ? new Int8Array(rows * cols) : new Uint8Array(rows * cols);
      const codes = integerCodes(floats(c.data), empty, {
        shape: c.shape,
        block,
        ...parameters,
        ...codeRange(c.dtype, false),
      });
      expect(base64(codes)).toBe(c.codes);
      expect(base64(decodeCodes(codes, { shape: c.shape, block, ...parameters }))).toBe(c.decoded);
    }
  });

  test('floats, MX, NF4 and ternary have the codes and values of torch', () => {
    for (const c of golden<Case>('grid-floats')) {
      const q = quantizeValues(floats(c.data), c.shape, c.grid);
      const name = JSON.stringify([c.grid, c.shape]);
      expect(q.scales && base64(q.scales), name).toBe(c.scales ?? null);
      expect(base64(q.codes), name).toBe(c.codes);
      const decoded = dequantizeValues(q);
      const wanted = floats(c.decoded);
      // The table of NF4 is that of bitsandbytes, float32 all the way; scipy's is float64 and off by 1.1e-7 of the largest at most.
      const largest = Math.max(...wanted.map(Math.abs));
      const atMost = c.grid.dtype === 'nf4' ? 2.5e-7 * largest : 0;
      for (let i = 0; i < wanted.length; i++)
        expect(Math.abs(decoded[i]! - wanted[i]!), name).toBeLessThanOrEqual(atMost);
    }
  });

  test('every code of 8 bits stands for what torch says', () => {
    for (const { dtype, values } of golden<{ dtype: GridDtype; values: string }>('grid-tables')) {
      const codes = Uint8Array.from({ length: 256 }, (_, i) => i);
      const q = { dtype, shape: [256], block: null, codes, scales: null, zeroPoints: null };
      expect([...dequantizeValues(q)]).toEqual([...floats(values)]);
    }
  });
});

const shapes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 4 });
const made = shapes.chain((shape) => {
  const size = shape.reduce((a, b) => a * b, 1);
  return fc.record({
    shape: fc.constant(shape),
    block: fc.tuple(...shape.map((n) => fc.integer({ min: 1, max: n }))),
    values: fc
      .array(fc.float({ noNaN: true, min: -1000, max: 1000 }), { minLength: size, maxLength: size })
      .map((list) => Float32Array.from(list)),
  });
});

/** The number of the block of each value, one index at a time. */
function blockOfEach(shape: number[], block: number[]): number[] {
  const size = shape.reduce((a, b) => a * b, 1);
  return Array.from({ length: size }, (_, flat) => {
    let [rest, stride, index] = [flat, 1, 0];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index += Math.floor((rest % shape[axis]!) / block[axis]!) * stride;
      stride *= Math.ceil(shape[axis]! / block[axis]!);
      rest = Math.floor(rest / shape[axis]!);
    }
    return index;
  });
}

describe('quantizeValues: properties', () => {
  test('boxes of any edges, the last ones smaller, share a scale that nothing outside of them changes', () => {
    fc.assert(
      fc.property(made, ({ shape, block, values }) => {
        const whole = quantizeValues(values, shape, { dtype: 'int5', granularity: { block } });
        const of = blockOfEach(shape, block);
        for (let k = 0; k < whole.scales!.length; k++) {
          const mine = values.filter((_, i) => of[i] === k);
          const alone = quantizeValues(mine, [mine.length], { dtype: 'int5' });
          expect(alone.scales![0]).toBe(whole.scales![k]);
          expect([...alone.codes]).toEqual([...whole.codes].filter((_, i) => of[i] === k));
        }
        expect(Math.max(...of) + 1).toBe(whole.scales!.length);
      }),
    );
  });

  test('an error is half a scale at most where nothing is clipped, and zeros are exact', () => {
    fc.assert(
      fc.property(made, fc.constantFrom(...INTEGERS), fc.boolean(), ({ shape, block, values }, dtype, affine) => {
        const scheme = affine ? 'affine' : 'noClipping';
        const q = quantizeValues(values, shape, { dtype, granularity: { block }, scheme });
        const decoded = dequantizeValues(q);
        const of = blockOfEach(shape, block);
        for (let i = 0; i < values.length; i++) {
          const scale = q.scales![of[i]!]!;
          // The zero point is rounded, which may clip half a step more, and each float32 step is off by 2^-24 of 65535 scales.
          const most = (affine ? 1 : 0.5) * scale * (1 + 2 ** -6);
          expect(Math.abs(values[i]! - decoded[i]!)).toBeLessThanOrEqual(most);
          if (values[i] === 0) expect(decoded[i]! + 0).toBe(0);
        }
      }),
    );
  });

  test('rounding twice is rounding once, with the ranges of the first time', () => {
    const values = normals(300);
    const extent = { min: [Math.min(...values)], max: [Math.max(...values)] };
    for (const dtype of [...INTEGERS, 'float8_e4m3fn', 'float8_e5m2', 'nf4'] as GridDtype[]) {
      const grid: GridOptions = { dtype, granularity: 'tensor', ranges: extent };
      const once = quantizeValues(values, [300], grid);
      const twice = quantizeValues(dequantizeValues(once), [300], grid);
      expect(twice, dtype).toEqual(once);
    }
  });

  test('ranges clip what lies outside', () => {
    const q = quantizeValues(Float32Array.of(-9, -1, 0, 1, 9), [5], {
      dtype: 'int8',
      scheme: 'symmetric',
      narrow: true,
      ranges: { min: [-1], max: [1] },
    });
    expect([...q.codes]).toEqual([-127, -127, 0, 127, 127]);
    expect(q.scales![0]).toBe(Math.fround(1 / 127));
  });

  test('zeros, constants, one value, none and a scalar are quantized on every grid', () => {
    for (const dtype of [...INTEGERS, ...SCALED, 'float16', 'bfloat16'] as GridDtype[]) {
      expect(dequantizeValues(quantizeValues(new Float32Array(5), [5], { dtype })), dtype).toEqual(new Float32Array(5));
      expect(quantizeValues(new Float32Array(0), [3, 0, 2], { dtype }).codes, dtype).toHaveLength(0);
      const q = quantizeValues(Float32Array.of(3), [1], { dtype });
      expect(dequantizeValues(q)[0], dtype).toBeCloseTo(3, 0);
    }
    expect(quantizeValues(Float32Array.of(-2), [], { dtype: 'int8', granularity: 'tensor' }).scales).toHaveLength(1);
  });

  test('tiny and huge values stay finite or are refused by index', () => {
    for (const dtype of [...INTEGERS, ...SCALED] as GridDtype[])
      for (const x of [1e-45, 1e-38, 1e30]) {
        const decoded = dequantizeValues(quantizeValues(Float32Array.of(x, -x, 0), [3], { dtype }));
        expect([...decoded].every(Number.isFinite), `${dtype} ${x}`).toBe(true);
        expect(decoded[2]).toBe(0);
      }
    expect(() => quantizeValues(Float32Array.of(0, 70000), [2], { dtype: 'float16' })).toThrow(
      'quantizeValues: values must stay finite in float16 (use another dtype or smaller values), got 70000 at values[1]',
    );
    expect(() => quantizeValues(Float32Array.of(3.4e38), [1], { dtype: 'bfloat16' })).toThrow(
      'must stay finite in bfloat16',
    );
    expect(() => quantizeValues(Float32Array.of(465), [1], { dtype: 'float8_e4m3fn', granularity: 'none' })).toThrow(
      'must stay finite in float8_e4m3fn',
    );
    expect(() => quantizeValues(Float32Array.of(61440), [1], { dtype: 'float8_e5m2', granularity: 'none' })).toThrow();
  });

  test('the values are not changed, and what comes back shares nothing with them', () => {
    const values = normals(64);
    const before = base64(values);
    for (const dtype of [...INTEGERS, ...SCALED, 'float16', 'bfloat16'] as GridDtype[])
      quantizeValues(values, [64], { dtype });
    expect(base64(values)).toBe(before);
  });
});

describe('quantizeValues: what it refuses', () => {
  const x = Float32Array.of(1, 2, 3, 4, 5, 6);
  test.each<[number[], object, string]>([
    [[2, 2], { dtype: 'int8' }, 'quantizeValues: shape must have 6 entries, got 4'],
    [[2, 3], { dtype: 'int9' }, 'quantizeValues: dtype must be among int2 to int8'],
    [
      [2, 3],
      { dtype: 'int8', granularity: { axis: 2 } },
      'quantizeValues: axis must be an integer from -2 to 1, got 2',
    ],
    [
      [2, 3],
      { dtype: 'int8', granularity: { group: 0 } },
      'quantizeValues: group must be an integer of 1 or more, got 0',
    ],
    [
      [2, 3],
      { dtype: 'int8', granularity: { block: [1] } },
      'quantizeValues: block must have an edge for each of 2 axes',
    ],
    [[2, 3], { dtype: 'int8', granularity: 'none' }, 'quantizeValues: granularity of int8 must be tensor'],
    [[2, 3], { dtype: 'bfloat16', granularity: 'tensor' }, 'quantizeValues: granularity of bfloat16 must be none'],
    [[2, 3], { dtype: 'nf4', scheme: 'affine' }, 'quantizeValues: scheme of nf4 must be left out'],
    [[2, 3], { dtype: 'mxfp4', narrow: true }, 'quantizeValues: narrow must be left out for mxfp4'],
    [[2, 3], { dtype: 'mxfp4', ranges: { min: [0], max: [1] } }, 'quantizeValues: ranges must be left out for mxfp4'],
    [
      [2, 3],
      { dtype: 'int8', ranges: { min: [1], max: [0] } },
      'quantizeValues: ranges.max[0] must be 1 or more, got 0',
    ],
    [
      [2, 3],
      { dtype: 'int8', ranges: { min: [0, 0], max: [1] } },
      'ranges.min must have one number for each of 1 blocks, got 2',
    ],
    [
      [2, 3],
      { dtype: 'int8', bits: 3 },
      'quantizeValues: grid must be among dtype, granularity, scheme, narrow, ranges, range, percentile, got',
    ],
  ])('shape %j with %j', (shape, grid, message) => {
    expect(() => quantizeValues(x, shape, grid as GridOptions)).toThrow(message);
  });

  test('NaN and infinity by index', () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => quantizeValues(Float32Array.of(0, bad), [2], { dtype: 'int4' })).toThrow(
        new RangeError(`quantizeValues: values must be finite, got ${bad} at values[1]`),
      );
  });
});
