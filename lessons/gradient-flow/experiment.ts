import * as tf from '@tensorflow/tfjs';
import { fastKernels, tapOptimizer, weightsOf } from '@weightkit/core';
import { type Digits, PIXELS } from '@weightkit/datasets';
import { glorotNormal, initialize, normal } from '@weightkit/initializers';
import type { Run } from '@weightkit/lesson';
import { moments, permutation, randomKey } from '@weightkit/numerics';
import { checkOptions, checkRange } from '@weightkit/numerics/check';

export const NETS = ['sigmoid', 'ReLU', 'sigmoid with shortcuts'] as const;
export type NetName = (typeof NETS)[number];

export interface Params {
  /** Hidden layers of equal size, behind a first one that reads the pixels. */
  depth: number;
  /** The first weights of those layers: so many times the standard deviation of Xavier (sigmoid) or He (ReLU). */
  scale: number;
  /** Step of gradient descent. */
  rate: number;
  /** Passes over the examples. */
  epochs: number;
  /** The network that figures of one network show. */
  net: NetName;
  /** Units of a hidden layer. */
  units: number;
  /** Digits to learn from. */
  examples: number;
  seed: number;
}

/** What is kept of the gradient of a kernel: NaN where an entry of it is not finite. */
export interface Stats {
  mean: number;
  std: number;
  min: number;
  max: number;
  /** Mean of the magnitudes. */
  size: number;
}

/** The gradients that one step had. */
export interface Moment {
  /** Number of the step, from 1. */
  step: number;
  /** For each hidden layer, the first one first. */
  layers: Stats[];
  /** Mean loss of the steps since the moment before; NaN where it is not finite. */
  loss: number;
}

export interface Net {
  name: NetName;
  moments: Moment[];
  /** Share of the test digits that are right in the end. */
  accuracy: number;
}

export interface Result {
  nets: Net[];
}

const BATCH = 50;
const TEST = 500;
/** Moments that are kept beside the first step. */
const MOMENTS = 20;

/** Pixels with mean 0 and variance 1 over all digits, about, and a row for each digit with a 1 in its place; the caller disposes both. */
const examplesOf = ({ count, pixels, labels }: Digits) => ({
  x: tf.tensor2d(
    Float32Array.from(pixels, (pixel) => (pixel / 255 - 0.1307) / 0.3081),
    [count, PIXELS],
  ),
  y: tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(Int32Array.from(labels), 'int32'), 10), 'float32') as tf.Tensor2D),
});

/** Hidden layers of one kind. With shortcuts a second matrix brings what a layer makes of its input back, and it is added to that input. */
function buildNet(name: NetName, { depth, units, scale, seed }: Params): tf.LayersModel {
  const activation = name === 'ReLU' ? 'relu' : 'sigmoid';
  const dense = (called: string, size: number, kind: 'relu' | 'sigmoid' | 'softmax' | 'linear' = activation) =>
    tf.layers.dense({ name: called, units: size, activation: kind, kernelInitializer: 'zeros' });
  const input = tf.input({ shape: [PIXELS] });
  let h = dense('first', units).apply(input) as tf.SymbolicTensor;
  for (let l = 1; l <= depth; l++) {
    const layer = dense(`layer${l}`, units).apply(h) as tf.SymbolicTensor;
    const added = () =>
      tf.layers.add().apply([h, dense(`back${l}`, units, 'linear').apply(layer) as tf.SymbolicTensor]);
    h = name === 'sigmoid with shortcuts' ? (added() as tf.SymbolicTensor) : layer;
  }
  const model = tf.model({ inputs: input, outputs: dense('output', 10, 'softmax').apply(h) as tf.SymbolicTensor });
  const std = scale * Math.sqrt((name === 'ReLU' ? 2 : 1) / units);
  initialize(model, { 'layer*/kernel': normal({ std }), '*/kernel': glorotNormal() }, { seed });
  return model;
}

// #region tracker
/** What the slide's GradientTracker keeps of a gradient, in 64 bits. */
function statsOf(gradient: Float32Array): Stats {
  const { mean, std, min, max, l1, nonFinite } = moments(gradient);
  if (nonFinite > 0) return { mean: NaN, std: NaN, min: NaN, max: NaN, size: NaN };
  return { mean, std, min, max, size: l1 / gradient.length };
}

/** Keeps the gradients of the hidden layers, when asked to, of every way in which the model may be trained. */
function trackGradients(model: tf.LayersModel) {
  const hidden = weightsOf(model).filter(({ path }) => /^layer\d+\/kernel$/.test(path));
  let wanted = false;
  let kept: tf.Tensor[] = [];
  const untap = tapOptimizer(model.optimizer, {
    before: (gradients) => {
      if (!wanted) return;
      const byName = new Map(gradients.map(({ name, tensor }) => [name, tensor]));
      kept = hidden.map(({ variable }) => tf.keep(tf.clone(byName.get(variable!.name)!)));
    },
  });
  return {
    /** Takes the gradients of one training step. */
    async during(step: () => Promise<number>): Promise<{ loss: number; layers: Stats[] }> {
      wanted = true;
      try {
        const loss = await step();
        const values = await Promise.all(kept.map((tensor) => tensor.data()));
        return { loss, layers: values.map((gradient) => statsOf(gradient as Float32Array)) };
      } finally {
        wanted = false;
        tf.dispose(kept);
      }
    },
    untap,
  };
}
// #endregion

function check(params: Params): void {
  const fn = 'gradientFlow';
  checkOptions(fn, params, ['depth', 'scale', 'rate', 'epochs', 'net', 'units', 'examples', 'seed']);
  checkRange(NETS.includes(params.net), `${fn}: net must be among ${NETS.join(', ')}`, params.net);
  const within = (name: 'depth' | 'scale' | 'rate' | 'epochs' | 'units' | 'examples', least: number, most: number) => {
    const value = params[name];
    const ok = typeof value === 'number' && value >= least && value <= most;
    checkRange(ok, `${fn}: ${name} must be in [${least}, ${most}]`, value);
  };
  within('depth', 2, 100);
  within('scale', 1e-3, 1000);
  within('rate', 0, 100);
  within('epochs', 1, 1000);
  within('units', 1, 1000);
  within('examples', BATCH, 20_000);
  for (const name of ['depth', 'epochs', 'units', 'examples'] as const)
    checkRange(Number.isInteger(params[name]), `${fn}: ${name} must be an integer`, params[name]);
  checkRange(Number.isSafeInteger(params.seed), `${fn}: seed must be a safe integer`, params.seed);
}

/**
 * Trains three deep networks on digits, side by side, and keeps what the gradient of each layer is like while they learn.
 *
 * @param params - depth, first weights and training
 * @param run - the digits, progress with the result so far, and a way to stop
 */
export async function gradientFlow(params: Params, { data, onProgress, signal }: Run<Result>): Promise<Result> {
  check(params);
  const { rate, epochs, examples, seed } = params;
  const digits = await data.digits({ train: examples, test: TEST });
  const [train, test] = [examplesOf(digits.train), examplesOf(digits.test)];
  const nets = NETS.map((name) => {
    const model = buildNet(name, params);
    const optimizer = tf.train.sgd(rate);
    model.compile({ optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
    return { name, model, optimizer, tracker: trackGradients(model), losses: [] as number[] };
  });
  const result: Result = { nets: NETS.map((name) => ({ name, moments: [], accuracy: Number.NaN })) };
  const batches = Math.floor(examples / BATCH);
  const steps = epochs * batches;
  const every = Math.max(1, Math.ceil(steps / MOMENTS));
  const fast = fastKernels();
  try {
    for (let step = 1; step <= steps; step++) {
      const [epoch, batch] = [Math.floor((step - 1) / batches), (step - 1) % batches];
      const order = permutation(examples, randomKey(seed, `order/${epoch}`));
      const chosen = tf.tensor1d(Int32Array.from(order.subarray(batch * BATCH, (batch + 1) * BATCH)), 'int32');
      const [x, y] = [tf.gather(train.x, chosen), tf.gather(train.y, chosen)];
      try {
        for (const [i, { model, tracker, losses }] of nets.entries()) {
          signal?.throwIfAborted();
          const trained = async () => ((await model.trainOnBatch(x, y)) as number[])[0]!;
          if (step !== 1 && step % every !== 0 && step !== steps) {
            losses.push(await trained());
            continue;
          }
          const { loss, layers } = await tracker.during(trained);
          losses.push(loss);
          const mean = losses.reduce((sum, value) => sum + value, 0) / losses.length;
          losses.length = 0;
          result.nets[i]!.moments.push({ step, layers, loss: Number.isFinite(mean) ? mean : Number.NaN });
        }
      } finally {
        tf.dispose([chosen, x, y]);
      }
      await onProgress?.({ done: step / steps, label: `epoch ${epoch + 1} of ${epochs}`, result });
    }
    for (const [i, { model }] of nets.entries()) {
      const [loss, accuracy] = model.evaluate(test.x, test.y, { batchSize: TEST }) as tf.Scalar[];
      result.nets[i]!.accuracy = (await accuracy!.data())[0]!;
      tf.dispose([loss, accuracy]);
    }
    return result;
  } finally {
    fast.restore();
    for (const { model, optimizer, tracker } of nets) {
      tracker.untap();
      model.dispose();
      optimizer.dispose();
    }
    tf.dispose([train, test]);
  }
}
