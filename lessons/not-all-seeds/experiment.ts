import * as tf from '@tensorflow/tfjs';
import { glorotNormal, type Initializer, normal, torchDefault, uniform, zeros } from '@weightkit/initializers';
import type { Run } from '@weightkit/lesson';

/** The laws that are compared: how kernels and biases start. */
export const LAWS = {
  'U(−5, 5)': { kernel: () => uniform({ min: -5, max: 5 }), bias: () => uniform({ min: -5, max: 5 }) },
  'U(−1, 1)': { kernel: () => uniform({ min: -1, max: 1 }), bias: () => uniform({ min: -1, max: 1 }) },
  'N(0, 1)': { kernel: () => normal({ std: 1 }), bias: () => normal({ std: 1 }) },
  Xavier: { kernel: () => glorotNormal(), bias: () => zeros() },
  'PyTorch’s default': { kernel: () => torchDefault(), bias: () => torchDefault() },
} as const satisfies Record<string, { kernel: () => Initializer; bias: () => Initializer }>;
export type Law = keyof typeof LAWS;

export interface Params {
  /** The law whose networks are shown one by one; all laws are trained. */
  law: Law;
  /** Networks of each law; their seeds go up from `seed`. */
  nets: number;
  /** Hidden units of each network. */
  hidden: number;
  /** Step of Adam. */
  rate: number;
  /** Steps after which a network that has not learned has failed. */
  steps: number;
  /** The network to follow, counted from 1; 0 for the first that fails. */
  follow: number;
  seed: number;
}

/** What became of a network. */
export interface Outcome {
  seed: number;
  /** Step at which its loss came down to 0.01; null where it did not. */
  learned: number | null;
  /** Its loss in the end. */
  loss: number;
}

/** The networks of the law that is shown, at one moment. */
export interface Moment {
  step: number;
  /** Weights and biases of each network, a row each: see `layout`. */
  weights: number[][];
  /** The loss of each. */
  losses: number[];
}

export interface Result {
  outcomes: Record<Law, Outcome[]>;
  moments: Moment[];
}

export const INPUTS: readonly (readonly [number, number])[] = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];
export const TARGETS: readonly number[] = [0, 1, 1, 0];
/** The notebook's: a loss at which training is done. */
export const GOAL = 0.01;
/** Moments that are kept beside the start. */
const MOMENTS = 12;

/** Where the weights of a network stand in its row: to each hidden unit from both inputs, its bias, its weight to the output; then the output's bias. */
export const layout = (hidden: number) => ({
  size: 4 * hidden + 1,
  input: (from: number, unit: number) => from * hidden + unit,
  bias: (unit: number) => 2 * hidden + unit,
  output: (unit: number) => 3 * hidden + unit,
  outputBias: 4 * hidden,
});

/** Matrices of 0, 1 and the inputs that take the sums of all networks at once: a row of weights times one of them is all sums of one kind. */
function matrices(inputs: readonly (readonly number[])[], hidden: number) {
  const { size, input, bias, output, outputBias } = layout(hidden);
  const columns = inputs.length * hidden;
  const matrix = (
    rows: number,
    width: number,
    fill: (set: (row: number, column: number, value: number) => void) => void,
  ) => {
    const values = new Float32Array(rows * width);
    fill((row, column, value) => {
      values[row * width + column] = value;
    });
    return tf.tensor2d(values, [rows, width]);
  };
  const each = (visit: (example: number, unit: number, column: number) => void) => {
    for (let column = 0; column < columns; column++) visit(Math.floor(column / hidden), column % hidden, column);
  };
  return {
    /** From weights to the sum of every hidden unit for every input. */
    sums: matrix(size, columns, (set) =>
      each((example, unit, column) => {
        set(input(0, unit), column, inputs[example]![0]!);
        set(input(1, unit), column, inputs[example]![1]!);
        set(bias(unit), column, 1);
      }),
    ),
    /** From weights to the one that each hidden unit has to the output. */
    outgoing: matrix(size, columns, (set) => each((_, unit, column) => set(output(unit), column, 1))),
    /** Adds up the hidden units of an input. */
    adds: matrix(columns, inputs.length, (set) => each((example, _, column) => set(column, example, 1))),
    /** From weights to the output's bias. */
    shift: matrix(size, inputs.length, (set) => {
      for (let example = 0; example < inputs.length; example++) set(outputBias, example, 1);
    }),
  };
}
type Matrices = ReturnType<typeof matrices>;

// #region one batch
/** What every network (a row of `nets`) answers to every input (a column of the result). */
function answers(nets: tf.Tensor2D, { sums, outgoing, adds, shift }: Matrices): tf.Tensor2D {
  const hidden = tf.sigmoid(tf.matMul(nets, sums));
  const weighted = tf.mul(hidden, tf.matMul(nets, outgoing));
  return tf.add(tf.matMul(weighted, adds), tf.matMul(nets, shift));
}

/** The mean squared error of every network. */
const losses = (nets: tf.Tensor2D, given: Matrices, targets: tf.Tensor1D): tf.Tensor1D =>
  tf.mean(tf.square(tf.sub(answers(nets, given), targets)), 1);
// #endregion

/** The start of a network by a law, as `initialize` would give it to a model with layers `hidden` and `output`. */
export async function startOf(law: Law, seed: number, hidden: number): Promise<number[]> {
  const { kernel, bias } = { kernel: LAWS[law].kernel(), bias: LAWS[law].bias() };
  const into = { fanIn: 2, fanOut: hidden };
  const out = { fanIn: hidden, fanOut: 1 };
  const parts = [
    kernel([2, hidden], { seed, path: 'hidden/kernel' }),
    bias([hidden], { seed, path: 'hidden/bias', fans: into }),
    kernel([hidden, 1], { seed, path: 'output/kernel' }),
    bias([1], { seed, path: 'output/bias', fans: out }),
  ];
  const values: number[] = [];
  for (const part of parts) values.push(...(await part.data()));
  tf.dispose(parts);
  return values;
}

/** Trains the networks of all laws at once, on XOR, as rows of one tensor, and looks at which of them learn it. */
export async function notAllSeeds(params: Params, { onProgress, signal }: Omit<Run<Result>, 'data'>): Promise<Result> {
  const { law, nets, hidden, rate, steps, seed } = params;
  const laws = Object.keys(LAWS) as Law[];
  const starts: number[][] = [];
  for (const one of laws) for (let i = 0; i < nets; i++) starts.push(await startOf(one, seed + i, hidden));
  const shown = laws.indexOf(law) * nets;
  const all = starts.map((_, i): Outcome => ({ seed: seed + (i % nets), learned: null, loss: Number.NaN }));
  const outcomes = Object.fromEntries(laws.map((one, k) => [one, all.slice(k * nets, (k + 1) * nets)]));
  const result: Result = { outcomes: outcomes as Result['outcomes'], moments: [] };
  const first = tf.tensor2d(starts);
  const weights = tf.variable(first);
  first.dispose();
  const given = matrices(INPUTS, hidden);
  const targets = tf.tensor1d(TARGETS as number[]);
  const adam = tf.train.adam(rate, 0.9, 0.999, 1e-8);
  const every = Math.max(1, Math.ceil(steps / MOMENTS));

  /** Takes down the losses before a step, and the weights where that is a moment to be kept. */
  async function look(step: number, values: Float32Array | Int32Array | Uint8Array): Promise<void> {
    for (const [i, outcome] of all.entries()) {
      outcome.loss = values[i]!;
      if (outcome.learned === null && values[i]! <= GOAL) outcome.learned = step;
    }
    if (step % every !== 0 && step !== steps) return;
    const flat = await weights.data();
    const { size } = layout(hidden);
    const rows = Array.from({ length: nets }, (_, i) =>
      Array.from(flat.subarray((shown + i) * size, (shown + i + 1) * size)),
    );
    result.moments.push({ step, weights: rows, losses: Array.from(values.subarray(shown, shown + nets)) });
  }

  try {
    for (let step = 0; step <= steps; step++) {
      signal?.throwIfAborted();
      // Each network has only its own weights in its own loss, so the gradient of the sum is the gradient of each.
      let each: tf.Tensor1D | undefined;
      const { value, grads } = tf.variableGrads(() => {
        each = tf.keep(losses(weights as unknown as tf.Tensor2D, given, targets));
        return tf.sum(each);
      }, [weights]);
      await look(step, await each!.data());
      if (step < steps) adam.applyGradients(Object.entries(grads).map(([name, tensor]) => ({ name, tensor })));
      tf.dispose([value, each!, grads]);
      await onProgress?.({ done: step / steps, label: `step ${step} of ${steps}`, result });
    }
    return result;
  } finally {
    tf.dispose([weights, given, targets]);
    adam.dispose();
  }
}
