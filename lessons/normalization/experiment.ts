import * as tf from '@tensorflow/tfjs';
import { fastKernels, type Parametrization, parametrize, type Weight, weightsOf } from '@weightkit/core';
import { type Digits, PIXELS } from '@weightkit/datasets';
import { glorotNormal, initialize, varianceScaling } from '@weightkit/initializers';
import type { Run } from '@weightkit/lesson';
import { permutation, randomKey } from '@weightkit/numerics';
import { checkOptions, checkRange } from '@weightkit/numerics/check';
import { normalizeWeight, spectralNorm, weightNorm, weightStandardization } from '@weightkit/weightnorm';
import { type Spectrum, spectraOf } from './spectra.ts';

/** What a network's hidden layers have, beside their weights. */
export const NORMS = [
  'nothing',
  'batch norm',
  'weight norm, g = 1',
  'weight norm',
  'spectral norm',
  'weight standardization',
] as const;
export type Norm = (typeof NORMS)[number];
/** Those that a reader can set beside the first two. */
export const BESIDE = ['weight norm, g = 1', 'weight norm', 'spectral norm', 'weight standardization'] as const;

export interface Params {
  /** The first weights of the hidden layers: so many times as large as He's. */
  scale: number;
  /** What the third network has. */
  beside: (typeof BESIDE)[number];
  /** Hidden layers. */
  depth: number;
  /** Passes over the digits; with 0 nothing is trained. */
  epochs: number;
  /** Step of Adam. */
  rate: number;
  /** Units of a hidden layer. */
  units: number;
  /** Digits to learn from. */
  examples: number;
  seed: number;
}

/** One network. */
export interface NetRun {
  norm: Norm;
  /** Share of the test digits that are right in the end; NaN until then. */
  accuracy: number;
  /** Loss of each step; NaN where it is not finite. */
  losses: number[];
  /** For each hidden layer, the standard deviation of what it gives at the first step. */
  signal: number[];
}

export interface Result {
  nets: NetRun[];
  /** One kernel, and what becomes of it. */
  spectra: Spectrum[];
}

type Examples = ReturnType<typeof examplesOf>;
type Net = ReturnType<typeof buildNet>;

const BATCH = 100;
const TEST = 1000;

/** Pixels with mean 0 and variance 1 over all digits, about, and a row for each digit with a 1 in its place; the caller disposes both. */
const examplesOf = ({ count, pixels, labels }: Digits) => ({
  x: tf.tensor2d(
    Float32Array.from(pixels, (pixel) => (pixel / 255 - 0.1307) / 0.3081),
    [count, PIXELS],
  ),
  y: tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(Int32Array.from(labels), 'int32'), 10), 'float32') as tf.Tensor2D),
});

// #region norms
/** A network, its weights as they are drawn: hidden layers of He's law times a scale, the last layer of Xavier's. */
function buildNet(norm: Norm, { depth, units, seed }: Params, scale: number) {
  const input = tf.input({ shape: [PIXELS] });
  const hidden: tf.SymbolicTensor[] = [];
  for (let l = 1; l <= depth; l++) {
    const sums = tf.layers
      .dense({ name: `layer${l}`, units, useBias: norm !== 'batch norm' })
      .apply(hidden.at(-1) ?? input);
    const normed =
      norm === 'batch norm' ? tf.layers.batchNormalization({ name: `norm${l}`, momentum: 0.9 }).apply(sums) : sums;
    hidden.push(tf.layers.reLU().apply(normed) as tf.SymbolicTensor);
  }
  const last = tf.layers.dense({ name: 'output', units: 10, activation: 'softmax' }).apply(hidden.at(-1)!);
  const model = tf.model({ inputs: input, outputs: last as tf.SymbolicTensor });
  const law = varianceScaling({ scale: 2 * scale ** 2, distribution: 'normal' });
  initialize(model, { 'layer*/kernel': law, 'output/kernel': glorotNormal() }, { seed });
  const handles = weightsOf(model, 'layer*/kernel').flatMap((weight) => normalize(norm, weight) ?? []);
  return { norm, model, handles, probe: tf.model({ inputs: input, outputs: hidden }) };
}

/** Has the layer compute with the normalized weight. What is trained stays the weight as it was drawn. */
function normalize(norm: Norm, weight: Weight): Parametrization | undefined {
  // As the slide has it: no g.
  if (norm === 'weight norm, g = 1')
    return parametrize(weight, { forward: (v) => normalizeWeight(v, tf.ones([weight.shape[1]!])) });
  if (norm === 'weight norm') return weightNorm(weight);
  if (norm === 'spectral norm') return spectralNorm(weight);
  // Units of variance 2 over their entries, as in He's law, and a gain that is trained.
  if (norm === 'weight standardization') return weightStandardization(weight, { scaled: true, gamma: Math.SQRT2 });
  return undefined;
}
// #endregion

const rms = (tensor: tf.Tensor) => tf.sqrt(tf.mean(tf.square(tensor)));

/** What each hidden layer gives when the network is trained on these examples, as a standard deviation. */
async function signalOf({ probe }: Net, x: tf.Tensor): Promise<number[]> {
  const stds = tf.tidy(() =>
    tf.stack(
      [probe.apply(x, { training: true }) as tf.Tensor | tf.Tensor[]].flat().map((h) => rms(tf.sub(h, tf.mean(h)))),
    ),
  );
  const values = Array.from(await stds.data());
  stds.dispose();
  return values;
}

const finite = (value: number): number => (Number.isFinite(value) ? value : Number.NaN);

/** The rows of a batch, which the caller disposes. */
function batchOf({ x, y }: Examples, order: Uint32Array | Int32Array, at: number): [tf.Tensor, tf.Tensor] {
  const chosen = tf.tensor1d(Int32Array.from(order.subarray(at, at + BATCH)), 'int32');
  const batch: [tf.Tensor, tf.Tensor] = [tf.gather(x, chosen), tf.gather(y, chosen)];
  chosen.dispose();
  return batch;
}

function check(params: Params): void {
  const fn = 'normalization';
  checkOptions(fn, params, ['scale', 'beside', 'depth', 'epochs', 'rate', 'units', 'examples', 'seed']);
  checkRange(BESIDE.includes(params.beside), `${fn}: beside must be among ${BESIDE.join('; ')}`, params.beside);
  const within = (name: 'scale' | 'depth' | 'epochs' | 'rate' | 'units' | 'examples', least: number, most: number) => {
    const value = params[name];
    const ok = typeof value === 'number' && value >= least && value <= most;
    checkRange(ok, `${fn}: ${name} must be in [${least}, ${most}]`, value);
  };
  within('scale', 0.1, 10);
  within('depth', 1, 30);
  within('epochs', 0, 1000);
  within('rate', 0, 100);
  within('units', 2, 1000);
  within('examples', BATCH, 20_000);
  for (const name of ['depth', 'epochs', 'units', 'examples'] as const)
    checkRange(Number.isInteger(params[name]), `${fn}: ${name} must be an integer`, params[name]);
  checkRange(Number.isSafeInteger(params.seed), `${fn}: seed must be a safe integer`, params.seed);
}

/**
 * Trains the same network three times from the same first weights: as it is, with batch normalization, and with one normalization
 * of its weights.
 *
 * @param params - the scale of the first weights, which normalization, and training
 * @param run - the digits, progress with the result so far, and a way to stop
 */
export async function normalization(params: Params, { data, onProgress, signal }: Run<Result>): Promise<Result> {
  check(params);
  const { scale, beside, epochs, rate, examples, seed } = params;
  const digits = await data.digits({ train: examples, test: TEST });
  const [train, test] = [examplesOf(digits.train), examplesOf(digits.test)];
  const nets = (['nothing', 'batch norm', beside] as const).map((norm) => {
    const net = buildNet(norm, params, scale);
    const optimizer = tf.train.adam(rate);
    net.model.compile({ optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
    const run: NetRun = { norm, accuracy: Number.NaN, losses: [], signal: [] };
    return { ...net, optimizer, run };
  });
  const result: Result = { nets: nets.map(({ run }) => run), spectra: [] };
  const steps = epochs * Math.floor(examples / BATCH);
  const fast = fastKernels();
  try {
    result.spectra = await spectraOf(scale, params);
    const [x, y] = batchOf(train, permutation(examples, randomKey(seed, 'order/0')), 0);
    for (const net of nets) net.run.signal = await signalOf(net, x);
    tf.dispose([x, y]);
    await onProgress?.({ done: 0, label: 'the first step', result });
    for (let step = 0; step < steps; step++) {
      const at = (step * BATCH) % (BATCH * Math.floor(examples / BATCH));
      const epoch = Math.floor((step * epochs) / steps);
      const batch = batchOf(train, permutation(examples, randomKey(seed, `order/${epoch}`)), at);
      try {
        for (const { model, run } of nets) {
          signal?.throwIfAborted();
          run.losses.push(finite(((await model.trainOnBatch(...batch)) as number[])[0]!));
        }
      } finally {
        tf.dispose(batch);
      }
      await onProgress?.({ done: (step + 1) / steps, label: `epoch ${epoch + 1} of ${epochs}`, result });
    }
    for (const { model, run } of steps > 0 ? nets : []) {
      const [loss, accuracy] = model.evaluate(test.x, test.y, { batchSize: TEST }) as tf.Scalar[];
      run.accuracy = (await accuracy!.data())[0]!;
      tf.dispose([loss, accuracy]);
    }
    return result;
  } finally {
    fast.restore();
    for (const { model, optimizer, handles } of nets) {
      for (const handle of handles) handle.restore();
      model.dispose();
      optimizer.dispose();
    }
    tf.dispose([train, test]);
  }
}
