import { readFileSync } from 'node:fs';
import { type Checkpoint, openCheckpoint, writeCheckpoint } from '@weightkit/checkpoint';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { quantizeCheckpoint } from '../../src/checkpoint.ts';
import { quantize, quantizeAs } from '../../src/grids/quantize.ts';
import { clippingRange } from '../../src/ranges/clipping-range.ts';
import { normals } from '../helpers.ts';

const spec = (name: string, size: number, dtype = 'float32', quantization?: object) => ({
  name,
  shape: [size],
  dtype,
  ...(quantization ? { quantization } : {}),
});
const open = (tensors: Record<string, Float32Array>): Promise<Checkpoint> =>
  openCheckpoint({
    weightSpecs: Object.entries(tensors).map(([name, values]) => spec(name, values.length)),
    weightData: Object.values(tensors).map((values) => values.slice().buffer),
  });

interface Case {
  title: string;
  dtype: 'uint8' | 'uint16';
  values: string;
  codes: string;
}
const { cases } = JSON.parse(readFileSync(new URL('../golden/float32-law.json', import.meta.url), 'utf8')) as {
  cases: Case[];
};
const bytesOf = (base64: string): Uint8Array => Uint8Array.from(Buffer.from(base64, 'base64'));

it.each(cases)(
  'quantizeCheckpoint has the codes of float32 steps in numpy: $title as $dtype',
  async ({ dtype, values, codes }) => {
    const source = await open({ a: new Float32Array(bytesOf(values).buffer) });
    const { checkpoint } = await quantizeCheckpoint(source, { dtype });
    expect(await checkpoint.tensors[0]!.bytes()).toEqual(bytesOf(codes));
  },
);

const finite = fc.float({ noNaN: true, noDefaultInfinity: true, min: Math.fround(-1e30), max: Math.fround(1e30) });

it.each(['uint8', 'uint16', 'float16'] as const)(
  'quantizeCheckpoint by the float64 law has the codes of quantize, and no error over the bound by either law: %s',
  async (dtype) => {
    const number = dtype === 'float16' ? fc.float({ noNaN: true, min: -65_000, max: 65_000 }) : finite;
    await fc.assert(
      fc.asyncProperty(
        fc.float32Array({ minLength: 1, maxLength: 40 }).chain(() => fc.array(number, { minLength: 1, maxLength: 40 })),
        async (list) => {
          const values = Float32Array.from(list);
          for (const rounding of ['float64', 'float32'] as const) {
            const { checkpoint, report } = await quantizeCheckpoint(await open({ a: values }), { dtype, rounding });
            const [tensor] = checkpoint.tensors;
            const { codes } = quantize(values, { dtype });
            if (rounding === 'float64') expect(await tensor!.bytes()).toEqual(new Uint8Array(codes.slice().buffer));
            const decoded = (await tensor!.values()) as Float32Array;
            const { bound } = report.quantized[0]!;
            for (let i = 0; i < values.length; i++)
              expect(Math.abs(decoded[i]! - values[i]!)).toBeLessThanOrEqual(bound);
          }
        },
      ),
      { numRuns: 200 },
    );
  },
);

it('quantizeCheckpoint leaves integers, strings and what the filter leaves out as they are, and says why', async () => {
  const source = await openCheckpoint({
    weightSpecs: [spec('shape', 2, 'int32'), spec('words', 1, 'string'), spec('kept', 1), spec('w', 2)],
    weightData: [
      Int32Array.of(2 ** 24 + 1, -1).buffer,
      Uint8Array.of(1, 0, 0, 0, 97).buffer,
      Float32Array.of(0.1).buffer,
      Float32Array.of(0, 255).buffer,
    ],
  });
  const { checkpoint, report } = await quantizeCheckpoint(source, { dtype: 'uint8', filter: ['shape', 'words', 'w'] });
  expect(report.skipped).toEqual([
    { name: 'shape', reason: 'int32: only float32, float16 and bfloat16 are quantized' },
    { name: 'words', reason: 'string: only float32, float16 and bfloat16 are quantized' },
    { name: 'kept', reason: 'left out by filter' },
  ]);
  expect(report.bytes).toEqual([25, 19]);
  const files = new Map<string, Uint8Array>();
  await writeCheckpoint(checkpoint, files);
  const again = await openCheckpoint(files);
  expect(await Promise.all(again.tensors.map((tensor) => tensor.values()))).toEqual([
    Int32Array.of(2 ** 24 + 1, -1),
    ['a'],
    Float32Array.of(0.1),
    Float32Array.of(0, 255),
  ]);
});

it('quantizeCheckpoint takes data types by pattern, the first that matches', async () => {
  const tensors = { 'a/kernel': Float32Array.of(1, 2), 'a/bias': Float32Array.of(3), other: Float32Array.of(4) };
  const { report } = await quantizeCheckpoint(await open(tensors), {
    dtype: { '**/kernel': 'uint8', 'a/*': 'float16' },
  });
  expect(report.quantized.map(({ name, dtype }) => [name, dtype])).toEqual([
    ['a/kernel', 'uint8'],
    ['a/bias', 'float16'],
  ]);
  expect(report.skipped).toEqual([{ name: 'other', reason: 'no pattern of dtype matches' }]);
});

it('quantizeCheckpoint refuses what is quantized already unless it is told', async () => {
  const specs = [spec('a', 2, 'float32', { dtype: 'uint8', scale: 1, min: 0 })];
  const source = await openCheckpoint({ weightSpecs: specs, weightData: Uint8Array.of(0, 255).buffer });
  await expect(quantizeCheckpoint(source)).rejects.toThrow(
    'quantizeCheckpoint: tensors must not be quantized already (requantize: true quantizes them again), got a as affine',
  );
  const { checkpoint } = await quantizeCheckpoint(source, { requantize: true });
  expect([...((await checkpoint.tensors[0]!.values()) as Float32Array)]).toEqual([0, 255]);
});

it('quantizeCheckpoint names the tensor and the index of a NaN or infinity, and what does not fit', async () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
    await expect(
      quantizeCheckpoint(await open({ ok: Float32Array.of(1), a: Float32Array.of(0, bad) })),
    ).rejects.toThrow(`at a[1], got ${bad}`);
  const large = await open({ a: Float32Array.of(70_000) });
  await expect(quantizeCheckpoint(large, { dtype: 'float16' })).rejects.toThrow(
    'values of a must stay finite in float16',
  );
});

it('quantizeCheckpoint keeps constants, empty tensors and zeros exact', async () => {
  const tensors = { same: Float32Array.of(0.3, 0.3), none: new Float32Array(0), zeros: Float32Array.of(-0.7, 0, 1.3) };
  const { checkpoint } = await quantizeCheckpoint(await open(tensors), { dtype: 'uint8' });
  const [same, none, zeros] = await Promise.all(checkpoint.tensors.map((tensor) => tensor.values()));
  expect([same, none]).toEqual([tensors.same, tensors.none]);
  expect((zeros as Float32Array)[1]).toBe(0);
});

it('quantizeCheckpoint stops at an abort and tells how far it is', async () => {
  const abort = new AbortController();
  const seen: unknown[] = [];
  const onProgress = (progress: object): void => {
    seen.push(progress);
    abort.abort(new Error('enough'));
  };
  const source = await open({ a: Float32Array.of(1), b: Float32Array.of(2) });
  await expect(quantizeCheckpoint(source, { onProgress, signal: abort.signal })).rejects.toThrow('enough');
  expect(seen).toEqual([{ tensor: 'a', done: 1, total: 2 }]);
});

it('quantizeCheckpoint refuses wrong options by name', async () => {
  const source = await open({ a: Float32Array.of(1) });
  const wrong = (options: unknown) => quantizeCheckpoint(source, options as object);
  await expect(wrong({ bits: 4 })).rejects.toThrow('quantizeCheckpoint: options');
  await expect(wrong({ dtype: 'int8' })).rejects.toThrow('dtype must be uint8, uint16, float16 or a record');
  for (const dtype of [['uint8'], new Map([['a', 'uint8']]), {}, null])
    await expect(wrong({ dtype })).rejects.toThrow(
      'quantizeCheckpoint: dtype must be uint8, uint16, float16 or a record of these by pattern, got ',
    );
  await expect(wrong({ filter: () => 'yes' })).rejects.toThrow('filter must return true or false, got "yes"');
  await expect(wrong({ dtype: { a: 'int8' } })).rejects.toThrow('dtype of a must be uint8, uint16 or float16');
  await expect(wrong({ dtype: { b: 'uint8' } })).rejects.toThrow('patterns of dtype must match a tensor');
  await expect(wrong({ filter: 'b' })).rejects.toThrow('filter must match a tensor');
  await expect(wrong({ filter: 7 })).rejects.toThrow(
    'filter must be a name, glob, RegExp, function or a list of these',
  );
  await expect(wrong({ rounding: 'float16' })).rejects.toThrow('rounding must be float32 or float64');
  await expect(wrong({ requantize: 1 })).rejects.toThrow('requantize must be true or false');
  await expect(quantizeCheckpoint({} as never)).rejects.toThrow('checkpoint must be one of openCheckpoint');
});

it('quantizeCheckpoint keeps the sign of 0 that the converter gives the value of code 0', async () => {
  const { checkpoint } = await quantizeCheckpoint(await open({ relu: Float32Array.of(0, 1, 2) }), { dtype: 'uint8' });
  // handtrackjs's int8 file has "min": -0.0 for such tensors; the deep tier compares it whole
  expect(checkpoint.tensors[0]!.encoding).toEqual({ kind: 'affine', storage: 'uint8', min: -0, scale: 2 / 255 });
});

it('quantizeCheckpoint by default keeps above 8 bits what breaks in them, by names, graph and range', async () => {
  const matrix = (values: Float32Array) => ({ shape: [8, values.length / 8], values });
  // Three kernels need 46 + 10 · log10(3) = 50.8 dB. Values at both ends have the most signal for their range: 10 · log10(3 · 255²) = 52.9.
  const ends = () => matrix(Float32Array.from({ length: 800 }, (_, i) => (i % 2 === 0 ? -1 : 1)));
  const outlier = matrix(Float32Array.from({ length: 800 }, (_, i) => (i === 5 ? 9 : Math.sin(i) / 9)));
  const tensors = {
    'a/kernel': ends(),
    'b/kernel': outlier,
    folded: ends(),
    'a/bias': { shape: [40], values: Float32Array.from({ length: 40 }, (_, i) => i) },
    'b/bias': { shape: [3], values: Float32Array.of(1, 2, 3) },
    'norm/moving_variance': { shape: [50], values: Float32Array.from({ length: 50 }, (_, i) => 1e-6 + i) },
    'c/depthwise_kernel': ends(),
    'gru/kernel': ends(),
    'gru/recurrent_kernel': ends(),
    'graph/w': ends(),
  };
  const node = [
    { name: 'graph/w', op: 'Const' },
    { name: 'graph/read', op: 'Identity', input: ['graph/w'] },
    { name: 'y', op: 'FusedDepthwiseConv2dNative', input: ['x', 'graph/read:0', 'a/bias'] },
  ];
  const source = await openCheckpoint({
    modelTopology: { node },
    weightSpecs: Object.entries(tensors).map(([name, { shape }]) => ({ name, shape, dtype: 'float32' })),
    weightData: Object.values(tensors).map(({ values }) => values.slice().buffer),
  } as never);
  const { report } = await quantizeCheckpoint(source);
  expect(Object.fromEntries(report.quantized.map(({ name, dtype }) => [name, dtype]))).toEqual({
    'a/kernel': 'uint8',
    'b/kernel': 'float16',
    folded: 'uint8',
    'a/bias': 'float16',
    'c/depthwise_kernel': 'float16',
    'gru/kernel': 'float16',
    'gru/recurrent_kernel': 'float16',
    'graph/w': 'float16',
  });
  expect(report.skipped).toEqual([
    { name: 'b/bias', reason: 'one of the smallest weights, which together are half a percent of all' },
    { name: 'norm/moving_variance', reason: 'float16 has too few digits for its values' },
  ]);
  expect(report.measured).toBe('weights only');
});

it('quantizeCheckpoint by default leaves what goes through a logarithm to other kernels, and only that', async () => {
  const spread = () => Float32Array.from({ length: 800 }, (_, i) => i / 400 - 1);
  const node = [
    { name: 'filters', op: 'Const' },
    { name: 'kernel', op: 'Const' },
    { name: 'spectrum', op: 'Conv2D', input: ['x', 'filters'] },
    { name: 'log', op: 'Log', input: ['spectrum'] },
    { name: 'y', op: 'MatMul', input: ['log', 'kernel'] },
    { name: 'said', op: 'Log', input: ['y'] },
  ];
  const source = await openCheckpoint({
    modelTopology: { node },
    weightSpecs: ['filters', 'kernel'].map((name) => ({ name, shape: [8, 100], dtype: 'float32' })),
    weightData: [spread().buffer, spread().buffer],
  } as never);
  const { report } = await quantizeCheckpoint(source);
  expect(report.quantized.map(({ name }) => name)).toEqual(['kernel']);
  expect(report.skipped).toEqual([
    { name: 'filters', reason: 'a logarithm follows, which shows errors far below the largest value' },
  ]);
});

it.for(['percentile', 'mse', 'entropy', 'octav'] as const)(
  'quantizeCheckpoint(checkpoint, {range: %s}) gives the codes of quantizeModel, within a bound that holds',
  async (range) => {
    const values = normals(3000, 0.1, 0, 8);
    values[7] = 3;
    const source = await openCheckpoint({
      weightSpecs: [{ name: 'w', shape: [30, 100], dtype: 'float32' }],
      weightData: values.slice().buffer,
    });
    const options = { dtype: 'uint8', range, rounding: 'float64' } as const;
    const { checkpoint, report } = await quantizeCheckpoint(source, options);
    const [tensor] = checkpoint.tensors;
    const decoded = (await tensor!.values()) as Float32Array;
    const { min, max } = clippingRange(values, { method: range });
    const wanted = quantizeAs('test', 'w', values, 'uint8', { min, max });
    expect([...(await tensor!.bytes())]).toEqual([...wanted.codes]);
    const largest = values.reduce((most, x, i) => Math.max(most, Math.abs(x - decoded[i]!)), 0);
    expect(largest).toBeLessThanOrEqual(report.quantized[0]!.bound);
    expect(largest).toBeGreaterThan(report.quantized[0]!.scale!);
  },
);

it('quantizeCheckpoint clips a tensor of many pieces as finely as its histogram', async () => {
  const count = 300_000;
  const values = normals(count, 0.1, 0, 9);
  values[7] = 30;
  const source = await openCheckpoint({
    weightSpecs: [{ name: 'w', shape: [count], dtype: 'float32' }],
    weightData: values.slice().buffer,
  });
  const { report } = await quantizeCheckpoint(source, { dtype: 'uint8', range: 'octav' });
  const exact = clippingRange(values, { method: 'octav' });
  const bin = 31 / 2 ** 14;
  expect(Math.abs(report.quantized[0]!.scale! * 255 - (exact.max - exact.min))).toBeLessThan(4 * bin);
});
