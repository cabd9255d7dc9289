import * as tf from '@tensorflow/tfjs';
import { type Weight, weightsOf } from '@weightkit/core';
import { type Digits, PIXELS } from '@weightkit/datasets';
import { constant, heNormal, type Initializer, initialize, normal, zeros } from '@weightkit/initializers';
import type { Run } from '@weightkit/lesson';
import { fillNormal, permutation, randomKey } from '@weightkit/numerics';
import { compare, type Snapshot, snapshot } from '@weightkit/weight-metrics';

/** How the kernels of a network start. */
export type Start = 'zeros' | 'constant' | 'random';

export interface Params {
  /** Handwritten digits, or the slide's 100 random points in 5 dimensions with random targets. */
  task: 'digits' | 'slide';
  /** How kernels start: one way, or three networks side by side that get the same examples. */
  start: 'side by side' | Start;
  /** Which kernels start so; the others start at random. */
  layers: 'all' | 'first' | 'second' | 'output';
  /** Value of the constant start. */
  value: number;
  /** Whether one weight of the first layer gets 0.1 more than the others. */
  oneDifferent: boolean;
  biases: 'zero' | 'random';
  activation: 'relu' | 'tanh';
  /** Gradient descent with step 0.1, or Adam with step 0.001, which the slide uses. */
  optimizer: 'sgd' | 'adam';
  /** Units of each hidden layer. */
  units: number;
  /** Training images of the digits. */
  examples: number;
  epochs: number;
  seed: number;
}

/** What is seen of a network at one moment of the run. */
export interface Moment {
  epoch: number;
  /** Mean loss on the test digits; on all points of the slide. */
  loss: number;
  /** Share of the test digits that are classified correctly; NaN for the slide. */
  accuracy: number;
  /** By hidden layer, the largest difference of any two units in an incoming weight or bias. */
  spread: Record<string, number>;
  /** By hidden layer, how many units are different from each other. */
  different: Record<string, number>;
  /** Of the first layer, the weights from some inputs (`WATCHED`): `seen[input][unit]`. */
  seen: number[][];
  /** By layer, the biases. */
  biases: Record<string, number[]>;
  /** The kernels of the layers above the first, `kernels[layer][from][to]`. */
  kernels: Record<string, number[][]>;
}

/** One network and what became of it. */
export interface Net {
  start: Start;
  moments: Moment[];
  /** By weight, the largest change of an entry from the start. */
  moved: Record<string, number>;
}

export interface Result {
  /** One network, or three side by side: from zeros, from a constant, from random numbers. */
  nets: Net[];
}

const OPTIMIZERS = { sgd: () => tf.train.sgd(0.1), adam: () => tf.train.adam(0.001) };
const STARTS: Record<Start, (value: number) => Initializer> = {
  zeros: () => zeros(),
  constant: (value) => constant({ value }),
  random: () => heNormal(),
};
const BATCH = 32;
/** Inputs whose weights are kept: pixels down the middle of the picture, or all five of the slide. */
export const WATCHED = {
  digits: [6, 8, 10, 12, 14, 16, 18, 20].map((row) => row * 28 + 14),
  slide: [0, 1, 2, 3, 4],
};
/** The input of the one weight that may start higher. */
const MIDDLE = { digits: 14 * 28 + 14, slide: 2 };
/** How many moments of a run are kept, beside its start. */
const MOMENTS = 10;

/** Examples as rows of inputs and of targets. */
interface Examples {
  count: number;
  x: Float32Array;
  y: Float32Array;
}

interface Task {
  name: Params['task'];
  inputs: number;
  outputs: number;
  train: Examples;
  test: Examples;
}

function slideTask(seed: number): Task {
  const draw = (name: string, columns: number) => fillNormal(new Float32Array(100 * columns), randomKey(seed, name));
  const points = { count: 100, x: draw('x', 5), y: draw('y', 1) };
  return { name: 'slide', inputs: 5, outputs: 1, train: points, test: points };
}

function examplesOf({ count, pixels, labels }: Digits): Examples {
  const y = new Float32Array(count * 10);
  for (const [i, label] of labels.entries()) y[i * 10 + label] = 1;
  return { count, x: Float32Array.from(pixels, (pixel) => pixel / 255), y };
}

async function digitsTask({ examples }: Params, { data }: Run<Result>): Promise<Task> {
  const test = Math.min(500, Math.ceil(examples / 2));
  const digits = await data.digits({ train: examples, test });
  return {
    name: 'digits',
    inputs: PIXELS,
    outputs: 10,
    train: examplesOf(digits.train),
    test: examplesOf(digits.test),
  };
}

/** The examples at these indices, or all, as tensors; the caller disposes both. */
function tensorsOf({ inputs, outputs }: Task, { count, x, y }: Examples, indices?: ArrayLike<number>) {
  const rows = (values: Float32Array, columns: number) => {
    if (!indices) return tf.tensor2d(values, [count, columns]);
    const chosen = new Float32Array(indices.length * columns);
    for (let i = 0; i < indices.length; i++)
      chosen.set(values.subarray(indices[i]! * columns, (indices[i]! + 1) * columns), i * columns);
    return tf.tensor2d(chosen, [indices.length, columns]);
  };
  return { x: rows(x, inputs), y: rows(y, outputs) };
}

/** 784-units-units-10 for the digits, 5-units-1 for the slide. */
function build({ task, activation, optimizer, units }: Params, inputs: number): tf.Sequential {
  const model = tf.sequential();
  model.add(tf.layers.dense({ name: 'first', units, activation, inputShape: [inputs] }));
  if (task === 'digits') model.add(tf.layers.dense({ name: 'second', units, activation }));
  const output = task === 'digits' ? ({ units: 10, activation: 'softmax' } as const) : { units: 1 };
  model.add(tf.layers.dense({ name: 'output', ...output }));
  const loss = task === 'digits' ? 'categoricalCrossentropy' : 'meanSquaredError';
  model.compile({ optimizer: OPTIMIZERS[optimizer](), loss, metrics: task === 'digits' ? ['accuracy'] : [] });
  return model;
}

/** Gives every kernel and bias its start. */
async function begin(model: tf.Sequential, start: Start, params: Params): Promise<void> {
  const { layers, value, oneDifferent, biases, seed } = params;
  const chosen = layers === 'all' ? '*/kernel' : `${layers}/kernel`;
  initialize(model, { [chosen]: STARTS[start](value), ...(layers !== 'all' && { '*/kernel': heNormal() }) }, { seed });
  initialize(model, { '*/bias': biases === 'zero' ? zeros() : normal({ std: 0.1 }) }, { seed });
  if (!oneDifferent) return;
  const [kernel] = weightsOf(model, 'first/kernel') as [Weight];
  const values = (await snapshot(model)).get('first/kernel')!;
  const index = MIDDLE[params.task] * kernel.shape[1]!; // to the first unit
  values[index] = values[index]! + 0.1;
  tf.tidy(() => kernel.write(tf.tensor(values, [...kernel.shape])));
}

/** The kernel of a dense layer by rows, one for each input, those of the chosen inputs or all. */
function rowsOf(values: Snapshot, layer: string, inputs?: readonly number[]): number[][] {
  const [kernel, units] = [values.get(`${layer}/kernel`)!, values.get(`${layer}/bias`)!.length];
  const all = inputs ?? Array.from({ length: kernel.length / units }, (_, input) => input);
  return all.map((input) => Array.from(kernel.subarray(input * units, (input + 1) * units)));
}

/** The units of a dense layer: for each one its incoming weights and its bias. */
function unitsOf(values: Snapshot, layer: string): number[][] {
  const [kernel, bias] = [values.get(`${layer}/kernel`)!, values.get(`${layer}/bias`)!];
  const inputs = kernel.length / bias.length;
  return Array.from(bias, (b, unit) => [
    ...Array.from({ length: inputs }, (_, input) => kernel[input * bias.length + unit]!),
    b,
  ]);
}

/** Largest difference of two units in one of their weights. */
const distance = (a: readonly number[], b: readonly number[]) =>
  a.reduce((most, weight, i) => Math.max(most, Math.abs(weight - b[i]!)), 0);

/** How many of the units are different: those within 1e-4 of an earlier one count with it. */
function countDifferent(units: readonly number[][]): number {
  const kinds: number[][] = [];
  for (const unit of units) if (!kinds.some((kind) => distance(kind, unit) <= 1e-4)) kinds.push(unit);
  return kinds.length;
}

/** Largest difference of any two units in one of their weights. */
function spreadOf(units: readonly number[][]): number {
  const column = (i: number) => units.map((unit) => unit[i]!);
  return units[0]!.reduce((most, _, i) => Math.max(most, Math.max(...column(i)) - Math.min(...column(i))), 0);
}

async function observe(model: tf.Sequential, task: Task, epoch: number): Promise<Moment> {
  const { x, y } = tensorsOf(task, task.test);
  const [loss, accuracy] = [model.evaluate(x, y, { batchSize: 500 })].flat() as tf.Scalar[];
  const values = await snapshot(model);
  const names = model.layers.map(({ name }) => name);
  const hidden = names.slice(0, -1).map((name) => [name, unitsOf(values, name)] as const);
  const moment: Moment = {
    epoch,
    loss: (await loss!.data())[0]!,
    accuracy: accuracy ? (await accuracy.data())[0]! : Number.NaN,
    spread: Object.fromEntries(hidden.map(([name, units]) => [name, spreadOf(units)])),
    different: Object.fromEntries(hidden.map(([name, units]) => [name, countDifferent(units)])),
    seen: rowsOf(values, 'first', WATCHED[task.name]),
    biases: Object.fromEntries(names.map((name) => [name, Array.from(values.get(`${name}/bias`)!)])),
    kernels: Object.fromEntries(names.slice(1).map((name) => [name, rowsOf(values, name)])),
  };
  tf.dispose([x, y, loss!, accuracy ?? []]);
  return moment;
}

async function movedSince(begin: Snapshot, model: tf.Sequential): Promise<Net['moved']> {
  const deltas = await compare(begin, model);
  return Object.fromEntries(deltas.map((delta) => [delta.path, delta.matched ? delta.maxAbs : Number.NaN]));
}

/** Trains small networks and watches whether their hidden units ever become different from each other. */
export async function breakingSymmetry(params: Params, run: Run<Result>): Promise<Result> {
  const { task: name, epochs, seed } = params;
  const task = name === 'digits' ? await digitsTask(params, run) : slideTask(seed);
  const starts = params.start === 'side by side' ? (Object.keys(STARTS) as Start[]) : [params.start];
  const nets = starts.map((start) => ({ start, model: build(params, task.inputs), before: new Map() as Snapshot }));
  const result: Result = { nets: starts.map((start) => ({ start, moments: [], moved: {} })) };
  const look = async (epoch: number) => {
    for (const [i, { model, before }] of nets.entries()) {
      result.nets[i]!.moments.push(await observe(model, task, epoch));
      result.nets[i]!.moved = await movedSince(before, model);
    }
  };
  try {
    for (const net of nets) {
      await begin(net.model, net.start, params);
      net.before = await snapshot(net.model);
    }
    await look(0);
    const { count } = task.train;
    const batches = Math.floor(count / BATCH);
    const every = Math.max(1, Math.floor((epochs * batches) / MOMENTS));
    let step = 0;
    for (let epoch = 0; epoch < epochs; epoch++) {
      const order = permutation(count, randomKey(seed, `order/${epoch}`));
      for (let from = 0; from + BATCH <= count; from += BATCH) {
        run.signal?.throwIfAborted();
        const { x, y } = tensorsOf(task, task.train, order.subarray(from, from + BATCH));
        for (const { model } of nets) await model.trainOnBatch(x, y);
        tf.dispose([x, y]);
        if (++step % every === 0 || step === epochs * batches) await look(step / batches);
        await run.onProgress?.({ done: step / (epochs * batches), label: `epoch ${epoch + 1} of ${epochs}`, result });
      }
    }
    return result;
  } finally {
    for (const { model } of nets) {
      model.optimizer.dispose();
      model.dispose();
    }
  }
}
