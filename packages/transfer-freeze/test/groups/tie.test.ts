import * as tf from '@tensorflow/tfjs';
import { parametrize, saveFolded, weightsOf } from '@weightkit/core';
import { artifactsOf, leakOf, loadStock, maxAbsDifference } from '@weightkit/testing';
import { parameterGroups, tie } from '@weightkit/transfer-freeze';
import { describe, expect, it } from 'vitest';
import golden from '../golden/tie.json' with { type: 'json' };
import { read } from '../net.ts';
import { spread } from '../spread.ts';

const OPTIMIZERS: Record<string, () => tf.Optimizer> = {
  sgd: () => tf.train.sgd(0.125),
  momentum: () => tf.train.momentum(0.0625, 0.875),
  adam: () => tf.train.adam(0.03125, 0.875, 0.96875, 2 ** -20),
  adagrad: () => tf.train.adagrad(0.125),
  adadelta: () => tf.train.adadelta(0.125),
  adamax: () => tf.train.adamax(0.03125),
  rmsprop: () => tf.train.rmsprop(0.03125),
};

const x = tf.tensor2d(spread(20, 7), [5, 4]);
const start = spread(12, 5);

/** The autoencoder of golden/transfer_freeze_tie.py, whose decoder is something else at first. */
function autoencoder() {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 3, inputShape: [4], useBias: false, activation: 'tanh', name: 'encoder' }),
      tf.layers.dense({ units: 4, useBias: false, name: 'decoder' }),
    ],
  });
  const [encoder, decoder] = weightsOf(model);
  tf.tidy(() => {
    encoder!.write(tf.tensor2d(start, [4, 3]));
    decoder!.write(tf.ones([3, 4]));
  });
  return { model, encoder: encoder!, decoder: decoder! };
}

const transposed = { transposed: true } as const;
const tied = (model: tf.LayersModel) => tie(model, 'decoder/kernel', 'encoder/kernel', transposed);
const lossOf = (model: tf.LayersModel) => () =>
  tf.tidy(() => tf.mean(tf.square(tf.sub(model.apply(x) as tf.Tensor, x))) as tf.Scalar);

/** The same network over one variable, without layers, by stock. */
function plain(optimizer: tf.Optimizer, steps: number): tf.Tensor {
  return tf.tidy(() => {
    const w = tf.variable(tf.tensor2d(start, [4, 3]));
    const loss = () =>
      tf.mean(tf.square(tf.sub(tf.matMul(tf.tanh(tf.matMul(x, w as tf.Tensor2D)), w as tf.Tensor2D, false, true), x)));
    for (let i = 0; i < steps; i++) optimizer.minimize(loss as () => tf.Scalar, false, [w]);
    const result = tf.clone(w as tf.Tensor);
    w.dispose();
    return result;
  });
}

describe('tie', () => {
  for (const { optimizer: name, weights } of golden.cases)
    it(`trains by ${name} with the sum of both gradients, as torch does`, async () => {
      const { model, encoder, decoder } = autoencoder();
      const optimizer = OPTIMIZERS[name]!();
      const one = tied(model);
      for (let i = 0; i < golden.steps; i++) optimizer.minimize(lossOf(model));
      // Weights up to 2 in float32: 6 steps, of a gradient of about 60 roundings; of a step size below 1/8.
      const tolerance = 6 * 60 * 2 ** -24;
      expect(maxAbsDifference(await read(encoder.variable!), weights)).toBeLessThan(tolerance);
      const [now, other] = [decoder.read(), tf.transpose(encoder.variable!)];
      expect(await read(now)).toEqual(await read(other));
      tf.dispose([now, other]);
      one.untie();
      model.dispose();
      optimizer.dispose();
    });

  for (const [name, make] of Object.entries(OPTIMIZERS))
    it(`trains by ${name} as one variable without layers, in fit too`, async () => {
      const { model, encoder } = autoencoder();
      const [optimizer, other] = [make(), make()];
      const one = tied(model);
      model.compile({ optimizer, loss: 'meanSquaredError' });
      await model.fit(x, x, { epochs: 3, batchSize: 5, shuffle: false, verbose: 0 });
      const wanted = plain(other, 3);
      // The same gradients in sums of another order: 3 steps of some 60 roundings. The first steps of Adagrad, Adadelta, Adamax and RMSProp
      // divide a gradient by its own size.
      expect(maxAbsDifference(await read(encoder.variable!), await read(wanted))).toBeLessThan(3 * 60 * 2 ** -20);
      wanted.dispose();
      one.untie();
      model.dispose();
      optimizer.dispose();
      other.dispose();
    });

  it('takes hold in the midst of a training, whose momentum stays', async () => {
    const { model, encoder } = autoencoder();
    const optimizer = OPTIMIZERS.adam!();
    for (let i = 0; i < 2; i++) optimizer.minimize(lossOf(model));
    const one = tied(model);
    const before = await read(encoder.variable!);
    for (let i = 0; i < 2; i++) optimizer.minimize(lossOf(model));
    expect(maxAbsDifference(await read(encoder.variable!), before)).toBeGreaterThan(0.01);
    one.untie();
    expect(one.tied).toBe(false);
    for (let i = 0; i < 2; i++) optimizer.minimize(lossOf(model));
    model.dispose();
    optimizer.dispose();
  });

  it('is saved so that stock predicts the same, by an embedding and its output layer', async () => {
    const ids = tf.input({ shape: [2], dtype: 'int32' });
    const embedded = tf.layers.embedding({ inputDim: 6, outputDim: 3, name: 'words' }).apply(ids) as tf.SymbolicTensor;
    const flat = tf.layers.globalAveragePooling1d({ name: 'mean' }).apply(embedded) as tf.SymbolicTensor;
    const outputs = tf.layers.dense({ units: 6, name: 'out' }).apply(flat) as tf.SymbolicTensor;
    const model = tf.model({ inputs: ids, outputs });
    tf.tidy(() => weightsOf(model, 'words/*')[0]!.write(tf.tensor2d(spread(18, 7), [6, 3])));
    const one = tie(model, 'out/kernel', 'words/embeddings', transposed);
    const stock = await loadStock(await artifactsOf((handler) => saveFolded(model, handler)));
    const data = tf.tensor2d(
      [
        [0, 5],
        [3, 3],
      ],
      [2, 2],
      'int32',
    );
    const [here, there] = [model.predict(data) as tf.Tensor, stock.predict(data) as tf.Tensor];
    expect(await read(here)).toEqual(await read(there));
    const table = weightsOf(stock, 'out/kernel')[0]!.read();
    const wanted = tf.transpose(tf.tensor2d(spread(18, 7), [6, 3]));
    expect(await read(table)).toEqual(await read(wanted));
    one.untie();
    const after = model.predict(data) as tf.Tensor;
    expect(await read(after)).toEqual(await read(here));
    tf.dispose([data, here, there, table, wanted, after]);
    stock.dispose();
    model.dispose();
  });

  it('follows masks of the source, and gives the target back bit for bit', async () => {
    const { model, encoder, decoder } = autoencoder();
    const mask = tf.tensor2d(
      spread(12, 5).map((value) => Number(value > 0)),
      [4, 3],
    );
    const one = tied(model);
    const masked = parametrize(encoder, { kind: 'mask', forward: (w) => tf.mul(w, mask), rightInverse: (w) => w });
    const [now, whole] = [decoder.read(), tf.tidy(() => tf.transpose(tf.mul(encoder.variable!, mask)))];
    expect(await read(now)).toEqual(await read(whole));
    expect(() => tied(model)).toThrow('tie: target must not be parametrized, got tie at decoder/kernel; fold it first');
    expect(() => tie(model, 'encoder/kernel', 'decoder/kernel', transposed)).toThrow(
      'tie: target must not be parametrized',
    );
    masked.restore();
    expect(() => tie(model, 'encoder/kernel', 'decoder/kernel', transposed)).toThrow(
      'tie: source must not be tied itself, got decoder/kernel; tie to what that is tied to',
    );
    expect([one.target, one.source, one.tied]).toEqual(['decoder/kernel', 'encoder/kernel', true]);
    expect(weightsOf(model).map(({ trainable }) => trainable)).toEqual([true, false]);
    one.restore();
    expect(weightsOf(model).map(({ trainable }) => trainable)).toEqual([true, true]);
    expect([...(await read(decoder.variable!))]).toEqual(new Array(12).fill(1));
    expect(() => one.restore()).toThrow('restore: weights must be tied, got decoder/kernel, which is not');
    expect(() => one.untie()).toThrow('untie: weights must be tied');
    expect(await leakOf(() => tied(model).restore())).toEqual({ tensors: 0, variables: 0 });
    tf.dispose([mask, now, whole]);
    model.dispose();
  });

  it('leaves the target alone under weight decay', async () => {
    const { model, encoder, decoder } = autoencoder();
    const one = tied(model);
    const optimizer = tf.train.sgd(0.125);
    const groups = parameterGroups(model, optimizer, [{ filter: '**', weightDecay: 0.5 }]);
    optimizer.minimize(lossOf(model));
    expect([...(await read(decoder.variable!))]).toEqual(new Array(12).fill(1));
    expect(await read(encoder.variable!)).not.toEqual(Float32Array.from(start));
    groups.restore();
    one.untie();
    model.dispose();
    optimizer.dispose();
  });

  it('ties convolutions that undo each other as they are, and refuses shapes that do not fit', () => {
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 3, kernelSize: 2, inputShape: [4, 4, 2], name: 'down' }),
        tf.layers.conv2dTranspose({ filters: 2, kernelSize: 2, name: 'up' }),
      ],
    });
    tie(model, 'up/kernel', 'down/kernel').restore();
    expect(() => tie(model, 'up/kernel', 'down/kernel', transposed)).toThrow(
      'tie: target must have shape [2,2,3,2], as down/kernel says transposed, got "[2,2,2,3] at up/kernel"',
    );
    expect(() => tie(model, 'up/*', 'down/kernel')).toThrow(
      'tie: target must match one weight, got ["up/bias", "up/kernel"]',
    );
    expect(() => tie(model, 'none', 'up/bias')).toThrow('tie: target must match a weight (there are');
    expect(() => tie(model, 'up/bias', 'none')).toThrow('tie: source must match a weight (there are');
    expect(() => tie(model, 'up/bias', 'up/bias')).toThrow('tie: source must be another weight than target');
    expect(() => tie(model, 'up/bias', 'down/bias', transposed)).toThrow('tie: source must have two axes to exchange');
    model.dispose();
  });
});
