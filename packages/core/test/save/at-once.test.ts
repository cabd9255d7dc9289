import * as tf from '@tensorflow/tfjs';
import { loadStock, slowReads, valuesOf } from '@weightkit/testing';
import { expect, it } from 'vitest';
import { exclusively, foldedArtifacts, parametrize, saveFolded, weightsOf } from '../../src/index.ts';

const modelOf = () => tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2], name: 'a' })] });
const later = () => new Promise((done) => setTimeout(done, 5));
const write = (model: tf.LayersModel, path: string, value: number) =>
  tf.tidy(() => {
    const [weight] = weightsOf(model, path);
    weight!.write(tf.fill([...weight!.shape], value));
  });
const memory = () => {
  const saved: { artifacts?: tf.io.ModelArtifacts } = {};
  const handler = tf.io.withSaveHandler(async (artifacts) => {
    saved.artifacts = artifacts;
    return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
  });
  return { saved, handler };
};

it.each(['saveFolded', 'foldedArtifacts'])('%s waits for what is at work on the model', async (name) => {
  const model = modelOf();
  const work = exclusively('work', weightsOf(model), async () => {
    write(model, 'a/kernel', 1);
    await later();
    write(model, 'a/bias', 2);
  });
  const { saved, handler } = memory();
  if (name === 'saveFolded') await saveFolded(model, handler);
  else saved.artifacts = await foldedArtifacts(model);
  const stock = await loadStock(saved.artifacts!);
  expect(await valuesOf(stock.predict(tf.ones([1, 2])) as tf.Tensor)).toEqual(Float32Array.of(4, 4));
  await work;
  stock.dispose();
});

it('what comes while saveFolded reads the weights waits for it', async () => {
  const model = modelOf();
  write(model, 'a/kernel', 1);
  const { saved, handler } = memory();
  const reads = slowReads();
  const saving = saveFolded(model, handler);
  await exclusively('work', weightsOf(model), async () => write(model, 'a/kernel', 5));
  expect(reads.pending()).toBe(0);
  reads.restore();
  await saving;
  const stock = await loadStock(saved.artifacts!);
  expect(await valuesOf(stock.predict(tf.ones([1, 2])) as tf.Tensor)).toEqual(Float32Array.of(2, 2));
  stock.dispose();
});

it('two saves of one model at once are both whole', async () => {
  const model = modelOf();
  const [first, second] = [memory(), memory()];
  await Promise.all([saveFolded(model, first.handler), saveFolded(model, second.handler)]);
  const expected = await valuesOf(model.predict(tf.ones([1, 2])) as tf.Tensor);
  for (const { saved } of [first, second]) {
    const stock = await loadStock(saved.artifacts!);
    expect(await valuesOf(stock.predict(tf.ones([1, 2])) as tf.Tensor)).toEqual(expected);
    stock.dispose();
  }
});

it('a parametrization that is restored while the optimizer is read is not in the file', async () => {
  const model = modelOf();
  write(model, 'a/kernel', 1);
  const tripled = parametrize(weightsOf(model, 'a/kernel')[0]!, {
    forward: (w, { scale }) => tf.mul(w, scale!),
    variables: { scale: () => tf.scalar(3) },
  });
  model.compile({ optimizer: tf.train.adam(), loss: 'meanSquaredError' });
  const { saved, handler } = memory();
  const saving = saveFolded(model, handler, { includeOptimizer: true });
  tripled.restore();
  await saving;
  const stock = await loadStock(saved.artifacts!);
  expect(await valuesOf(stock.predict(tf.ones([1, 2])) as tf.Tensor)).toEqual(Float32Array.of(2, 2));
  stock.dispose();
});
