import * as tf from '@tensorflow/tfjs';
import { leakOf, valuesOf } from '@weightkit/testing';
import { describe, expect, test } from 'vitest';
import {
  dequantizeValues,
  type FakeQuantizeOptions,
  fakeQuantize,
  type GridDtype,
  quantizeValues,
} from '../../src/index.ts';
import { bitsOf, floats, golden, normals } from '../helpers.ts';

type Grid = NonNullable<FakeQuantizeOptions['grid']>;

const onWebgpu = () => tf.getBackend() === 'webgpu';

const onGrid = async (values: Float32Array, shape: number[], grid: Grid) => {
  const w = tf.tensor(values, shape);
  const result = await valuesOf(fakeQuantize(w, { grid }));
  w.dispose();
  return result;
};
const gradient = async (values: Float32Array, dy: Float32Array, shape: number[], grid: Grid) => {
  const given = [tf.tensor(values, shape), tf.tensor(dy, shape)] as const;
  const result = await valuesOf(tf.grad((x) => fakeQuantize(x, { grid }))(...given));
  tf.dispose([...given]);
  return result;
};

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
const ELEMENTS: GridDtype[] = ['float8_e4m3fn', 'float8_e5m2', 'nf4', 'mxfp8_e4m3', 'mxfp8_e5m2', 'mxfp4', 'mxint8'];
const FLOATS: GridDtype[] = ['float16', 'bfloat16', 'float8_e4m3fn', 'float8_e5m2'];

// Ragged groups and boxes, a row of zeros, and shapes whose axes are merged.
const shape = [3, 5, 7];
const values = normals(105, 0.05, 0.01, 3).map((x, i) => (i >= 35 && i < 42 ? 0 : x));
const GRANULARITIES: NonNullable<Grid['granularity']>[] = [
  'tensor',
  { axis: 0 },
  { axis: 1 },
  { axis: -1 },
  { group: 4 },
  { group: 2, axis: 1 },
  { block: [2, 3, 4] },
];

describe('fakeQuantize on a grid: values', () => {
  /** All on hosts; on webgpu, where each is a program of its own to compile, one for each dtype, in turn. */
  const gridsOf = (dtype: GridDtype): Grid[] => {
    const at = [...INTEGERS, ...ELEMENTS].indexOf(dtype);
    const schemes = INTEGERS.includes(dtype) ? (['symmetric', 'affine', 'noClipping'] as const) : [undefined];
    const all = schemes.flatMap((scheme) =>
      GRANULARITIES.map((granularity): Grid => (scheme ? { dtype, granularity, scheme } : { dtype, granularity })),
    );
    // 8 has no divisor in common with 7 and 21, so that all granularities and schemes have their turn.
    return onWebgpu() ? [all[(at * 8) % all.length]!] : all;
  };

  test.each([...INTEGERS, ...ELEMENTS])(
    'fakeQuantize on %s is what the codes decode to, bit for bit',
    async (dtype) => {
      for (const grid of gridsOf(dtype)) {
        const exact = dequantizeValues(quantizeValues(values, shape, grid));
        expect(await onGrid(values, shape, grid), JSON.stringify(grid)).toEqual(exact);
      }
    },
  );

  test('fakeQuantize on a grid of any size is what the codes decode to, bit for bit', async () => {
    for (const dtype of ['int8', 'uint4', 'nf4', 'float8_e4m3fn'] as const)
      for (const factor of [2 ** -90, 2 ** 80]) {
        const grid: Grid = { dtype, granularity: { axis: 1 } };
        const sized = values.map((x) => x * factor);
        expect(await onGrid(sized, shape, grid), dtype).toEqual(dequantizeValues(quantizeValues(sized, shape, grid)));
      }
  });

  test('fakeQuantize on plain floats is what the codes decode to, bit for bit', async () => {
    // Powers of two between, ties, and what is below the normal numbers of the small ones.
    const many = Float32Array.from({ length: 200 }, (_, i) => (i % 2 ? 1 : -1) * (1 + i / 64) * 2 ** ((i % 23) - 16));
    for (const dtype of FLOATS) {
      const grid: Grid = { dtype, granularity: 'none' };
      expect(await onGrid(many, [200], grid), dtype).toEqual(dequantizeValues(quantizeValues(many, [200], grid)));
    }
  });

  test('fakeQuantize on ternary is what the codes decode to, on webgpu but for the last bits of the mean', async () => {
    const uneven = values.map((x, i) => (Math.abs(Math.abs(x) - 0.02) < 0.004 ? 0.001 * (i % 3) : x));
    for (const granularity of GRANULARITIES.slice(0, onWebgpu() ? 2 : 5)) {
      const grid: Grid = { dtype: 'ternary', granularity };
      const exact = dequantizeValues(quantizeValues(uneven, shape, grid));
      const got = await onGrid(uneven, shape, grid);
      if (tf.getBackend() !== 'webgpu') expect(got).toEqual(exact);
      // The sum of n magnitudes in float32 is off by n 2^-24 of itself at most, and n is 105 at most.
      else
        for (const [i, x] of exact.entries()) expect(Math.abs(got[i]! - x)).toBeLessThanOrEqual(2 ** -17 * Math.abs(x));
    }
  });

  test('fakeQuantize on a grid of more entries than tfjs-node reads at once is the same, bit for bit', async () => {
    const many = normals(20_000, 0.1, 0, 4);
    for (const grid of [{ dtype: 'uint8' }, { dtype: 'int4', granularity: { group: 32 } }] satisfies Grid[])
      expect(await onGrid(many, [100, 200], grid)).toEqual(dequantizeValues(quantizeValues(many, [100, 200], grid)));
  });

  test('fakeQuantize on a grid keeps 0 exact, and no entries', async () => {
    for (const dtype of onWebgpu() ? (['uint2', 'nf4'] as const) : ([...INTEGERS, ...ELEMENTS, 'ternary'] as const)) {
      const got = await onGrid(values, shape, { dtype, granularity: { axis: 1 } });
      expect(
        got.filter((x, i) => values[i] === 0 && x !== 0),
        dtype,
      ).toHaveLength(0);
      expect(await onGrid(new Float32Array(0), [0, 3], { dtype, granularity: { axis: 1 } })).toHaveLength(0);
    }
  });

  test('fakeQuantize on a grid reads values where they are not at hand, as with a GPU under tfjs-node', async () => {
    if (tf.getBackend() === 'webgpu') return; // kernels of its own
    const backend = tf.backend() as { isUsingGpuDevice?: boolean };
    const before = backend.isUsingGpuDevice;
    backend.isUsingGpuDevice = true;
    try {
      const grid: Grid = { dtype: 'int4', granularity: { group: 4 } };
      expect(await onGrid(values, shape, grid)).toEqual(dequantizeValues(quantizeValues(values, shape, grid)));
    } finally {
      if (before === undefined) delete backend.isUsingGpuDevice;
      else backend.isUsingGpuDevice = before;
    }
  });
});

describe('fakeQuantize on a grid: torch', () => {
  interface Case {
    grid: Grid;
    shape: number[];
    x: string;
    dy: string;
    y: string;
    dx: string;
  }

  test('with given ranges, values and gradients are those of torch.fake_quantize, bit for bit', async () => {
    const cases = golden<Case>('fake-quantize').filter((_, i) => !onWebgpu() || i % 4 === 0);
    for (const c of cases) {
      const [x, dy] = [floats(c.x), floats(c.dy)];
      const name = JSON.stringify(c.grid);
      // + 0 makes a -0 of either a +0.
      expect(
        (await onGrid(x, c.shape, c.grid)).map((v) => v + 0),
        name,
      ).toEqual(floats(c.y).map((v) => v + 0));
      const dx = await gradient(x, dy, c.shape, c.grid);
      expect(
        dx.map((v) => v + 0),
        name,
      ).toEqual(floats(c.dx).map((v) => v + 0));
    }
  });
});

describe('fakeQuantize on a grid: gradient', () => {
  const dy = normals(105, 1, 0, 6);

  test('is straight through where nothing is clipped', async () => {
    for (const dtype of ['int8', 'int2', 'nf4', 'float8_e4m3fn', 'ternary'] as const) {
      const small = dtype === 'ternary' ? values.map((x) => Math.sign(x) * 0.1) : values;
      expect(await gradient(small, dy, shape, { dtype, granularity: { axis: 1 } }), dtype).toEqual(dy);
    }
    expect(await gradient(values, dy, shape, { dtype: 'bfloat16' })).toEqual(dy);
  });

  test('is 0 where elements and floats saturate', async () => {
    const ones = new Float32Array(6).fill(1);
    // mxfp4: the scale is 2^(2 - 2) = 1 and 7 is the tie that goes beyond 6.
    const mx: Grid = { dtype: 'mxfp4', granularity: 'tensor' };
    expect([...(await onGrid(Float32Array.of(6, 6.99, 7, -7.5, 1, 0), [6], mx))]).toEqual([6, 6, 6, -6, 1, 0]);
    expect([...(await gradient(Float32Array.of(6, 6.99, 7, -7.5, 1, 0), ones, [6], mx))]).toEqual([1, 1, 0, 0, 1, 1]);
    const half = Float32Array.of(65519, 65520, -1e6, 65504, 1, 0);
    expect([...(await onGrid(half, [6], { dtype: 'float16' }))]).toEqual([65504, 65504, -65504, 65504, 1, 0]);
    expect([...(await gradient(half, ones, [6], { dtype: 'float16' }))]).toEqual([1, 0, 0, 1, 1, 1]);
    const ranges = { min: [-0.5], max: [1] };
    const clipped = Float32Array.of(-1, 1, 1.01, -0.9, 0.3, 2);
    expect([...(await gradient(clipped, ones, [6], { dtype: 'nf4', granularity: 'tensor', ranges }))]).toEqual([
      1, 1, 0, 1, 1, 0,
    ]);
    const e5m2: Grid = { dtype: 'float8_e5m2', granularity: 'none' };
    const large = Float32Array.of(61439, 61440, 57344, -61440, 1, 0);
    expect([...(await gradient(large, ones, [6], e5m2))]).toEqual([1, 0, 1, 0, 1, 1]);
    expect([...(await onGrid(large, [6], e5m2))]).toEqual([57344, 57344, 57344, -57344, 1, 0]);
  });

  test('leaves nothing behind, with something clipped and without', async () => {
    const w = tf.tensor(values, shape);
    for (const grid of [
      { dtype: 'int4', granularity: { axis: 0 } },
      { dtype: 'int4', scheme: 'symmetric' },
      { dtype: 'float16' },
    ] satisfies Grid[]) {
      const leak = await leakOf(() =>
        tf
          .grad((x) => fakeQuantize(x, { grid }))(w)
          .dispose(),
      );
      expect(leak.tensors).toBe(0);
    }
    w.dispose();
  });
});

test("fakeQuantize(x, {grid: {range: 'minmax'}}) is what quantizeValues makes of that range, and what is made without", async () => {
  for (const granularity of ['tensor', { axis: 1 }] as const) {
    const grid = { dtype: 'int4', granularity, range: 'minmax' } as const;
    const wanted = dequantizeValues(quantizeValues(values, shape, grid));
    expect(bitsOf(await onGrid(values, shape, grid))).toEqual(bitsOf(wanted));
    const { range: _, ...without } = grid;
    expect(bitsOf(await onGrid(values, shape, without))).toEqual(bitsOf(wanted));
  }
});

describe('fakeQuantize on a grid: refusals', () => {
  test('fakeQuantize refuses a grid beside dtype, one that is none, and one that does not fit', () => {
    const w = tf.tensor1d([1, 2]);
    const before = tf.memory().numTensors;
    const refused = (options: object) => expect(() => fakeQuantize(w, options));
    refused({ grid: { dtype: 'int8' }, bits: 8 }).toThrow('fakeQuantize: options must be grid alone, or dtype or bits');
    refused({ grid: { dtype: 'int9' } }).toThrow('fakeQuantize: dtype must be among int2 to int8');
    refused({ grid: { dtype: 'int8', range: 'mse' } }).toThrow(
      `fakeQuantize: range of grid must be 'minmax' or left out (give ranges), got "mse"`,
    );
    refused({ grid: { dtype: 'int8', granularity: { axis: 1 } } }).toThrow('fakeQuantize: axis must be');
    refused({ grid: { dtype: 'int8', ranges: { min: [0, 1], max: [1, 2] } } }).toThrow(
      'ranges.min must have one number',
    );
    expect(tf.memory().numTensors).toBe(before);
    w.dispose();
  });
});
