import * as tf from '@tensorflow/tfjs';
import { foldedArtifacts, layersOf, parametrize, weightsOf } from '@weightkit/core';
import { artifactsOf, leakOf, loadStock, maxAbsDifference, slowReads, valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { freeze, releaseAfterEach } from './released.ts';

releaseAfterEach();

const x = tf.randomNormal([8, 3], 1, 2, 'float32', 1);
const y = tf.randomNormal([8, 1], 0, 1, 'float32', 2);
const compile = (m: tf.LayersModel, optimizer: tf.Optimizer = tf.train.adam(0.02)): void =>
  m.compile({ optimizer, loss: 'meanSquaredError' });
const fit = (m: tf.LayersModel, epochs = 2) => m.fit(x, y, { epochs, batchSize: 4, shuffle: false, verbose: 0 });
const snapshot = (m: tf.LayersModel, path: string): Promise<Float32Array> => valuesOf(weightsOf(m, path)[0]!.read());
const init = (seed: number) => tf.initializers.randomUniform({ minval: -0.8, maxval: 0.9, seed });
const dense = (units: number, name: string, more = {}) =>
  tf.layers.dense({ units, name, kernelInitializer: init(units), ...more });
const plain = (): tf.Sequential =>
  tf.sequential({
    layers: [
      dense(4, 'a', { inputShape: [3], activation: 'tanh' }),
      tf.layers.batchNormalization({ name: 'bn' }),
      dense(1, 'c'),
    ],
  });

/** Two levels of nesting, wrappers around a BatchNorm and a recurrent layer, a layer called twice. */
function intricate(): tf.LayersModel {
  const core = tf.sequential({
    name: 'core',
    layers: [dense(3, 'deep', { inputShape: [3] }), tf.layers.batchNormalization({ name: 'bn' })],
  });
  const middle = tf.sequential({ name: 'middle', layers: [core, dense(3, 'out')] });
  const shared = dense(3, 'shared');
  const input = tf.input({ shape: [3] });
  let t = middle.apply(input) as tf.SymbolicTensor;
  t = shared.apply(shared.apply(t)) as tf.SymbolicTensor;
  t = tf.layers.reshape({ targetShape: [3, 1] }).apply(t) as tf.SymbolicTensor;
  t = tf.layers
    .timeDistributed({ layer: tf.layers.batchNormalization({ name: 'inTime' }), name: 'time' })
    .apply(t) as tf.SymbolicTensor;
  t = tf.layers
    .bidirectional({
      layer: tf.layers.gru({ units: 2, recurrentInitializer: 'glorotNormal' }) as never,
      mergeMode: 'concat',
      name: 'both',
    })
    .apply(t) as tf.SymbolicTensor;
  return tf.model({ inputs: input, outputs: dense(1, 'head').apply(t) as tf.SymbolicTensor });
}

describe('freeze', () => {
  const ways: Record<string, (m: tf.LayersModel) => unknown> = {
    fit: (m) => fit(m),
    fitDataset: (m) =>
      m.fitDataset(tf.data.zip({ xs: tf.data.array([x, x]), ys: tf.data.array([y, y]) }) as never, {
        epochs: 2,
        verbose: 0,
      }),
    trainOnBatch: (m) => m.trainOnBatch(x, y),
    'a loop with optimizer.minimize': (m) => {
      const optimizer = tf.train.adam(0.02);
      for (let i = 0; i < 2; i++)
        optimizer.minimize(
          () => tf.losses.meanSquaredError(y, m.apply(x, { training: true }) as tf.Tensor) as tf.Scalar,
        );
    },
  };
  for (const [name, train] of Object.entries(ways))
    it(`freeze holds nested models, wrappers, shared and recurrent layers and their statistics in ${name}; the head trains`, async () => {
      const m = intricate();
      compile(m);
      const frozen = await freeze(m, (weight) => !weight.path.startsWith('head/'));
      expect(frozen.report().inference.sort()).toEqual(['middle/core/bn', 'time/layer']);
      const head = await snapshot(m, 'head/kernel');
      await train(m);
      const { weights, moved } = await frozen.verify();
      expect(moved).toEqual([]);
      expect(weights).toBe(weightsOf(m).length - 2);
      expect(maxAbsDifference(await snapshot(m, 'head/kernel'), head)).toBeGreaterThan(0);
    });

  it('freeze without a recompile keeps Adam’s state in place: other weights train as if nothing were frozen, bit for bit', async () => {
    // Two branches whose losses do not meet: what one is trained to does not depend on the other.
    const branches = (): tf.LayersModel => {
      const input = tf.input({ shape: [3] });
      const outputs = ['left', 'right'].map((name) => dense(1, name).apply(input) as tf.SymbolicTensor);
      return tf.model({ inputs: input, outputs });
    };
    const train = (m: tf.LayersModel) => m.fit(x, [y, y], { epochs: 3, batchSize: 4, shuffle: false, verbose: 0 });
    const [ours, control] = [branches(), branches()];
    for (const m of [ours, control]) {
      compile(m);
      await train(m);
    }
    const left = await snapshot(ours, 'left/kernel');
    const frozen = await freeze(ours, 'left/**');
    for (const m of [ours, control]) await train(m);
    expect(await snapshot(ours, 'left/kernel')).toEqual(left);
    expect(await snapshot(ours, 'right/kernel')).toEqual(await snapshot(control, 'right/kernel'));
    frozen.unfreeze();
    for (const m of [ours, control]) await train(m);
    expect(await snapshot(ours, 'left/kernel')).not.toEqual(left);
    expect(await snapshot(ours, 'right/kernel')).toEqual(await snapshot(control, 'right/kernel'));
  });

  it('freeze in a minimize loop with a list of variables keeps Adam’s state in place, and without a list too', async () => {
    const run = async (list: boolean, frozenPath?: string): Promise<Float32Array> => {
      const [a, b] = ['a', 'b'].map((name) => dense(1, name, { inputShape: [3], useBias: false }));
      const m = tf.sequential({ layers: [a!] });
      const other = tf.sequential({ layers: [b!] });
      const variables = [m, other].map((one) => weightsOf(one)[0]!.variable!);
      const optimizer = tf.train.adam(0.05);
      // The losses add up and do not meet; b's is the larger, so that its moments differ from a's.
      const loss = () => {
        const outputs = [m.apply(x), tf.mul(other.apply(x) as tf.Tensor, 3)] as tf.Tensor[];
        return tf.addN(outputs.map((t) => tf.losses.meanSquaredError(y, t))) as tf.Scalar;
      };
      const train = () => {
        for (let i = 0; i < 3; i++) optimizer.minimize(loss, false, list ? variables : undefined);
      };
      for (const variable of Object.values(tf.engine().registeredVariables))
        if (!list && !variables.includes(variable)) variable.trainable = false;
      train();
      const frozen = frozenPath ? await freeze(m, frozenPath) : undefined;
      train();
      if (frozen) expect((await frozen.verify()).moved).toEqual([]);
      return snapshot(other, 'b/kernel');
    };
    const control = await run(true);
    expect(await run(true, 'a/kernel')).toEqual(control);
    expect(await run(false)).toEqual(control);
    expect(await run(false, 'a/kernel')).toEqual(control);
  });

  it('freeze takes a layer alone, and says what others still train', async () => {
    const m = plain();
    const frozen = await freeze(m.getLayer('bn'));
    expect(frozen.paths).toEqual(['bn/gamma', 'bn/beta', 'bn/movingMean', 'bn/movingVariance']);
    const rest = await freeze(m, 'a/**');
    expect(rest.report().trainable).toEqual(['c/kernel', 'c/bias']);
  });

  it('freeze holds weights that Adam’s momentum would carry on, and compile with the same optimizer keeps its state aligned', async () => {
    const m = plain();
    const optimizer = tf.train.adam(0.05);
    compile(m, optimizer);
    await fit(m);
    const frozen = await freeze(m, 'a/**');
    compile(m, optimizer);
    await fit(m);
    expect((await frozen.verify()).moved).toEqual([]);
    const slots = (await optimizer.getWeights()).slice(1);
    const shapes = [[3, 4], [4], [4], [4], [4, 1], [1]];
    expect(slots.map(({ tensor }) => tensor.shape)).toEqual([...shapes, ...shapes]);
  });

  it('freeze holds with every optimizer of tfjs', async () => {
    const optimizers = {
      sgd: tf.train.sgd(0.01),
      momentum: tf.train.momentum(0.01, 0.9),
      nesterov: tf.train.momentum(0.01, 0.9, true),
      adagrad: tf.train.adagrad(0.01),
      adadelta: tf.train.adadelta(0.01),
      adamax: tf.train.adamax(0.01),
      rmsprop: tf.train.rmsprop(0.01, 0.9, 0.5),
    };
    for (const [name, optimizer] of Object.entries(optimizers)) {
      const m = plain();
      compile(m, optimizer);
      await fit(m);
      const frozen = await freeze(m, ['a/**', 'bn/**']);
      const head = await snapshot(m, 'c/kernel');
      await fit(m);
      expect((await frozen.verify()).moved, name).toEqual([]);
      expect(maxAbsDifference(await snapshot(m, 'c/kernel'), head), name).toBeGreaterThan(0);
    }
  });

  it('freeze takes single weights: a kernel stands still and its bias moves', async () => {
    const m = plain();
    compile(m);
    const frozen = await freeze(m, 'a/kernel');
    const bias = await snapshot(m, 'a/bias');
    await fit(m);
    expect((await frozen.verify()).moved).toEqual([]);
    expect(maxAbsDifference(await snapshot(m, 'a/bias'), bias)).toBeGreaterThan(0);
    expect(frozen.report()).toEqual({
      frozen: ['a/kernel'],
      trainable: ['a/bias', 'bn/gamma', 'bn/beta', 'c/kernel', 'c/bias'],
      inference: [],
      moving: ['bn/movingMean', 'bn/movingVariance'],
      frozenParameters: 12,
      trainableParameters: 4 + 4 + 4 + 4 + 1,
    });
  });

  it('freeze puts a BatchNorm in inference mode for gamma and beta together, or any statistic, and not for gamma alone', async () => {
    const statistics = ['bn/movingMean', 'bn/movingVariance'];
    for (const [filter, paths] of [
      [
        ['bn/gamma', 'bn/beta'],
        ['bn/gamma', 'bn/beta', ...statistics],
      ],
      ['bn/movingMean', statistics],
      ['bn/gamma', ['bn/gamma']],
    ] as [string[], string[]][]) {
      const m = plain();
      compile(m);
      const frozen = await freeze(m, filter);
      expect(frozen.paths).toEqual(paths);
      const mean = await snapshot(m, 'bn/movingMean');
      await fit(m);
      expect((await frozen.verify()).moved).toEqual([]);
      expect(maxAbsDifference(await snapshot(m, 'bn/movingMean'), mean) > 0).toBe(!paths.includes('bn/movingMean'));
    }
  });

  it('freeze: a frozen BatchNorm normalizes by its moving statistics in training, as in inference', async () => {
    const m = plain();
    const inTraining = () => valuesOf(m.apply(x, { training: true }) as tf.Tensor);
    const inference = await valuesOf(m.predict(x) as tf.Tensor);
    const frozen = await freeze(m, 'bn/**');
    expect(await inTraining()).toEqual(inference);
    frozen.unfreeze();
    expect(await inTraining()).not.toEqual(inference);
  });

  it('freeze: a frozen BatchNorm without gamma or beta, on any axis, has in training the values of inference and a gradient', async () => {
    for (const option of [{ scale: false }, { center: false }, { scale: false, center: false, axis: 1 }]) {
      const layer = tf.layers.batchNormalization({ name: 'bn', inputShape: [3, 3], epsilon: 0.125, ...option });
      const m = tf.sequential({ layers: [layer] });
      for (const weight of weightsOf(m)) weight.write(tf.tensor1d([0.5, 1, 4]));
      await freeze(m, 'bn/**');
      const input = tf.randomNormal([2, 3, 3], 0, 1, 'float32', 4);
      const y = await valuesOf(m.apply(input, { training: true }) as tf.Tensor);
      const gradient = await valuesOf(tf.grad((t) => m.apply(t, { training: true }) as tf.Tensor)(input));
      const values = await input.data();
      for (const [i, value] of values.entries()) {
        const w = [0.5, 1, 4][(option as { axis?: number }).axis === 1 ? Math.floor(i / 3) % 3 : i % 3]!;
        const slope = ('scale' in option ? 1 : w) / Math.sqrt(w + 0.125);
        const expected = slope * (value - w) + ('center' in option ? 0 : w);
        // Six roundings of numbers up to the sum of the sizes.
        expect(Math.abs(y[i]! - expected)).toBeLessThanOrEqual(6 * 2 ** -24 * (slope * (Math.abs(value) + w) + w));
        expect(Math.abs(gradient[i]! - slope)).toBeLessThanOrEqual(6 * 2 ** -24 * slope);
      }
    }
  });

  it('freeze leaves dropout active in frozen layers, as Keras does', async () => {
    const m = tf.sequential({ layers: [dense(50, 'a', { inputShape: [3] }), tf.layers.dropout({ rate: 0.5 })] });
    await freeze(m);
    const zeros = (await valuesOf(m.apply(x, { training: true }) as tf.Tensor)).filter((value) => value === 0).length;
    // 400 fair coins: beyond 120 … 280 once in 10¹⁵.
    expect(zeros).toBeGreaterThan(120);
    expect(zeros).toBeLessThan(280);
  });

  it('freeze(model) freezes all, and a fit then says so', async () => {
    const m = plain();
    compile(m);
    const frozen = await freeze(m);
    expect(frozen.report().trainable).toEqual([]);
    await expect(fit(m)).rejects.toThrow('freeze: a step must have a variable to train, got ');
    expect((await frozen.verify()).moved).toEqual([]);
  });

  it('freeze holds parametrized weights with their extra variables', async () => {
    const m = plain();
    const scaled = parametrize(m.layers[0]!, 'kernel', {
      forward: (w, { s }) => tf.mul(w, s!),
      rightInverse: (w) => w,
      variables: { s: () => tf.scalar(1) },
    });
    compile(m);
    const frozen = await freeze(m, 'a/kernel');
    await fit(m);
    expect((await frozen.verify()).moved).toEqual([]);
    expect([...(await scaled.variables.s!.data())]).toEqual([1]);
    frozen.unfreeze();
    await fit(m);
    expect([...(await scaled.variables.s!.data())]).not.toEqual([1]);
  });

  it('verify sees through a mask and accepts its folding, which changes no value', async () => {
    const m = plain();
    const half = parametrize(m.layers[0]!, 'kernel', {
      forward: (w) => tf.mul(w, 0.5),
      rightInverse: (w) => tf.mul(w, 2),
    });
    const frozen = await freeze(m, 'a/kernel');
    half.fold();
    expect((await frozen.verify()).moved).toEqual([]);
  });
});

describe('verify', () => {
  it('verify names path and index of one entry moved by one unit in the last place', async () => {
    const m = plain();
    const frozen = await freeze(m);
    const kernel = weightsOf(m, 'a/kernel')[0]!;
    const values = await valuesOf(kernel.read());
    const was = values[7]!;
    new Int32Array(values.buffer)[7]! += 1;
    kernel.write(tf.tensor2d(values, [3, 4]));
    const { moved, weights, entries } = await frozen.verify();
    expect(moved).toEqual([
      { path: 'a/kernel', index: 7, was, is: values[7], entries: 1, maxDelta: Math.abs(values[7]! - was) },
    ]);
    expect(moved[0]!.maxDelta).toBeGreaterThan(0);
    expect([weights, entries]).toEqual([8, 12 + 4 + 16 + 4 + 1]);
  });

  it('verify keeps its own copy: a write into the array that data() hands out is found where that is the weight itself', async () => {
    const m = plain();
    const frozen = await freeze(m);
    const kernel = weightsOf(m, 'a/kernel')[0]!;
    const handedOut = await kernel.variable!.data();
    const was = handedOut[0]!;
    handedOut[0] = 7;
    const [is] = await valuesOf(kernel.read());
    const expected =
      is === was ? [] : [{ path: 'a/kernel', index: 0, was, is: 7, entries: 1, maxDelta: Math.abs(7 - was) }];
    expect((await frozen.verify()).moved).toEqual(expected);
    // Only wasm copies out of its heap; the others hand out what they hold, tfjs-node and webgpu until a kernel has used it.
    expect(expected.length).toBe(tf.getBackend() === 'wasm' ? 0 : 1);
  });

  it('verify counts the sign of a zero, a NaN, and a statistic', async () => {
    const m = plain();
    const frozen = await freeze(m);
    weightsOf(m, 'a/bias')[0]!.write(tf.tensor1d([0, -0, 0, -0]));
    weightsOf(m, 'c/bias')[0]!.write(tf.tensor1d([Number.NaN]));
    weightsOf(m, 'bn/movingVariance')[0]!.write(tf.tensor1d([1, 1, 1.5, 3]));
    expect((await frozen.verify()).moved).toEqual([
      { path: 'a/bias', index: 1, was: 0, is: -0, entries: 2, maxDelta: 0 },
      { path: 'bn/movingVariance', index: 2, was: 1, is: 1.5, entries: 2, maxDelta: 2 },
      { path: 'c/bias', index: 0, was: 0, is: Number.NaN, entries: 1, maxDelta: Number.NaN },
    ]);
  });
});

describe('unfreeze', () => {
  it('unfreeze gives flags and calls back as they were, and training moves everything again', async () => {
    const m = plain();
    m.getLayer('a').trainable = false;
    const state = () => ({
      flags: m.weights.map((w) => [w.originalName, Object.getOwnPropertyDescriptor(w.read(), 'trainable')]),
      calls: layersOf(m).map(({ layer }) => Object.hasOwn(layer, 'call')),
    });
    const before = state();
    const frozen = await freeze(m);
    expect(state()).not.toEqual(before);
    expect(frozen.active).toBe(true);
    frozen.unfreeze();
    expect(state()).toEqual(before);
    expect(frozen.active).toBe(false);

    m.getLayer('a').trainable = true;
    compile(m);
    const values = await Promise.all(weightsOf(m).map((weight) => valuesOf(weight.read())));
    await fit(m);
    for (const [i, weight] of weightsOf(m).entries())
      expect(await valuesOf(weight.read()), weight.path).not.toEqual(values[i]);
  });

  it('unfreeze of one of two freezes leaves what the other holds; what was assigned meanwhile takes effect at the last', async () => {
    const m = plain();
    const flag = () => weightsOf(m, 'a/kernel')[0]!.variable!.trainable;
    const [all, part] = [await freeze(m), await freeze(m, 'a/**')];
    all.unfreeze();
    expect([flag(), weightsOf(m, 'c/kernel')[0]!.variable!.trainable]).toEqual([false, true]);
    m.getLayer('a').trainable = false;
    m.getLayer('a').trainable = true;
    expect(flag()).toBe(false);
    m.getLayer('a').trainable = false;
    part.unfreeze();
    expect(flag()).toBe(false);
    m.getLayer('a').trainable = true;
    expect(flag()).toBe(true);
  });

  it('unfreeze, verify: a handle given back is refused', async () => {
    const frozen = await freeze(plain());
    frozen.unfreeze();
    expect(() => frozen.unfreeze()).toThrow('unfreeze: freeze must be in force, got one already given back');
    await expect(frozen.verify()).rejects.toThrow('verify: freeze must be in force, got one already given back');
  });
});

describe('a frozen model', () => {
  it('is saved as if nothing were frozen, loads in stock tfjs and predicts the same', async () => {
    const m = plain();
    const before = await foldedArtifacts(m);
    await freeze(m, ['a/**', 'bn/**']);
    const after = await artifactsOf((handler) => m.save(handler));
    expect(JSON.stringify([after.modelTopology, after.weightSpecs])).toBe(
      JSON.stringify([before.modelTopology, before.weightSpecs]),
    );
    const loaded = await loadStock(after);
    expect(await valuesOf(loaded.predict(x) as tf.Tensor)).toEqual(await valuesOf(m.predict(x) as tf.Tensor));
    expect(loaded.layers.map(({ trainable }) => trainable)).toEqual([true, true, true]);
  });

  it('leaves no tensor or variable behind: freeze, fit, verify, unfreeze', async () => {
    const m = plain();
    compile(m);
    await fit(m);
    const leak = await leakOf(async () => {
      const frozen = await freeze(m, ['a/**', 'bn/**']);
      await fit(m);
      await frozen.verify();
      frozen.unfreeze();
    });
    expect(leak).toEqual({ tensors: 0, variables: 0 });
  });
});

describe('freeze refuses', () => {
  it('freeze refuses a weight that is not finite, by path and index, and freezes nothing', async () => {
    const m = plain();
    weightsOf(m, 'c/kernel')[0]!.write(tf.tensor2d([1, 2, Number.POSITIVE_INFINITY, 4], [4, 1]));
    await expect(freeze(m)).rejects.toThrow('freeze: weights must be finite, got Infinity at c/kernel[2]');
    expect(weightsOf(m).every(({ variable, property }) => variable!.trainable !== property!.startsWith('moving'))).toBe(
      true,
    );
    expect(Object.hasOwn(m.getLayer('bn'), 'call')).toBe(false);
    await expect(freeze(m, 'a/**')).resolves.toMatchObject({ active: true });
  });

  it('freeze refuses a filter that matches nothing, a model that is not built, and what is no model', async () => {
    await expect(freeze(plain(), 'encoder/**')).rejects.toThrow('filter must match a weight (there are a/kernel');
    await expect(freeze(plain(), 3 as never)).rejects.toThrow(TypeError);
    await expect(freeze(tf.sequential())).rejects.toThrow('must be built');
    await expect(freeze({ w: tf.variable(tf.scalar(1)) } as never)).rejects.toThrow(
      'freeze: model must be a tfjs layer or LayersModel, got',
    );
  });

  it.each([0, 1, 2])('download %i that fails is the error when the others have ended', async (failing) => {
    const m = plain();
    const reads = slowReads(failing);
    await expect(freeze(m, ['a/kernel', 'a/bias', 'c/kernel'])).rejects.toThrow('a planted failure');
    expect(reads.pending()).toBe(0);
    reads.restore();
    expect(weightsOf(m, 'a/kernel')[0]!.trainable).toBe(true);
    (await freeze(m, ['a/kernel'])).unfreeze();
  });
});
