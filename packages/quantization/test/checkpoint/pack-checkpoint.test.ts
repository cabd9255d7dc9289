import {
  type Checkpoint,
  type CheckpointTensor,
  mapCheckpoint,
  openCheckpoint,
  writeCheckpoint,
} from '@weightkit/checkpoint';
import { fillNormal, randomKey } from '@weightkit/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type GridOptions,
  packCheckpoint,
  packTensor,
  type QuantizedValues,
  quantizeCheckpoint,
  unpackTensor,
} from '../../src/checkpoint.ts';
import { dequantizeValues } from '../../src/grids/dequantize-values.ts';
import { quantizeValues } from '../../src/grids/quantize-values.ts';
import { hqqValues } from '../../src/post-training/hqq-values.ts';

const normals = (count: number, seed = 1): Float32Array => fillNormal(new Float32Array(count), randomKey(seed));

const open = (tensors: Record<string, { shape: number[]; values: Float32Array | Int32Array }>): Promise<Checkpoint> =>
  openCheckpoint({
    weightSpecs: Object.entries(tensors).map(([name, { shape, values }]) => ({
      name,
      shape,
      dtype: values instanceof Int32Array ? 'int32' : 'float32',
    })),
    weightData: Object.values(tensors).map(({ values }) => values.slice().buffer),
  } as never);

const network = (): Promise<Checkpoint> =>
  open({
    'conv/kernel': { shape: [3, 3, 4, 8], values: normals(288, 2) },
    'conv/bias': { shape: [8], values: normals(8, 3) },
    'deep/depthwise_kernel': { shape: [3, 3, 8, 1], values: normals(72, 4) },
    'dense/kernel': { shape: [70, 6], values: normals(420, 5) },
    steps: { shape: [2], values: Int32Array.of(1, -1) },
  });

const grids: GridOptions[] = [
  { dtype: 'int2' },
  { dtype: 'int3', granularity: { group: 32, axis: -2 } },
  { dtype: 'int4', granularity: { axis: -1 } },
  { dtype: 'int5', granularity: { group: 7 }, scheme: 'affine' },
  { dtype: 'int8', granularity: 'tensor', scheme: 'symmetric', narrow: true },
  { dtype: 'uint2', granularity: { group: 5, axis: 0 } },
  { dtype: 'uint4', granularity: { group: 32, axis: -2 } },
  { dtype: 'uint8', scheme: 'symmetric' },
  { dtype: 'uint16' },
  { dtype: 'int4', granularity: { axis: -1 }, range: 'mse' },
  { dtype: 'ternary', granularity: { axis: -1 } },
  { dtype: 'nf4' },
  { dtype: 'float8_e4m3fn', granularity: { axis: -1 } },
  { dtype: 'float8_e5m2', granularity: 'none' },
  { dtype: 'mxfp8_e4m3' },
  { dtype: 'mxfp8_e5m2' },
  { dtype: 'mxfp4' },
  { dtype: 'mxint8' },
  { dtype: 'float16' },
  { dtype: 'bfloat16' },
];

/** What comes back of a file. */
const written = async (checkpoint: Checkpoint): Promise<{ file: Uint8Array; tensors: readonly CheckpointTensor[] }> => {
  const files = new Map<string, Uint8Array>();
  await writeCheckpoint(checkpoint, files, { format: 'compact' });
  return { file: files.get('model.compact')!, tensors: (await openCheckpoint(files)).tensors };
};

describe('packCheckpoint', () => {
  it.each(grids.map((grid) => ({ grid })))(
    'gives a file whose values are those of dequantizeValues, to the bit: $grid',
    async ({ grid }) => {
      const source = await network();
      const { checkpoint, report } = await packCheckpoint(source, { grid });
      expect(report.packed.map(({ name }) => name)).toEqual(['conv/kernel', 'dense/kernel']);
      expect(report.skipped.map(({ name }) => name)).toEqual(['conv/bias', 'deep/depthwise_kernel', 'steps']);
      const { tensors } = await written(checkpoint);
      for (const [i, tensor] of tensors.entries()) {
        const before = (await source.tensors[i]!.values()) as Float32Array;
        const entry = report.packed.find(({ name }) => name === tensor.name);
        if (!entry) {
          expect(await tensor.values()).toEqual(before);
          continue;
        }
        const wanted = quantizeValues(before, [...tensor.shape], grid);
        const values = dequantizeValues(wanted);
        expect(await tensor.values()).toEqual(values);
        if (tensor.encoding.kind === 'codes') expect(await unpackTensor(tensor)).toEqual(wanted);
        const errors = values.map((x, j) => Math.abs(x - before[j]!));
        expect(entry.maxError).toBeCloseTo(Math.max(...errors), 6);
        expect(entry.bytes).toEqual([4 * before.length, tensor.byteLength]);
        expect(entry.bits).toBe((8 * tensor.byteLength) / before.length);
      }
      expect(report.bytes[1]).toBe(tensors.reduce((sum, { byteLength }) => sum + byteLength, 0));
    },
  );

  it('takes grids by pattern, the first that matches, and says why others stay', async () => {
    const { checkpoint, report } = await packCheckpoint(await network(), {
      grid: { 'dense/*': { dtype: 'int4', granularity: { group: 32, axis: 0 } }, '**/*kernel': { dtype: 'nf4' } },
    });
    expect(report.packed.map(({ name, dtype }) => [name, dtype])).toEqual([
      ['conv/kernel', 'nf4'],
      ['deep/depthwise_kernel', 'nf4'],
      ['dense/kernel', 'int4'],
    ]);
    expect(report.skipped).toEqual([
      { name: 'conv/bias', reason: 'no pattern of grid matches' },
      { name: 'steps', reason: 'no pattern of grid matches' },
    ]);
    // 70 by 6 codes of 4 bits, and a scale for three groups of each column.
    expect(checkpoint.tensors[3]!.byteLength).toBe(210 + 4 * 18);
  });

  it('takes other grids by rules beside one for all kernels', async () => {
    const source = await network();
    const { report } = await packCheckpoint(source, {
      grid: { dtype: 'int4' },
      rules: { 'dense/*': { dtype: 'nf4' }, '**/bias': { dtype: 'float16' }, '**/kernel': { dtype: 'int8' } },
      filter: ({ name }) => name !== 'steps',
    });
    expect(report.packed.map(({ name, dtype }) => [name, dtype])).toEqual([
      ['conv/kernel', 'int8'],
      ['conv/bias', 'float16'],
      ['dense/kernel', 'nf4'],
    ]);
    expect(report.skipped.map(({ name }) => name)).toEqual(['deep/depthwise_kernel', 'steps']);
    const plain = await packCheckpoint(source, { grid: { dtype: 'int4' } });
    const none = await packCheckpoint(source, { grid: { dtype: 'int4' }, rules: {} });
    expect(none.report).toEqual(plain.report);
  });

  it('refuses what it cannot pack, before and while it reads', async () => {
    const source = await network();
    const grid: GridOptions = { dtype: 'int4' };
    const wrong: [object, string][] = [
      [{}, 'packCheckpoint: grid must be a grid, or grids by pattern, got undefined'],
      [{ grid: { '*no*': grid } }, 'packCheckpoint: patterns of grid must match a tensor that filter lets through'],
      [{ grid, filter: 'none' }, 'packCheckpoint: filter must match a tensor'],
      [{ grid: { dtype: 'int9' } }, 'packCheckpoint: dtype must be among int2 to int8'],
      [{ grid: { dtype: 'int4', granularity: { axis: 4 } } }, 'packCheckpoint: axis must be an integer'],
      [{ grid: { '**': { dtype: 'int4', groups: 3 } } }, 'packCheckpoint: grid of ** must be among dtype'],
      [{ grid: {} }, 'packCheckpoint: grid must have a dtype, or patterns'],
      [{ grid, rules: [grid] }, 'packCheckpoint: rules must be grids by pattern'],
      [{ grid, rules: { '*no*': grid } }, 'packCheckpoint: patterns of rules must match a tensor'],
      [{ grid, rules: { '**': { bits: 3 } } }, 'packCheckpoint: rules of ** must be among dtype'],
      [{ grid: { '**': grid }, rules: { '**': grid } }, 'packCheckpoint: rules must be left out where grid has'],
    ];
    for (const [options, message] of wrong)
      await expect(packCheckpoint(source, options as never)).rejects.toThrow(message);
    const spoiled = await open({ kernel: { shape: [2, 2], values: Float32Array.of(1, 2, Number.NaN, 4) } });
    await expect(packCheckpoint(spoiled, { grid })).rejects.toThrow(
      'packCheckpoint: values must be finite (leave the tensor out by filter) at kernel[2], got NaN',
    );
    const { checkpoint } = await packCheckpoint(source, { grid });
    await expect(packCheckpoint(checkpoint, { grid })).rejects.toThrow('got conv/kernel as codes');
    await expect(quantizeCheckpoint(checkpoint, { dtype: { '**/kernel': 'uint8' } })).rejects.toThrow(
      'got conv/kernel as codes',
    );
    const again = await packCheckpoint(checkpoint, { grid, requantize: true });
    expect(again.report.packed).toHaveLength(2);
  });

  it('tells how far it is, stops when it is told, and closes the source', async () => {
    const source = await network();
    const seen: string[] = [];
    const stop = new AbortController();
    const onProgress = ({ tensor, done, total }: { tensor: string; done: number; total: number }) => {
      seen.push(`${tensor} ${done} of ${total}`);
      if (done === 2) stop.abort(new Error('stopped'));
    };
    const packing = packCheckpoint(source, { grid: { dtype: 'int4' }, onProgress, signal: stop.signal });
    await expect(packing).rejects.toThrow('stopped');
    expect(seen).toEqual(['conv/kernel 1 of 5', 'conv/bias 2 of 5']);
  });
});

describe('packTensor', () => {
  it('gives back by unpackTensor what it was given, in another shape too', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...grids.filter(({ granularity }) => granularity !== 'none')),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        fc.nat(),
        async (grid, rows, cols, seed) => {
          const values = normals(rows * cols, seed);
          const quantized = quantizeValues(values, [rows, cols], grid);
          const tensor = packTensor('w', quantized, { shape: [1, rows, cols] });
          const checkpoint: Checkpoint = { format: 'compact', extras: {}, tensors: [tensor], close: async () => {} };
          const [read] = (await written(checkpoint)).tensors;
          expect(read!.shape).toEqual([1, rows, cols]);
          expect(await read!.values()).toEqual(dequantizeValues(quantized));
          if (/^b?float16/.test(grid.dtype)) return;
          expect(await unpackTensor(read!)).toEqual(quantized);
        },
      ),
    );
  });

  it('takes the place of a weight in mapCheckpoint', async () => {
    const source = await open({ kernel: { shape: [2, 2], values: normals(4) } });
    const quantized = quantizeValues(normals(4), [2, 2], { dtype: 'int4' });
    const mapped = mapCheckpoint(source, ({ name }) => packTensor(name, quantized));
    expect(await (await written(mapped)).tensors[0]!.values()).toEqual(dequantizeValues(quantized));
  });

  it('takes nothing for nothing', async () => {
    const quantized = quantizeValues(new Float32Array(0), [0, 3], { dtype: 'int4' });
    const tensor = packTensor('w', quantized);
    expect([tensor.dtype, tensor.byteLength]).toEqual(['float32', 0]);
  });

  it('refuses what does not belong together, and unpackTensor what is of no grid', async () => {
    const quantized = quantizeValues(normals(4), [2, 2], { dtype: 'int4' });
    expect(() => packTensor('w', { ...quantized, shape: [5] })).toThrow('packTensor: shape must have 4 entries, got 5');
    expect(() => packTensor('w', quantized, { shape: [3] })).toThrow('packTensor: shape must have 4 entries, got 3');
    expect(() => packTensor('w', { dtype: 'int4' } as QuantizedValues)).toThrow('packTensor: codes of int4 must be');
    const refused = (change: object, message: string) =>
      expect(() => packTensor('w', { quantized, ...change } as never)).toThrow(`packTensor: ${message}`);
    refused({ zeros: [1] }, 'zeros must be a Float32Array, got');
    refused({ zeros: Float32Array.of(Number.NaN) }, 'zeros must be finite, got');
    refused({ zeros: new Float32Array(9) }, 'zeros must be one for each of');
    refused({ factors: [1] }, 'factors must be a Float32Array, got');
    refused({ factors: Float32Array.of(0) }, 'factors must be finite and above 0, got');
    const vector = { ...quantized, shape: [4], block: [4] };
    refused(
      { quantized: vector, factors: Float32Array.of(1) },
      'factors must be of codes of shape [inputs, outputs], got',
    );
    refused({ factors: new Float32Array(3).fill(1) }, 'factors must be 2, one for an input and 2 outputs, got 3');
    refused(
      { factors: new Float32Array(4).fill(1), factorColumns: 3 },
      'factorColumns must be an integer of 1 to 2, got 3',
    );
    const hqq = hqqValues(Float32Array.of(1, 2, 4, 3), [2, 2], { bits: 2, group: 2 });
    expect(packTensor('w', hqq).byteLength).toBe(1 + 2 * 4 * 2);
    refused({ quantized: { ...hqq, bits: 9 } }, 'bits must be 2 to 8, got 9');
    refused({ quantized: { ...hqq, zeros: Float32Array.of(1) } }, 'zeros must be one for each of 2 scales, got 1');
    refused({ quantized: { ...hqq, codes: Uint8Array.of(4, 0, 0, 0) } }, 'codes of uint2 must be 0 to 3');
    const tensor = packTensor('w', quantized);
    const { encoding } = tensor;
    await expect(unpackTensor({ ...tensor, encoding: { ...encoding, grid: 'mine' } as never })).rejects.toThrow(
      'unpackTensor: codes must be of a grid of quantizeValues (codeParts gives others), got',
    );
    await expect(unpackTensor({ ...tensor, encoding: { ...encoding, grid: 'int5' } as never })).rejects.toThrow(
      'unpackTensor: codes must be of a grid of quantizeValues',
    );
    const [plain] = (await open({ kernel: { shape: [1], values: normals(1) } })).tensors;
    await expect(unpackTensor(plain!)).rejects.toThrow('unpackTensor: tensor must be stored as codes, got');
  });
});
