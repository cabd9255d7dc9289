import * as tf from '@tensorflow/tfjs';
import { type Checkpoint, mapCheckpoint, openCheckpoint, writeCheckpoint } from '@weightkit/checkpoint';
import { checkpointOf, handlerOf, weightsOf } from '@weightkit/core';
import { leakOf, valuesOf } from '@weightkit/testing';
import { expect, it } from 'vitest';
import { type GridOptions, type KernelCodes, packCheckpoint, packTensor, unpackTensor } from '../../src/checkpoint.ts';
import {
  type AwqValues,
  adaRound,
  awq,
  awqValues,
  dequantizeValues,
  gptq,
  type HqqValues,
  hqq,
  hqqValues,
  mixedPrecision,
  quantizeValues,
} from '../../src/index.ts';
import { graphClassifier } from '../graph-model.ts';
import { bitsOf, normals } from '../helpers.ts';

const grids: GridOptions[] = [
  { dtype: 'int4', granularity: { group: 3, axis: -2 } },
  { dtype: 'uint3', granularity: { axis: -1 } },
  { dtype: 'nf4', granularity: { group: 8 } },
  { dtype: 'ternary', granularity: { axis: -1 } },
  { dtype: 'mxfp4' },
  { dtype: 'float8_e4m3fn', granularity: 'tensor' },
];

const build = (): tf.Sequential => {
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 4, kernelSize: 3, inputShape: [6, 6, 2], name: 'conv', activation: 'relu' }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 3, name: 'out' }),
    ],
  });
  tf.tidy(() => {
    for (const [i, { shape, write }] of weightsOf(model).entries())
      write(tf.tensor(normals(tf.util.sizeFromShape([...shape]), 0.5, 0, i + 1), [...shape]));
  });
  return model;
};

const inputs = { layers: [5, 6, 6, 2], graph: [5, 8] };

/** A file of the format compact, opened. */
async function reopened(checkpoint: Checkpoint, shardBytes?: number): Promise<Checkpoint> {
  const files = new Map<string, Uint8Array>();
  await writeCheckpoint(checkpoint, files, { format: 'compact', ...(shardBytes ? { shardBytes } : {}) });
  expect(files.size > 1).toBe(shardBytes !== undefined);
  return openCheckpoint(files);
}

const predictions = async (model: tf.LayersModel | tf.GraphModel, shape: number[]): Promise<number[]> =>
  bitsOf(
    await valuesOf(
      tf.tidy(() => model.predict(tf.tensor(normals(tf.util.sizeFromShape(shape), 1, 0, 9), shape)) as tf.Tensor),
    ),
  );

/** Rounds the kernels of a model in place, through arrays and tensors alone. */
async function round(
  model: tf.LayersModel | tf.GraphModel,
  names: readonly string[],
  grid: GridOptions,
): Promise<void> {
  for (const { path, shape, read, write } of weightsOf(model)) {
    if (!names.includes(path)) continue;
    const rounded = dequantizeValues(quantizeValues((await valuesOf(read())) as Float32Array, [...shape], grid));
    tf.tidy(() => write(tf.tensor(rounded, [...shape])));
  }
}

it.each(grids.map((grid) => ({ grid })))(
  'a packed LayersModel is loaded by stock and predicts what the model of rounded kernels predicts, to the bit: $grid',
  async ({ grid }) => {
    const model = build();
    const { checkpoint } = await packCheckpoint(checkpointOf(model), { grid });
    const stock = await tf.loadLayersModel(handlerOf(await reopened(checkpoint)));
    await round(model, ['conv/kernel', 'out/kernel'], grid);
    expect(await predictions(stock, inputs.layers)).toEqual(await predictions(model, inputs.layers));
    for (const one of [model, stock]) one.dispose();
  },
);

it('a packed GraphModel is loaded by stock and predicts what the model of rounded kernels predicts, to the bit', async () => {
  for (const grid of grids) {
    const model = await graphClassifier();
    const { checkpoint, report } = await packCheckpoint(checkpointOf(model), { grid });
    expect(report.packed.map(({ name }) => name)).toEqual(['k1', 'k2']);
    const stock = await tf.loadGraphModel(handlerOf(await reopened(checkpoint)));
    await round(model, ['k1', 'k2'], grid);
    expect(await predictions(stock, inputs.graph)).toEqual(await predictions(model, inputs.graph));
    for (const one of [model, stock]) one.dispose();
  }
});

it('codes of gptq are packed as they are, those of convolutions too, and stock predicts what the model predicts', async () => {
  const model = build();
  const x = tf.tensor(normals(40 * 72, 1, 0, 3), [40, 6, 6, 2]);
  const { layers } = await gptq(model, { x }, { dtype: 'int4', group: 4 });
  const found = new Map(layers.map(({ path, quantized }) => [path, quantized]));
  expect([...found.keys()]).toEqual(['conv/kernel', 'out/kernel']);
  const packed = mapCheckpoint(checkpointOf(model), (tensor) => {
    const codes = found.get(tensor.name);
    return codes ? packTensor(tensor.name, codes, { shape: tensor.shape }) : tensor;
  });
  const stock = await tf.loadLayersModel(handlerOf(await reopened(packed)));
  expect(await predictions(stock, inputs.layers)).toEqual(await predictions(model, inputs.layers));
  for (const one of [model, stock]) one.dispose();
  x.dispose();
});

/** Layers whose kernels have one product, one for each channel, and two: factors of inputs, of inputs and channels, and of two parts. */
const mixed = (): tf.LayersModel => {
  const image = tf.input({ shape: [6, 6, 2] });
  const apply = (layer: tf.layers.Layer, x: tf.SymbolicTensor) => layer.apply(x) as tf.SymbolicTensor;
  const deep = apply(tf.layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 3, name: 'deep' }), image);
  const conv = apply(tf.layers.conv2d({ filters: 4, kernelSize: 2, activation: 'relu', name: 'conv' }), deep);
  const rows = apply(tf.layers.reshape({ targetShape: [9, 4] }), conv);
  const states = apply(tf.layers.gru({ units: 4, name: 'gru' }), rows);
  const model = tf.model({ inputs: image, outputs: apply(tf.layers.dense({ units: 3, name: 'out' }), states) });
  tf.tidy(() => {
    for (const [i, { shape, write }] of weightsOf(model).entries())
      write(tf.tensor(normals(tf.util.sizeFromShape([...shape]), 0.5, 0, i + 1), [...shape]));
  });
  return model;
};
const OF_MIXED = ['deep/depthwiseKernel', 'conv/kernel', 'gru/cell/kernel', 'gru/cell/recurrentKernel', 'out/kernel'];

type Layers = readonly (KernelCodes & { path: string })[];
const goal = { agree: 0.5, grids: [{ dtype: 'uint4', group: 4 }] } as const;
const methods: [method: string, run: (model: tf.LayersModel, x: tf.Tensor) => Promise<{ layers: Layers }>][] = [
  ['awq', (model, x) => awq(model, { x }, { dtype: 'uint4', group: 4 })],
  ['hqq', (model) => hqq(model, { bits: 3, group: 4 })],
  ['adaRound', (model, x) => adaRound(model, { x }, { dtype: 'int3', iterations: 20, learningRate: 0.1 })],
  ["mixedPrecision, 'hqq'", (model, x) => mixedPrecision(model, { x }, { ...goal, method: 'hqq' })],
  ["mixedPrecision, 'awq'", (model, x) => mixedPrecision(model, { x }, { ...goal, method: 'awq' })],
];

it.each(methods)(
  'what %s reports of kernels is packed with all that it needs: stock has the same weights and predicts the same, to the bit',
  async (method, run) => {
    const model = mixed();
    const x = tf.tensor(normals(40 * 72, 1, 0, 3), [40, 6, 6, 2]);
    const { layers } = await run(model, x);
    const found = new Map(layers.map((layer) => [layer.path, layer]));
    if (!method.startsWith('mixed')) expect([...found.keys()].sort()).toEqual([...OF_MIXED].sort());
    expect(found.size).toBeGreaterThan(1);
    const checkpoint = checkpointOf(model);
    const pathOf = new Map(checkpoint.tensors.map(({ name }, i) => [name, checkpoint.paths[i]!]));
    const packed = mapCheckpoint(checkpoint, (tensor) => {
      const layer = found.get(pathOf.get(tensor.name)!);
      return layer ? packTensor(tensor.name, layer, { shape: tensor.shape }) : tensor;
    });
    // In shards.
    const again = await reopened(packed, 100);
    const coded = again.tensors.filter(({ encoding }) => encoding.kind === 'codes');
    expect(coded).toHaveLength(found.size);
    for (const [i, tensor] of again.tensors.entries())
      expect(bitsOf((await tensor.values()) as Float32Array), tensor.name).toEqual(
        bitsOf((await checkpoint.tensors[i]!.values()) as Float32Array),
      );
    const stock = await tf.loadLayersModel(handlerOf(again));
    expect(await predictions(stock, inputs.layers)).toEqual(await predictions(model, inputs.layers));
    if (method !== 'adaRound')
      await expect(unpackTensor(coded[0]!)).rejects.toThrow('unpackTensor: codes must be of a grid of quantizeValues');
    for (const one of [model, stock, x]) one.dispose();
  },
);

it('codes of awq and hqq of matrices are packed in GraphModels, and stock predicts what the model of these values predicts', async () => {
  const model = await graphClassifier();
  const weights = await Promise.all(
    weightsOf(model, ['k1', 'k2']).map(async ({ path, shape, read }) => ({
      path,
      shape: [shape.slice(0, -1).reduce((a, b) => a * b, 1), shape.at(-1)!] as [number, number],
      values: (await valuesOf(read())) as Float32Array,
    })),
  );
  const codes = new Map(
    weights.map(({ path, shape, values }, i): [string, AwqValues | HqqValues] => {
      const magnitudes = Float64Array.from({ length: shape[0] }, (_, j) => 1 + 10 * (j % 2));
      const hessian = new Float64Array(shape[0] ** 2);
      for (const [j, m] of magnitudes.entries()) hessian[j * (shape[0] + 1)] = m * m;
      if (i === 0) return [path, hqqValues(values, shape, { bits: 2, group: 3 })];
      return [path, awqValues(values, shape, { hessian, magnitudes }, { dtype: 'int4', group: 3 })];
    }),
  );
  const packed = mapCheckpoint(checkpointOf(model), (tensor) => {
    const own = codes.get(tensor.name);
    return own ? packTensor(tensor.name, own, { shape: tensor.shape }) : tensor;
  });
  const stock = await tf.loadGraphModel(handlerOf(await reopened(packed)));
  for (const { path, shape, write } of weightsOf(model, ['k1', 'k2']))
    tf.tidy(() => write(tf.tensor(codes.get(path)!.values, [...shape])));
  expect(await predictions(stock, inputs.graph)).toEqual(await predictions(model, inputs.graph));
  for (const one of [model, stock]) one.dispose();
});

it('packCheckpoint(checkpointOf(model)) leaves no tensor and the model as it was', async () => {
  const model = build();
  const before = await predictions(model, inputs.layers);
  const run = async () => reopened((await packCheckpoint(checkpointOf(model), { grid: { dtype: 'int4' } })).checkpoint);
  await run();
  expect(await leakOf(async () => void (await run()))).toEqual({ tensors: 0, variables: 0 });
  expect(await predictions(model, inputs.layers)).toEqual(before);
  model.dispose();
});

it.each(methods.filter(([method]) => method !== 'hqq'))(
  'codes of %s of a transposed convolution are refused, with as many inputs as outputs too, and those of the others packed',
  async (_, run) => {
    const model = tf.sequential({
      layers: [
        tf.layers.conv2dTranspose({ filters: 2, kernelSize: 3, inputShape: [6, 6, 2], name: 'up' }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 3, name: 'out' }),
      ],
    });
    const x = tf.tensor(normals(40 * 72, 1, 0, 3), [40, 6, 6, 2]);
    const { layers } = await run(model, x);
    const of = (path: string) => layers.find((layer) => layer.path === path);
    const [up, out] = [of('up/kernel')!, of('out/kernel')];
    expect(() => packTensor('up', up, { shape: [3, 3, 2, 2] })).toThrow(
      'packTensor: quantized must not be of a transposed convolution, whose codes lie in another order',
    );
    // They do lie so: in the order of the codes, the values are not those that the model has.
    const values = await valuesOf(weightsOf(model, 'up/kernel')[0]!.read());
    const asTheyLie = await packTensor('up', { ...up, transposed: undefined }, { shape: [3, 3, 2, 2] }).values();
    expect(bitsOf(asTheyLie as Float32Array)).not.toEqual(bitsOf(values));
    if (out) {
      const kept = await valuesOf(weightsOf(model, 'out/kernel')[0]!.read());
      expect(bitsOf((await packTensor('out', out, { shape: [128, 3] }).values()) as Float32Array)).toEqual(
        bitsOf(kept),
      );
    }
    model.dispose();
    x.dispose();
  },
);

it('codes of gptq of a transposed convolution with one input lie as its kernel does, and are packed', async () => {
  const model = tf.sequential({
    layers: [tf.layers.conv2dTranspose({ filters: 4, kernelSize: 3, inputShape: [6, 6, 1], name: 'up' })],
  });
  const x = tf.tensor(normals(40 * 36, 1, 0, 3), [40, 6, 6, 1]);
  const { layers } = await gptq(model, { x }, { dtype: 'int4' });
  const values = await valuesOf(weightsOf(model, 'up/kernel')[0]!.read());
  const packed = await packTensor('up', layers[0]!, { shape: [3, 3, 4, 1] }).values();
  expect(bitsOf(packed as Float32Array)).toEqual(bitsOf(values));
  model.dispose();
  x.dispose();
});
