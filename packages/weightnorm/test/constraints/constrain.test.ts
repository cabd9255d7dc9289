import * as tf from '@tensorflow/tfjs';
import { foldedArtifacts, parametrize, weightsOf } from '@weightkit/core';
import { artifactsOf, hasKernel, leakOf, loadStock, valuesOf } from '@weightkit/testing';
import { afterEach, describe, expect, it } from 'vitest';
import * as kit from '../../src/index.ts';
import { type ConstraintRule, type Constraints, maxNorm, spectralNorm, weightNorm } from '../../src/index.ts';

const inForce: Constraints[] = [];

async function constrain(...args: Parameters<typeof kit.constrain>): Promise<Constraints> {
  const handle = await kit.constrain(...args);
  inForce.push(handle);
  return handle;
}

// The prototype of optimizers is as it was for the next test.
afterEach(() => {
  for (const handle of inForce.splice(0)) if (handle.active) handle.fold();
});

function net(): tf.Sequential {
  const m = tf.sequential({
    layers: [
      tf.layers.dense({ units: 4, inputShape: [3], activation: 'tanh', name: 'a' }),
      tf.layers.dense({ units: 2, name: 'b' }),
    ],
  });
  for (const [i, weight] of weightsOf(m).entries())
    tf.tidy(() =>
      weight.write(tf.cos(tf.reshape(tf.range(i, i + tf.util.sizeFromShape([...weight.shape])), [...weight.shape]))),
    );
  // A Sequential sets the flags of its variables at its first prediction.
  tf.tidy(() => void m.predict(tf.zeros([1, 3])));
  return m;
}
const read = (m: tf.LayersModel, path: string): Promise<Float32Array> => valuesOf(weightsOf(m, path)[0]!.read());
const columns = (values: Float32Array, units: number): number[][] =>
  Array.from({ length: units }, (_, unit) => Array.from(values.filter((_x, i) => i % units === unit)));
const batch = (): [tf.Tensor2D, tf.Tensor2D] => [
  tf.tensor2d([1, 2, -1, 0.5, -2, 1, 1, 1, 0, -1, 0.25, 2], [4, 3]),
  tf.tensor2d([5, -5, 3, 2, -4, 4, 1, -3], [4, 2]),
];

const RULES: readonly (readonly [ConstraintRule, (units: readonly number[][]) => void])[] = [
  [
    { filter: 'a/kernel', constraint: 'maxNorm', maxValue: 0.5 },
    (units) => {
      for (const unit of units) expect(Math.hypot(...unit)).toBeLessThan(0.5 * (1 + 2 ** -20));
    },
  ],
  [
    { filter: 'a/kernel', constraint: 'unitNorm', epsilon: 0 },
    (units) => {
      // A few roundings, on WebGPU of 5 ulp.
      for (const unit of units) expect(Math.abs(Math.hypot(...unit) - 1)).toBeLessThan(2 ** -18);
    },
  ],
  [
    { filter: 'a/kernel', constraint: 'minMaxNorm', minValue: 0.25, maxValue: 0.5, epsilon: 0 },
    (units) => {
      for (const unit of units) expect(Math.abs(Math.hypot(...unit) - 0.375)).toBeLessThan(0.125 + 2 ** -18);
    },
  ],
  [
    { filter: 'a/kernel', constraint: 'nonNeg' },
    (units) => {
      for (const unit of units) expect(Math.min(...unit)).toBeGreaterThanOrEqual(0);
    },
  ],
  [
    { filter: 'a/kernel', constraint: 'simplex' },
    (units) => {
      for (const unit of units) {
        expect(Math.min(...unit)).toBeGreaterThanOrEqual(0);
        expect(Math.abs(unit.reduce((sum, x) => sum + x, 0) - 1)).toBeLessThan(2 ** -18);
      }
    },
  ],
  [
    { filter: 'a/kernel', constraint: 'orthonormal' },
    (units) => {
      // Four units of three entries: the rows are orthonormal.
      const rows = [0, 1, 2].map((r) => units.map((unit) => unit[r]!));
      for (const [i, a] of rows.entries())
        for (const [j, b] of rows.entries()) {
          const dot = a.reduce((sum, x, k) => sum + x * b[k]!, 0);
          expect(Math.abs(dot - (i === j ? 1 : 0))).toBeLessThan(2 ** -16);
        }
    },
  ],
];

/** Every way to train, each of three steps. */
const WAYS: Readonly<Record<string, (m: tf.LayersModel, x: tf.Tensor, y: tf.Tensor) => Promise<void>>> = {
  async fit(m, x, y) {
    m.compile({ optimizer: tf.train.adam(0.3), loss: 'meanSquaredError' });
    await m.fit(x, y, { epochs: 3, verbose: 0, batchSize: 4 });
  },
  async fitDataset(m, x, y) {
    m.compile({ optimizer: tf.train.sgd(0.3), loss: 'meanSquaredError' });
    await m.fitDataset(tf.data.array([{ xs: x, ys: y }]), { epochs: 3, verbose: 0 });
  },
  async trainOnBatch(m, x, y) {
    m.compile({ optimizer: tf.train.rmsprop(0.3), loss: 'meanSquaredError' });
    for (let i = 0; i < 3; i++) await m.trainOnBatch(x, y);
  },
  async minimize(m, x, y) {
    const optimizer = tf.train.momentum(0.3, 0.5);
    for (let i = 0; i < 3; i++)
      optimizer.minimize(() => tf.losses.meanSquaredError(y, m.predict(x) as tf.Tensor) as tf.Scalar);
    optimizer.dispose();
  },
};

describe('constrain', () => {
  for (const [rule, holds] of RULES)
    it(`constrain: ${String(rule.constraint)} holds at once and after every way to train, moves the weight, and is measured`, async () => {
      const [x, y] = batch();
      const m = net();
      const handle = await constrain(m, [rule]);
      holds(columns(await read(m, 'a/kernel'), 4));
      for (const way of Object.values(WAYS)) {
        const before = await read(m, 'a/kernel');
        await way(m, x, y);
        const after = await read(m, 'a/kernel');
        holds(columns(after, 4));
        expect(after).not.toEqual(before);
      }
      const { distance, weights } = await handle.verify();
      expect(weights).toEqual([{ path: 'a/kernel', distance }]);
      expect(distance).toBeLessThan(2 ** -16);
      handle.fold();
      expect(handle.active).toBe(false);
      const kept = await read(m, 'a/kernel');
      await WAYS.fit!(m, x, y);
      expect(await read(m, 'a/kernel')).not.toEqual(kept);
    });

  it('constrain: the steps are those of the optimizer, projected: plain gradient descent by hand', async () => {
    const m = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2], useBias: false, name: 'a' })] });
    m.setWeights([tf.tensor2d([0.5, 0.5], [2, 1])]);
    await constrain(m, [{ constraint: 'maxNorm', maxValue: 1, epsilon: 0 }]);
    const x = tf.tensor2d([2, 0], [1, 2]);
    m.compile({ optimizer: tf.train.sgd(0.25), loss: 'meanSquaredError' });
    await m.fit(x, tf.tensor2d([4], [1, 1]), { epochs: 1, verbose: 0 });
    // The prediction is 1, its gradient 2 (1 − 4) · 2 = −12, the step leads to [3.5, 0.5], which is brought to length 1.
    const length = Math.hypot(3.5, 0.5);
    const got = await read(m, 'a/kernel');
    for (const [i, wanted] of [3.5 / length, 0.5 / length].entries())
      expect(Math.abs(got[i]! - wanted)).toBeLessThan(2 ** -18);
  });

  it('constrain: a function of your own, a bias, and the first rule that takes a weight', async () => {
    const m = net();
    const handle = await constrain(m, [
      { filter: 'b/**', constraint: (w) => tf.clipByValue(w, -0.25, 0.25) },
      { filter: '**/bias', constraint: 'maxNorm', maxValue: 0.125 },
      { constraint: 'unitNorm' },
    ]);
    const { constrained, skipped } = handle.report();
    expect(constrained.map(({ path, constraint }) => [path, constraint])).toEqual([
      ['a/kernel', 'unitNorm'],
      ['a/bias', 'maxNorm'],
      ['b/kernel', 'constraint'],
      ['b/bias', 'constraint'],
    ]);
    expect(skipped).toEqual([]);
    const [x, y] = batch();
    await WAYS.fit!(m, x, y);
    expect(Math.max(...(await read(m, 'b/kernel')).map(Math.abs))).toBeLessThanOrEqual(0.25);
    expect(Math.hypot(...(await read(m, 'a/bias')))).toBeLessThan(0.125 * (1 + 2 ** -20));
  });

  it('constrain: restore gives the bits back of what nothing has changed, and leaves what was trained', async () => {
    const m = net();
    const before = [await read(m, 'a/kernel'), await read(m, 'b/kernel')];
    const handle = await constrain(m, [{ constraint: 'unitNorm' }]);
    expect(handle.report().constrained.every(({ moved }) => moved > 0)).toBe(true);
    m.layers[1]!.trainable = false;
    const [x, y] = batch();
    await WAYS.fit!(m, x, y);
    const trained = await read(m, 'a/kernel');
    handle.restore();
    expect(await read(m, 'b/kernel')).toEqual(before[1]);
    expect(await read(m, 'a/kernel')).toEqual(trained);
    expect(() => handle.fold()).toThrow('fold: constraints must be in force, got those of a/kernel already ended');
  });

  it('constrain: a frozen weight stands still; an optimizer keeps its state; project holds what was set', async () => {
    const m = net();
    const handle = await constrain(m, [{ filter: 'a/kernel', constraint: 'minMaxNorm', rate: 0.5 }]);
    const kernel = weightsOf(m, 'a/kernel')[0]!;
    const [x, y] = batch();
    kernel.variable!.trainable = false;
    const still = await read(m, 'a/kernel');
    await WAYS.minimize!(m, x, y);
    expect(await read(m, 'a/kernel')).toEqual(still);
    const ten = tf.fill([3, 4], 10);
    kernel.write(ten);
    handle.project();
    // Halfway from √300 to 1.
    for (const unit of columns(await read(m, 'a/kernel'), 4))
      expect(Math.abs(Math.hypot(...unit) - (Math.sqrt(300) + 1) / 2)).toBeLessThan(2 ** -14);
  });

  it('constrain: orthonormal begins with a weight of zeros too, and reports the way', async () => {
    const m = tf.sequential({
      layers: [tf.layers.dense({ units: 2, inputShape: [3], kernelInitializer: 'zeros', name: 'a' })],
    });
    const handle = await constrain(m, [{ constraint: 'orthonormal' }]);
    const [a, b] = columns(await read(m, 'a/kernel'), 2) as [number[], number[]];
    // The last step rounds sums of 3 products.
    for (const one of [Math.hypot(...a) - 1, Math.hypot(...b) - 1, a.reduce((sum, x, i) => sum + x * b[i]!, 0)])
      expect(Math.abs(one)).toBeLessThan(2 ** -20);
    expect(handle.report().constrained[0]!.moved).toBe(Math.max(...[...a, ...b].map(Math.abs)));
  });

  const KINDS: readonly (readonly [string, () => tf.layers.Layer, number[], string, string?])[] = [
    [
      'conv2d',
      () => tf.layers.conv2d({ filters: 3, kernelSize: 2, inputShape: [4, 4, 2] }),
      [2, 4, 4, 2],
      'kernel',
      'Conv2DBackpropFilter',
    ],
    [
      'depthwise',
      () => tf.layers.depthwiseConv2d({ kernelSize: 2, inputShape: [4, 4, 2] }),
      [2, 4, 4, 2],
      'depthwiseKernel',
      'DepthwiseConv2dNativeBackpropFilter',
    ],
    ['lstm', () => tf.layers.lstm({ units: 2, inputShape: [3, 2] }), [2, 3, 2], 'recurrentKernel'],
    [
      'embedding',
      () => tf.layers.embedding({ inputDim: 5, outputDim: 3, inputLength: 2 }),
      [2, 2],
      'embeddings',
      'UnsortedSegmentSum',
    ],
  ];
  for (const [name, layer, input, property, kernel] of KINDS)
    it(`constrain: units of ${name} are as long as they may be, in training and in stock TensorFlow.js`, async () => {
      const m = tf.sequential({ layers: [layer()] });
      const handle = await constrain(m, [{ filter: `**/${property}`, constraint: 'unitNorm' }]);
      const x = name === 'embedding' ? tf.tensor2d([0, 1, 2, 4], [2, 2]) : tf.randomNormal(input, 0, 1, 'float32', 5);
      if (!kernel || hasKernel(kernel)) {
        m.compile({ optimizer: tf.train.sgd(0.5), loss: 'meanSquaredError' });
        await m.fit(
          x,
          tf.tidy(() => tf.onesLike(m.predict(x) as tf.Tensor)),
          { epochs: 2, verbose: 0 },
        );
      }
      expect((await handle.verify()).distance).toBeLessThan(2 ** -18);
      const predicted = await valuesOf(m.predict(x) as tf.Tensor);
      handle.fold();
      for (const artifacts of [await foldedArtifacts(m), await artifactsOf((to) => m.save(to))])
        expect(await valuesOf((await loadStock(artifacts)).predict(x) as tf.Tensor)).toEqual(predicted);
    });

  it('constrain: a weight has one constraint, and parametrizations that would break it are refused, both ways', async () => {
    const m = net();
    const before = await read(m, 'a/kernel');
    const handle = await constrain(m, [{ filter: 'a/kernel', constraint: 'unitNorm' }]);
    const held = await read(m, 'a/kernel');
    await expect(constrain(m, [{ constraint: 'nonNeg' }])).rejects.toThrow(
      'constrain: weight must not be constrained already, got a/kernel with unitNorm',
    );
    for (const put of [() => weightNorm(m.layers[0]!), () => spectralNorm(m.layers[0]!)])
      expect(put).toThrow(
        'weight must not be constrained, got a/kernel with unitNorm; restore, fold or unfreeze that first',
      );
    expect(await read(m, 'a/kernel')).toEqual(held);
    handle.restore();
    expect(await read(m, 'a/kernel')).toEqual(before);
    weightNorm(m.layers[0]!);
    await expect(constrain(m, [{ constraint: 'unitNorm' }])).rejects.toThrow(
      'constrain: unitNorm must not meet another parametrization, got weightNorm at a/kernel; fold it first',
    );
  });

  it('constrain: maxNorm and nonNeg go with a mask, before or after it', async () => {
    const mask = {
      forward: (w: tf.Tensor) => tf.mul(w, tf.tensor2d([1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0], [3, 4])),
      kind: 'mask',
    };
    for (const isFirst of [true, false]) {
      const m = net();
      const [x, y] = batch();
      if (isFirst) parametrize(m.layers[0]!, 'kernel', mask);
      await constrain(m, [{ filter: 'a/kernel', constraint: 'maxNorm', maxValue: 0.25 }]);
      if (!isFirst) parametrize(m.layers[0]!, 'kernel', mask);
      await WAYS.fit!(m, x, y);
      const units = columns(await read(m, 'a/kernel'), 4);
      for (const [i, unit] of units.entries()) {
        if (i % 2 === 1) expect(unit.every((w) => w === 0)).toBe(true);
        expect(Math.hypot(...unit)).toBeLessThan(0.25 * (1 + 2 ** -20));
      }
    }
  });

  it('constrain refuses by name, and then nothing has changed and nothing is left behind', async () => {
    const leak = await leakOf(async () => {
      const m = net();
      const before = await read(m, 'a/kernel');
      const wrong: readonly (readonly [readonly unknown[], string])[] = [
        [[], 'constrain: rules must have one or more, got 0'],
        [
          [{ constraint: 'maxnorm' }],
          'constrain: constraint must be one of maxNorm, unitNorm, minMaxNorm, nonNeg, orthonormal, simplex, or a function',
        ],
        [[{ constraint: 'unitNorm', maxValue: 1 }], 'unitNorm: options must be among'],
        [[{ constraint: 'nonNeg', axis: 0 }], 'constrain: rules must be among'],
        [[{ constraint: 'maxNorm', maxValue: Number.NaN }], 'maxNorm: maxValue must be 0 or more, and finite, got NaN'],
        [[{ filter: 'none', constraint: 'nonNeg' }], 'constrain: filter must match a weight'],
        [
          [{ constraint: 'nonNeg' }, { filter: 'a/kernel', constraint: 'nonNeg' }],
          'constrain: each of rules must have a weight that trains and is in no rule before it',
        ],
        [[{ constraint: () => tf.zeros([2]) }], 'constrain: constraint of a/kernel must return float32 [3,4], got '],
        [[{ constraint: () => 3 }], 'constrain: constraint of a/kernel must return a tensor, got 3'],
      ];
      for (const [rules, message] of wrong) await expect(constrain(m, rules as never)).rejects.toThrow(message);
      weightsOf(m, 'b/kernel')[0]!.variable!.assign(tf.tidy(() => tf.fill([4, 2], Number.NaN)));
      await expect(constrain(m, [{ constraint: 'nonNeg' }])).rejects.toThrow(
        'constrain: weights must be finite, got NaN at b/kernel[0]',
      );
      expect(await read(m, 'a/kernel')).toEqual(before);
      m.dispose();
    });
    expect(leak.variables).toBe(0);
  });

  it('constrain: a model that is disposed takes its constraints with it; nothing leaks', async () => {
    const { computeGradients } = tf.Optimizer.prototype;
    const leak = await leakOf(async () => {
      const [x, y] = batch();
      const m = net();
      await kit.constrain(
        m,
        RULES.slice(0, 1).map(([rule]) => rule),
      );
      m.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
      await m.fit(x, y, { epochs: 1, verbose: 0 });
      m.dispose();
      const w = tf.tidy(() => tf.variable(tf.scalar(1)));
      const optimizer = tf.train.sgd(0.1);
      optimizer.minimize(() => tf.square(w) as tf.Scalar);
      tf.dispose([x, y, w]);
      optimizer.dispose();
    });
    expect(leak).toEqual({ tensors: 0, variables: 0 });
    expect(tf.Optimizer.prototype.computeGradients).toBe(computeGradients);
  });

  it('maxNorm by itself is what constrain does', async () => {
    const m = net();
    const w = await read(m, 'a/kernel');
    await constrain(m, [{ filter: 'a/kernel', constraint: 'maxNorm', maxValue: 0.01 }]);
    expect(await read(m, 'a/kernel')).toEqual(await valuesOf(maxNorm(tf.tensor2d(w, [3, 4]), { maxValue: 0.01 })));
  });
});
