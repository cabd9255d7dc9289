import * as tf from '@tensorflow/tfjs';
import { fillMissingKernels, finiteValues, foldedArtifacts, type Parametrization, weightsOf } from '@weightkit/core';
import { prune } from '@weightkit/pruning';
import { weightNorm } from '@weightkit/weightnorm';
import { describe, expect, it } from 'vitest';
import { allowBackend, hasKernel, leakOf, loadStock, valuesOf } from '../src/index.ts';
import { withoutSyncReads } from '../src/sync-reads.ts';

interface Kind {
  name: string;
  /** The first layers; the layer under test has the name `l`. */
  layers: () => tf.layers.Layer[];
  input: () => tf.Tensor;
  /** The weights that get masks and weight norm. */
  paths: string[];
  /** A statistic that moves with the batches. */
  moves?: string;
  /** The kernel of its gradient that wasm lacks. */
  needs?: string;
}

/** Fixed numbers in (-1, 1). */
const ramp = (shape: number[]): tf.Tensor =>
  tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(1 + 1.7 * i)),
    shape,
  );
const fixed = () => tf.initializers.randomUniform({ minval: -0.5, maxval: 0.5, seed: 7 });
const kernelInitializer = fixed();
const recurrentInitializer = fixed();
const rnn = { units: 2, recurrentActivation: 'sigmoid', kernelInitializer, recurrentInitializer } as const;
const image = [4, 4, 2];
const sequence = [2, 2];
const conv = { kernelSize: 2, inputShape: image, name: 'l' };

const KINDS: Kind[] = [
  {
    name: 'Dense',
    layers: () => [tf.layers.dense({ units: 4, inputShape: [3], activation: 'tanh', kernelInitializer, name: 'l' })],
    input: () => ramp([4, 3]),
    paths: ['l/kernel'],
  },
  {
    name: 'Conv2D',
    layers: () => [tf.layers.conv2d({ ...conv, filters: 2, kernelInitializer }), tf.layers.flatten()],
    input: () => ramp([4, ...image]),
    paths: ['l/kernel'],
    needs: 'Conv2DBackpropFilter',
  },
  {
    name: 'DepthwiseConv2D',
    layers: () => [tf.layers.depthwiseConv2d({ ...conv, depthwiseInitializer: fixed() }), tf.layers.flatten()],
    input: () => ramp([4, ...image]),
    paths: ['l/depthwiseKernel'],
    needs: 'DepthwiseConv2dNativeBackpropFilter',
  },
  {
    name: 'BatchNormalization',
    layers: () => [tf.layers.batchNormalization({ inputShape: [4], name: 'l' })],
    input: () => ramp([4, 4]),
    paths: ['l/gamma'],
    moves: 'l/movingMean',
  },
  {
    name: 'LSTM',
    layers: () => [tf.layers.lstm({ ...rnn, inputShape: sequence, name: 'l' })],
    input: () => ramp([4, ...sequence]),
    paths: ['l/cell/kernel', 'l/cell/recurrentKernel'],
  },
  {
    name: 'GRU',
    layers: () => [tf.layers.gru({ ...rnn, inputShape: sequence, name: 'l' })],
    input: () => ramp([4, ...sequence]),
    paths: ['l/cell/kernel', 'l/cell/recurrentKernel'],
  },
  {
    name: 'Bidirectional',
    layers: () => [
      tf.layers.bidirectional({
        layer: tf.layers.lstm(rnn) as tf.RNN,
        mergeMode: 'concat',
        inputShape: sequence,
        name: 'l',
      }),
    ],
    input: () => ramp([4, ...sequence]),
    paths: ['l/forward/cell/kernel', 'l/backward/cell/recurrentKernel'],
  },
  {
    name: 'Embedding',
    layers: () => [
      tf.layers.embedding({ inputDim: 5, outputDim: 3, inputLength: 2, embeddingsInitializer: fixed(), name: 'l' }),
      tf.layers.flatten(),
    ],
    input: () => tf.tensor2d([0, 1, 2, 3, 4, 0, 1, 1], [4, 2]),
    paths: ['l/embeddings'],
    needs: 'UnsortedSegmentSum',
  },
];

interface Trial {
  model: tf.Sequential;
  x: tf.Tensor;
  /** Compiles the model and trains three steps; the losses of each. */
  fit(): Promise<number[]>;
  valueOf(path: string): Promise<Float32Array>;
}

/** Runs `body` on a model of the kind under a dense layer, and disposes everything. */
async function onTrial(kind: Kind, body: (trial: Trial) => Promise<void>): Promise<void> {
  const model = tf.sequential({ layers: [...kind.layers(), tf.layers.dense({ units: 1, kernelInitializer })] });
  const optimizer = tf.train.adam(0.01);
  const x = kind.input();
  const y = tf.tensor2d([1, -1, 0.5, 2], [4, 1]);
  const fit = async () => {
    model.compile({ optimizer, loss: 'meanSquaredError' });
    const { history } = await model.fit(x, y, { epochs: 3, batchSize: 4, shuffle: false, verbose: 0 });
    return history.loss as number[];
  };
  try {
    await body({ model, x, fit, valueOf: (path) => finiteValues('onTrial', weightsOf(model, path)[0]!) });
  } finally {
    model.dispose();
    optimizer.dispose();
    tf.dispose([x, y]);
  }
}

/** Three small steps of Adam on one batch: every loss is finite, and less than the one before. */
function expectFalling(losses: number[]): void {
  expect(losses).toHaveLength(3);
  expect(losses.every(Number.isFinite)).toBe(true);
  expect([...losses].sort((a, b) => b - a)).toEqual(losses);
  expect(losses[2]).toBeLessThan(losses[0]!);
}

/** The very weights are in the file, and the same kernels run on them: the predictions are the same bits. */
async function expectStockPredictsTheSame({ model, x }: Trial): Promise<void> {
  const stock = await loadStock(await foldedArtifacts(model));
  const predict = (m: tf.LayersModel) => valuesOf(m.predict(x) as tf.Tensor);
  const [ours, theirs] = [await predict(model), await predict(stock)];
  stock.dispose();
  expect(theirs).toEqual(ours);
}

async function trainMasked(kind: Kind): Promise<void> {
  await onTrial(kind, async (trial) => {
    const pruning = await prune(trial.model, { sparsity: 0.5, filter: kind.paths });
    const before = await Promise.all(kind.paths.map(trial.valueOf));
    const statistic = kind.moves && (await trial.valueOf(kind.moves));
    expectFalling(await trial.fit());
    const certificate = await pruning.verify();
    expect([certificate.pruned > 0, certificate.nonzero]).toEqual([true, 0]);
    for (const [i, path] of kind.paths.entries()) {
      const after = await trial.valueOf(path);
      const kept = await pruning.masks[path]!.data();
      const isZero = Array.from(after, (value) => Object.is(value, 0));
      expect(isZero).toEqual(Array.from(kept, (bit) => bit === 0));
      expect(after.some((value, k) => value !== before[i]![k])).toBe(true);
    }
    if (kind.moves) expect(await trial.valueOf(kind.moves)).not.toEqual(statistic);
    await expectStockPredictsTheSame(trial);
    pruning.dispose();
  });
}

async function trainNormalized(kind: Kind): Promise<void> {
  await onTrial(kind, async (trial) => {
    const norms: Parametrization[] = kind.paths.map((path) => {
      const [weight] = weightsOf(trial.model, path);
      return weightNorm(weight!, weight!.shape.length === 1 ? { axis: null } : {});
    });
    const lengths = () => Promise.all(norms.map(async ({ variables }) => Float32Array.from(await variables.g!.data())));
    const before = await lengths();
    expectFalling(await trial.fit());
    for (const [i, after] of (await lengths()).entries()) expect(after).not.toEqual(before[i]);
    await expectStockPredictsTheSame(trial);
    for (const norm of norms) norm.fold();
  });
}

const nothing = { tensors: 0, variables: 0 };

/** Trains; where the backend lacks a kernel of the layer's gradient, with it filled in, by ours or from cpu, and it must have run then. */
async function onThisBackend({ needs }: Kind, train: () => Promise<void>): Promise<void> {
  if (needs === undefined || hasKernel(needs)) return train();
  const filled = fillMissingKernels();
  try {
    expect(filled.filled).toContain(needs);
    const ran = await allowBackend('cpu', train);
    expect(ran[needs] ?? filled.runs).toBeGreaterThan(0);
  } finally {
    filled.restore();
  }
}

for (const kind of KINDS)
  describe(kind.name, () => {
    const checked = (train: (kind: Kind) => Promise<void>) =>
      onThisBackend(kind, async () => expect(await withoutSyncReads(() => leakOf(() => train(kind)))).toEqual(nothing));
    it('trains under masks: zeros stay, the rest learns, stock loads it, nothing leaks', () => checked(trainMasked));
    it('trains under weight norm: lengths learn, stock loads it, nothing leaks', () => checked(trainNormalized));
  });
