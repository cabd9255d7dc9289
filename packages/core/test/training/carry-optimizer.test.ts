import * as tf from '@tensorflow/tfjs';
import { leakOf, valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import {
  carryOptimizer,
  optimizerSlots,
  type Parametrization,
  parametrize,
  tapOptimizer,
  weightsOf,
} from '../../src/index.ts';

const made = (): tf.Sequential =>
  tf.sequential({
    layers: [
      tf.layers.dense({
        units: 4,
        inputShape: [3],
        activation: 'tanh',
        name: 'a',
        kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }),
      }),
      tf.layers.dense({ units: 2, name: 'b', kernelInitializer: tf.initializers.glorotUniform({ seed: 2 }) }),
    ],
  });
const compile = (m: tf.LayersModel, optimizer: tf.Optimizer = tf.train.adam(0.01)): void =>
  m.compile({ optimizer, loss: 'meanSquaredError' });
async function train(m: tf.LayersModel, epochs: number): Promise<void> {
  const x = tf.tensor2d([0.5, -1, 2, 1, 0.25, -0.5, -2, 1, 1.5], [3, 3]);
  const y = tf.tensor2d([1, -1, 0.5, 2, -0.25, 1], [3, 2]);
  await m.fit(x, y, { epochs, batchSize: 3, shuffle: false, verbose: 0 });
  tf.dispose([x, y]);
}
const weights = async (m: tf.LayersModel): Promise<Float32Array[]> =>
  Promise.all(weightsOf(m).map((weight) => valuesOf(weight.read())));
const mask = (m: tf.LayersModel): Parametrization =>
  parametrize(m.layers[0]!, 'kernel', {
    forward: (w) => tf.mul(w, tf.tensor2d([1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 1, 0], [3, 4])),
    rightInverse: (w) => w,
    kind: 'mask',
  });
const WEIGHTS = ['a/kernel', 'a/bias', 'b/kernel', 'b/bias'];

describe('carryOptimizer', () => {
  for (const [name, optimizer] of Object.entries({
    momentum: () => tf.train.momentum(0.01, 0.9),
    adagrad: () => tf.train.adagrad(0.01),
    adadelta: () => tf.train.adadelta(0.01),
    adam: () => tf.train.adam(0.01),
    rmsprop: () => tf.train.rmsprop(0.01, 0.9, 0.5),
  }))
    it(`carryOptimizer goes on with a new ${name} where the old one stood, bit for bit`, async () => {
      const [through, apart] = [made(), made()];
      apart.setWeights(through.getWeights());
      compile(through, optimizer());
      compile(apart, optimizer());
      await train(through, 3);
      await train(apart, 3);
      const old = apart.optimizer;
      const report = await carryOptimizer(apart, () => compile(apart, optimizer()));
      old.dispose();
      expect(report).toEqual({ carried: WEIGHTS, mapped: [], zeroed: [] });
      await train(through, 2);
      await train(apart, 2);
      expect(await weights(apart)).toEqual(await weights(through));
      for (const m of [through, apart]) {
        m.optimizer.dispose();
        m.dispose();
      }
    });

  it('carryOptimizer takes the very optimizer again, and a tapped one, whose state it clears before', async () => {
    const [through, apart] = [made(), made()];
    apart.setWeights(through.getWeights());
    for (const m of [through, apart]) {
      compile(m);
      await train(m, 2);
    }
    const untap = tapOptimizer(apart.optimizer, { after: () => {} });
    const leak = await leakOf(async () => {
      await carryOptimizer(apart, () => compile(apart, apart.optimizer));
    });
    expect(leak).toEqual({ tensors: 0, variables: 0 });
    for (const m of [through, apart]) await train(m, 2);
    expect(await weights(apart)).toEqual(await weights(through));
    untap();
    for (const m of [through, apart]) {
      m.optimizer.dispose();
      m.dispose();
    }
  });

  it('carryOptimizer carries through a mask, and says what begins anew under a transform that scales or has variables', async () => {
    const m = made();
    compile(m);
    await train(m, 2);
    let handle!: Parametrization;
    const masked = await carryOptimizer(m, () => {
      handle = mask(m);
      compile(m);
    });
    expect(masked).toEqual({ carried: WEIGHTS, mapped: [], zeroed: [] });
    const scaled = await carryOptimizer(m, () => {
      handle.fold();
      parametrize(m.layers[1]!, 'kernel', { forward: (w) => tf.mul(w, 2), rightInverse: (w) => tf.div(w, 2) });
      parametrize(m.layers[0]!, 'kernel', {
        forward: (w, { c }) => tf.add(w, c!),
        rightInverse: (w) => w,
        variables: { c: () => tf.zeros([4]) },
      });
      compile(m);
    });
    expect(scaled.carried).toEqual(['a/bias', 'b/bias']);
    expect(scaled.zeroed).toEqual([
      { path: 'a/kernel', reason: 'its parametrization trains other variables in its place' },
      { path: 'a/kernel/c', reason: 'its parametrization trains other variables in its place' },
      { path: 'b/kernel', reason: 'its parametrization changes gradients, not by a mask alone' },
    ]);
    const [kernel] = weightsOf(m, 'a/kernel');
    for (const { variable } of optimizerSlots(m.optimizer, kernel!.variable!))
      expect(await variable.data()).toEqual(new Float32Array(12));
    m.dispose();
  });

  it('carryOptimizer reports another class, what has not been stepped and what is stepped no longer', async () => {
    const m = made();
    compile(m);
    const fresh = await carryOptimizer(m, () => compile(m));
    expect(fresh.zeroed).toEqual(WEIGHTS.map((path) => ({ path, reason: 'the optimizer has not stepped it' })));
    await train(m, 1);
    const frozen = await carryOptimizer(m, () => {
      m.layers[0]!.trainable = false;
      compile(m);
    });
    expect(frozen).toEqual({
      carried: ['b/kernel', 'b/bias'],
      mapped: [],
      zeroed: ['a/kernel', 'a/bias'].map((path) => ({ path, reason: 'the new optimizer does not step it' })),
    });
    await train(m, 1);
    const other = await carryOptimizer(m, () => compile(m, tf.train.momentum(0.1, 0.9)));
    expect(other.zeroed[0]).toEqual({ path: 'b/kernel', reason: 'the optimizer is Momentum and was Adam' });
    const adamax = await carryOptimizer(m, () => compile(m, tf.train.adamax(0.1)));
    expect(adamax.zeroed[0]).toEqual({
      path: 'b/kernel',
      reason: 'stock TensorFlow.js cannot set the state of Adamax',
    });
    await train(m, 1);
    m.dispose();
  });

  it('carryOptimizer has nothing to say of sgd, which keeps its count of steps alone', async () => {
    const m = made();
    compile(m, tf.train.sgd(0.1));
    await train(m, 2);
    const report = await carryOptimizer(m, () => compile(m, tf.train.sgd(0.1)));
    expect(report).toEqual({ carried: [], mapped: [], zeroed: [] });
    expect((m.optimizer as unknown as { iterations: number }).iterations).toBe(2);
    m.dispose();
  });

  it('carryOptimizer lets errors of the change through, keeps nothing, and refuses what is not compiled', async () => {
    const m = made();
    await expect(carryOptimizer(m, () => {})).rejects.toThrow('carryOptimizer: model must be compiled');
    compile(m);
    await train(m, 1);
    const leak = await leakOf(async () => {
      const failing = carryOptimizer(m, () => {
        throw new Error('mine');
      });
      await expect(failing).rejects.toThrow('mine');
    });
    expect(leak).toEqual({ tensors: 0, variables: 0 });
    await expect(carryOptimizer(m, 3 as never)).rejects.toThrow('carryOptimizer: change must be a function');
    await train(m, 1);
    m.dispose();
  });
});
