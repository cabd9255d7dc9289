import * as tf from '@tensorflow/tfjs';
import { type Checkpoint, mapCheckpoint, openCheckpoint, writeCheckpoint } from '@weightkit/checkpoint';
import { checkpointOf, handlerOf, weightsOf } from '@weightkit/core';
import { leakOf, valuesOf } from '@weightkit/testing';
import { expect, it } from 'vitest';
import { type GridOptions, packCheckpoint, packTensor } from '../../src/checkpoint.ts';
import { dequantizeValues, gptq, quantizeValues } from '../../src/index.ts';
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
async function reopened(checkpoint: Checkpoint): Promise<Checkpoint> {
  const files = new Map<string, Uint8Array>();
  await writeCheckpoint(checkpoint, files, { format: 'compact' });
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

it('packCheckpoint(checkpointOf(model)) leaves no tensor and the model as it was', async () => {
  const model = build();
  const before = await predictions(model, inputs.layers);
  const run = async () => reopened((await packCheckpoint(checkpointOf(model), { grid: { dtype: 'int4' } })).checkpoint);
  await run();
  expect(await leakOf(async () => void (await run()))).toEqual({ tensors: 0, variables: 0 });
  expect(await predictions(model, inputs.layers)).toEqual(before);
  model.dispose();
});
