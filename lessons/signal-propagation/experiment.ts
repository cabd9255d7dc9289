import * as tf from '@tensorflow/tfjs';
import { type Digits, PIXELS } from '@weightkit/datasets';
import { glorotUniform, heNormal, initialize, normal, signalReport } from '@weightkit/initializers';
import type { Run } from '@weightkit/lesson';
import { fillNormal, permutation, randomKey } from '@weightkit/numerics';

export interface Params {
  /** Standard deviation of the weights. */
  std: number;
  activation: 'relu' | 'tanh' | 'sigmoid' | 'linear';
  /** Layers, one after the other, each of so many units. */
  depth: number;
  units: number;
  /** Random inputs that are sent through. */
  samples: number;
  /** Whether the same layers are also trained on digits. */
  train: boolean;
  seed: number;
}

/** What is seen of a layer. Scales are root mean squares, by their logarithm to base 10; −∞ for 0. */
export interface Layer {
  /** Scale of the sums before the activation. */
  sums: number;
  /** Scale of the activations. */
  activations: number;
  /** Scale of the gradient at the sums, where that at the last activations is 1. */
  gradients: number;
  /** What `signalReport` predicts from the weights alone. */
  predicted: { sums: number; gradients: number };
  /** Mean of the activations over their root mean square. */
  mean: number;
  /** Share of the activations that are 0, and how many have a size in each bin of `Result.edges`, of the first samples. */
  zeros: number;
  counts: number[];
}

/** The same layers with weights of another scale. */
export interface SweepPoint {
  std: number;
  /** Scale of the last activations, by its logarithm to base 10. */
  final: number;
}

/** What came of training. */
export interface Trained {
  /** Mean loss of each epoch; NaN once it is not finite. */
  loss: number[];
  /** Share of the test digits that are classified correctly. */
  accuracy: number;
}

export interface Result {
  layers: Layer[];
  /** Edges of the bins of sizes, as logarithms to base 10. */
  edges: number[];
  sweep: SweepPoint[];
  trained?: Trained;
}

/** The scales of the slide: `np.logspace(-4, 1, 50)`. */
export const STDS: readonly number[] = Array.from({ length: 50 }, (_, i) => 10 ** (-4 + (5 * i) / 49));
/** Samples of each scale of the sweep, and of the histograms. */
const FEW = { sweep: 4, histogram: 100 };
const BINS = 64;
/** Images, passes over them, and the step of gradient descent. */
export const TRAINING = { train: 2000, test: 1000, epochs: 4, batch: 50, step: 0.02 };

// #region signal
/**
 * Numbers that 32 bits cannot hold: `tensor` times e to the power of `log`, one for each group of samples. The tensor keeps a root
 * mean square of 1; the scales are numbers of JavaScript, which have 64 bits.
 */
interface Signal {
  /** Groups, samples, units. */
  tensor: tf.Tensor3D;
  log: number[];
}

/** Takes the root mean square of each group out of the tensor, which it disposes, and into its scale. */
async function normalized(tensor: tf.Tensor3D, log: readonly number[]): Promise<Signal> {
  const values = (await tensor.data()) as Float32Array;
  const length = values.length / log.length;
  const sizes = log.map((_, group) => {
    let sum = 0; // in 64 bits: the squares do not vanish
    for (let i = group * length; i < (group + 1) * length; i++) sum += values[i]! * values[i]!;
    return Math.sqrt(sum / length);
  });
  const unit = tf.tidy((): tf.Tensor3D => {
    const shares = sizes.map((size) => (size > 0 ? 1 / size : 0));
    return tf.mul(tensor, tf.tensor3d(shares, [log.length, 1, 1]));
  });
  tensor.dispose();
  return { tensor: unit, log: log.map((old, group) => old + Math.log(sizes[group]!)) };
}

/** The sums of a dense layer whose weights are `kernel` times the standard deviation of each group; `back`: of its gradient. */
function sumsOf({ tensor, log }: Signal, kernel: tf.Tensor2D, stds: readonly number[], back = false): Promise<Signal> {
  const flat = tf.tidy(() => tf.matMul(tf.reshape(tensor, [-1, tensor.shape[2]]), kernel, false, back));
  const sums = tf.reshape(flat, tensor.shape) as tf.Tensor3D;
  flat.dispose();
  return normalized(
    sums,
    log.map((old, group) => old + Math.log(stds[group]!)),
  );
}
// #endregion

/** The scales of the groups as a tensor, in a range that 32 bits hold; the caller disposes it. */
const scalesOf = ({ log }: Signal, least: number) =>
  tf.tensor3d(
    log.map((value) => Math.min(Math.max(Math.exp(value), least), 1e30)),
    [log.length, 1, 1],
  );

interface Activation {
  /** The activations of sums: over the sums' scale where they keep it. */
  of: (sums: Signal) => tf.Tensor3D;
  keeps: boolean;
  /** Its slope at the sums. */
  slope: (sums: Signal) => tf.Tensor3D;
}

/** Below this size tanh is a straight line, to the seven digits of 32 bits. */
const STRAIGHT = 1e-4;
/** In a tidy. ReLU and the straight line commute with a scale; tanh and sigmoid need the sums as they are. */
const ACTIVATIONS: Record<Params['activation'], Activation> = {
  linear: {
    of: ({ tensor }) => tf.clone(tensor),
    keeps: true,
    slope: ({ tensor }) => tf.onesLike(tensor),
  },
  relu: {
    of: ({ tensor }) => tf.relu(tensor),
    keeps: true,
    slope: ({ tensor }) => tf.step(tensor),
  },
  tanh: {
    of: (sums) => {
      const scale = scalesOf(sums, STRAIGHT);
      return tf.div(tf.tanh(tf.mul(sums.tensor, scale)), scale);
    },
    keeps: true,
    slope: (sums) => tf.sub(1, tf.square(tf.tanh(tf.mul(sums.tensor, scalesOf(sums, 0))))),
  },
  sigmoid: {
    of: (sums) => tf.sigmoid(tf.mul(sums.tensor, scalesOf(sums, 0))),
    keeps: false,
    slope: (sums) => {
      const y = tf.sigmoid(tf.mul(sums.tensor, scalesOf(sums, 0)));
      return tf.mul(y, tf.sub(1, y));
    },
  },
};

/** Sums and activations of each layer. */
interface Trace {
  sums: Signal;
  activations: Signal;
}

/** Random inputs of mean square 1, the same for every group. */
function inputsOf({ seed, units }: Params, groups: number, samples: number): tf.Tensor3D {
  const x = fillNormal(new Float32Array(samples * units), randomKey(seed, 'x'));
  return tf.tidy(() => tf.tile(tf.tensor3d(x, [1, samples, units]), [groups, 1, 1]));
}

/** Sends inputs through the layers; each group of samples has weights of another standard deviation. */
async function forward(params: Params, kernels: readonly tf.Tensor2D[], stds: readonly number[], samples: number) {
  const { of, keeps } = ACTIVATIONS[params.activation];
  const traces: Trace[] = [];
  const input: Signal = { tensor: inputsOf(params, stds.length, samples), log: stds.map(() => 0) };
  let x = input;
  for (const kernel of kernels) {
    const sums = await sumsOf(x, kernel, stds);
    x = await normalized(
      tf.tidy(() => of(sums)),
      keeps ? sums.log : stds.map(() => 0),
    );
    traces.push({ sums, activations: x });
  }
  input.tensor.dispose();
  return traces;
}

/** The gradient at the sums of each layer, from random gradients of mean square 1 at the last activations: natural logarithms. */
async function backward(params: Params, kernels: readonly tf.Tensor2D[], traces: readonly Trace[]): Promise<number[]> {
  const { slope } = ACTIVATIONS[params.activation];
  const last = traces.at(-1)!.sums.tensor;
  const noise = fillNormal(new Float32Array(last.size), randomKey(params.seed, 'gradient'));
  let back: Signal = { tensor: tf.tensor3d(noise, last.shape), log: [0] };
  const scales: number[] = [];
  for (let l = traces.length - 1; l >= 0; l--) {
    const arriving = back.tensor;
    const at = await normalized(
      tf.tidy((): tf.Tensor3D => tf.mul(arriving, slope(traces[l]!.sums))),
      back.log,
    );
    arriving.dispose();
    scales[l] = at.log[0]!;
    back = await sumsOf(at, kernels[l]!, [params.std], true);
    at.tensor.dispose();
  }
  back.tensor.dispose();
  return scales;
}

const tenth = (natural: number): number => natural / Math.LN10;

/** Sizes of the first samples' activations by bins, and how many are 0. */
function histogram(values: Float32Array, log: number, edges: readonly number[]): Pick<Layer, 'counts' | 'zeros'> {
  const counts = Array<number>(edges.length - 1).fill(0);
  const [least, width] = [edges[0]!, edges[1]! - edges[0]!];
  let zeros = 0;
  for (const value of values) {
    if (value === 0) zeros++;
    else {
      const bin = Math.floor((Math.log10(Math.abs(value)) + tenth(log) - least) / width);
      if (bin >= 0 && bin < counts.length) counts[bin]!++;
    }
  }
  return { counts, zeros: zeros / values.length };
}

/** Edges of bins for sizes around these scales. */
function edgesFor(scales: readonly number[]): number[] {
  const finite = scales.filter(Number.isFinite);
  const from = Math.floor(Math.min(...finite, 0) - 1.5);
  const to = Math.max(Math.ceil(Math.max(...finite, 0) + 0.7), from + 4);
  return Array.from({ length: BINS + 1 }, (_, i) => from + ((to - from) * i) / BINS);
}

/** What `signalReport` of @weightkit/initializers says of these layers, from their weights alone. */
async function predict({ std, activation, depth, units, seed }: Params): Promise<Layer['predicted'][]> {
  const model = tf.sequential();
  for (let l = 1; l <= depth; l++)
    model.add(
      tf.layers.dense({ name: `layer${l}`, units, activation, inputShape: [units], kernelInitializer: 'zeros' }),
    );
  try {
    initialize(model, { '*/kernel': normal({ std }) }, { seed });
    const { layers } = await signalReport(model);
    return layers.map(({ forward, backward }) => ({
      sums: Math.log10(forward.predicted ?? Number.NaN) / 2,
      gradients: Math.log10(backward.predicted ?? Number.NaN) / 2,
    }));
  } finally {
    model.dispose();
  }
}

/** The layers with weights of standard deviation `std`, forward and back, and the last of them for fifty scales more. */
async function measure(params: Params): Promise<Omit<Result, 'trained'>> {
  const { std, depth, units, samples, seed } = params;
  const kernels = Array.from({ length: depth }, (_, l) =>
    normal({ std: 1 })([units, units], { seed, path: `layer${l + 1}/kernel` }),
  ) as tf.Tensor2D[];
  const predicted = await predict(params);
  const traces = await forward(params, kernels, [std], samples);
  const others = await forward(params, kernels, STDS, FEW.sweep);
  const gradients = await backward(params, kernels, traces);
  const scales = traces.map(({ activations }) => tenth(activations.log[0]!));
  const edges = edgesFor(scales);
  const layers: Layer[] = [];
  for (const [l, { sums, activations }] of traces.entries()) {
    const { tensor, log } = activations;
    const [mean, first] = tf.tidy(() => [
      tf.mean(tensor),
      tf.slice(tensor, 0, [1, Math.min(FEW.histogram, samples), units]),
    ]) as [tf.Scalar, tf.Tensor];
    const values = (await first.data()) as Float32Array;
    layers.push({
      sums: tenth(sums.log[0]!),
      activations: scales[l]!,
      gradients: tenth(gradients[l]!),
      predicted: predicted[l]!,
      mean: (await mean.data())[0]!,
      ...histogram(values, log[0]!, edges),
    });
    tf.dispose([mean, first]);
  }
  const last = others.at(-1)!.activations;
  tf.dispose([kernels, [...traces, ...others].map(({ sums, activations }) => [sums.tensor, activations.tensor])]);
  return { layers, edges, sweep: STDS.map((std, i) => ({ std, final: tenth(last.log[i]!) })) };
}

/** Pixels with mean 0 and variance 1 over all images, about, and one-hot labels; the caller disposes both. */
function tensorsOf({ count, pixels, labels }: Digits): { x: tf.Tensor2D; y: tf.Tensor2D } {
  const y = new Float32Array(count * 10);
  for (const [i, label] of labels.entries()) y[i * 10 + label] = 1;
  const x = Float32Array.from(pixels, (pixel) => (pixel / 255 - 0.1307) / 0.3081);
  return { x: tf.tensor2d(x, [count, PIXELS]), y: tf.tensor2d(y, [count, 10]) };
}

/** Trains the layers on digits, with a layer before them that reads the pixels and one behind them that names the digit. */
async function trainOn(params: Params, run: Run<Result>, soFar: Result): Promise<Trained> {
  const { std, activation, depth, units, seed } = params;
  const { train, test, epochs, batch, step } = TRAINING;
  const digits = await run.data.digits({ train, test });
  const own = { kernelInitializer: 'zeros' } as const;
  const model = tf.sequential();
  model.add(tf.layers.dense({ name: 'first', units, activation, inputShape: [PIXELS], ...own }));
  for (let l = 1; l <= depth; l++) model.add(tf.layers.dense({ name: `layer${l}`, units, activation, ...own }));
  model.add(tf.layers.dense({ name: 'output', units: 10, activation: 'softmax', ...own }));
  initialize(
    model,
    { 'first/kernel': heNormal(), 'output/kernel': glorotUniform(), '*/kernel': normal({ std }) },
    { seed },
  );
  model.compile({ optimizer: tf.train.sgd(step), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  const [{ x, y }, tested] = [tensorsOf(digits.train), tensorsOf(digits.test)];
  const trained: Trained = { loss: [], accuracy: Number.NaN };
  try {
    const batches = train / batch;
    for (let epoch = 0; epoch < epochs; epoch++) {
      const order = permutation(train, randomKey(seed, `order/${epoch}`));
      let sum = 0;
      for (let b = 0; b < batches; b++) {
        run.signal?.throwIfAborted();
        const chosen = tf.tensor1d(Int32Array.from(order.subarray(b * batch, (b + 1) * batch)), 'int32');
        const [some, labels] = [tf.gather(x, chosen), tf.gather(y, chosen)];
        const [loss] = (await model.trainOnBatch(some, labels)) as number[];
        tf.dispose([chosen, some, labels]);
        sum += loss!;
        const done = (epoch * batches + b + 1) / (epochs * batches);
        await run.onProgress?.({ done, label: `epoch ${epoch + 1} of ${epochs}`, result: soFar });
      }
      trained.loss.push(Number.isFinite(sum) ? sum / batches : Number.NaN);
    }
    const [loss, accuracy] = model.evaluate(tested.x, tested.y, { batchSize: test }) as tf.Scalar[];
    trained.accuracy = (await accuracy!.data())[0]!;
    tf.dispose([loss!, accuracy!]);
    return trained;
  } finally {
    tf.dispose([x, y, tested.x, tested.y]);
    model.optimizer.dispose();
    model.dispose();
  }
}

/** Sends random inputs through layers of random weights and looks at the scale of what arrives, forward and back. */
export async function signalPropagation(params: Params, run: Run<Result>): Promise<Result> {
  const result = await measure(params);
  await run.onProgress?.({ done: params.train ? 0 : 1, label: 'signals', result });
  return params.train ? { ...result, trained: await trainOn(params, run, result) } : result;
}
