import * as tf from '@tensorflow/tfjs';
import { glorotNormal, heNormal, type Initializer } from '@weightkit/initializers';
import type { Run } from '@weightkit/lesson';
import { permutation, randomKey } from '@weightkit/numerics';
import { type AllAdvice, allAdvice } from './advice.ts';
import type { Activation, Kind, Then } from './choices.ts';
import { type Examples, examplesOf, INPUTS, shrink, spreadOf } from './digits.ts';

export interface Params {
  activation: Activation;
  /** Hidden layers, each of so many units. */
  depth: number;
  units: number;
  /** Pairs of networks; their seeds go up from `seed`. */
  pairs: number;
  seed: number;
  /** The slide's network says whether a digit is 5 or more; the other names the digit. */
  network: 'all of one width' | 'slide 12: 100-64-32-1';
  optimizer: 'SGD' | 'Adam';
  epochs: number;
  /** The layer that the recommender is asked about. */
  layer: Kind;
  after: Then;
}

/** One network of a pair. */
export interface Trained {
  /** Loss on the training digits before training and after each epoch; null once it is not finite. */
  loss: (number | null)[];
  /** Share of the test digits that it says right. */
  accuracy: number;
  /** Scale of the activations of each hidden layer before training: the root of their mean square. */
  scales: number[];
}

/** Two networks from the same random numbers, which the two laws only scale. */
export interface Pair {
  seed: number;
  xavier: Trained;
  he: Trained;
}

export interface Result {
  pairs: Pair[];
  /** What `recommend` says of every layer that can be chosen. */
  advice: AllAdvice;
}

export const LAWS = { xavier: glorotNormal, he: heNormal } as const satisfies Record<string, () => Initializer>;
export type LawName = keyof typeof LAWS;
export const DATA = { train: 1000, test: 500, batch: 50 };
export const RATES = { SGD: 0.05, Adam: 0.001 };

/** Inputs and units of each layer. */
export function layersOf({ network, depth, units }: Pick<Params, 'network' | 'depth' | 'units'>): [number, number][] {
  const hidden = network === 'all of one width' ? Array<number>(depth).fill(units) : [64, 32];
  const widths = [INPUTS, ...hidden, network === 'all of one width' ? 10 : 1];
  return widths.slice(1).map((width, l) => [widths[l]!, width]);
}

const ACTIVATIONS = { relu: tf.relu, tanh: tf.tanh, sigmoid: tf.sigmoid, selu: tf.selu } as const;

/** x · w. The gradient of w multiplies by x transposed first: asked for in one go, that product takes five times as long on wasm. */
const product = tf.customGrad((x, kernel, save) => {
  (save as (tensors: tf.Tensor[]) => void)([x as tf.Tensor, kernel as tf.Tensor]);
  return {
    value: tf.matMul(x as tf.Tensor2D, kernel as tf.Tensor2D),
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => [
      tf.matMul(dy, tf.transpose(saved[1]!)),
      tf.matMul(tf.transpose(saved[0]!), dy),
    ],
  };
}) as (x: tf.Tensor, kernel: tf.Tensor) => tf.Tensor2D;

/** Kernel and bias of each layer, one after the other. */
type Weights = readonly tf.Variable[];

/** The activations of the hidden layers, and behind them what the network says. */
function forward(weights: Weights, activation: Activation, x: tf.Tensor2D): tf.Tensor2D[] {
  const all: tf.Tensor2D[] = [];
  for (let l = 0; l < weights.length; l += 2) {
    const sums = tf.add(product(all.at(-1) ?? x, weights[l]!), weights[l + 1]!) as tf.Tensor2D;
    all.push(l + 2 < weights.length ? ACTIVATIONS[activation](sums) : sums);
  }
  return all;
}

interface Task {
  /** Mean loss of what a network says. */
  loss(said: tf.Tensor2D, wanted: tf.Tensor2D): tf.Scalar;
  /** 1 where it is right. */
  right(said: tf.Tensor2D, wanted: tf.Tensor2D): tf.Tensor;
  wanted(examples: Examples): tf.Tensor2D;
}

const NAMES_DIGITS: Task = {
  loss: (said, wanted) => tf.losses.softmaxCrossEntropy(wanted, said) as tf.Scalar,
  right: (said, wanted) => tf.equal(tf.argMax(said, 1), tf.argMax(wanted, 1)),
  wanted: ({ digit }) => digit,
};
const FIVE_OR_MORE: Task = {
  loss: (said, wanted) => tf.mean(tf.square(tf.sub(said, wanted))),
  right: (said, wanted) => tf.greater(tf.mul(said, wanted), 0),
  wanted: ({ large }) => large,
};

// #region pair
/** The weights of a network by a law; of two laws with the same seed the same random numbers. */
function startedBy(law: LawName, params: Params, seed: number): tf.Variable[] {
  return layersOf(params).flatMap(([inputs, units], l) =>
    tf.tidy(() => {
      const kernel = LAWS[law]()([inputs, units], { seed, path: `layer${l + 1}/kernel` });
      return [tf.variable(kernel), tf.variable(tf.zeros([units]))];
    }),
  );
}
// #endregion

async function numberOf(tensor: tf.Tensor): Promise<number> {
  const [value] = await tensor.data();
  tensor.dispose();
  return value!;
}

/** Trains one network; of two with the same seed the digits come in the same order. */
async function trained(
  law: LawName,
  params: Params,
  seed: number,
  { train, test }: { train: Examples; test: Examples },
  signal: AbortSignal | undefined,
): Promise<Trained> {
  const { activation, optimizer, epochs, network } = params;
  const task = network === 'all of one width' ? NAMES_DIGITS : FIVE_OR_MORE;
  const weights = startedBy(law, params, seed);
  const trainer = optimizer === 'SGD' ? tf.train.sgd(RATES.SGD) : tf.train.adam(RATES.Adam);
  const lossOn = ({ x }: Examples, wanted: tf.Tensor2D) => task.loss(forward(weights, activation, x).at(-1)!, wanted);
  const lossNow = async () => {
    const value = await numberOf(tf.tidy(() => lossOn(train, task.wanted(train))));
    return Number.isFinite(value) ? value : null;
  };
  try {
    const scales = tf.tidy(() =>
      tf.stack(
        forward(weights, activation, test.x)
          .slice(0, -1)
          .map((x) => tf.sqrt(tf.mean(tf.square(x)))),
      ),
    );
    const result: Trained = { loss: [await lossNow()], accuracy: 0, scales: Array.from(await scales.data()) };
    scales.dispose();
    for (let epoch = 0; epoch < epochs; epoch++) {
      const order = permutation(DATA.train, randomKey(seed, `order/${epoch}`));
      for (let at = 0; at < DATA.train; at += DATA.batch) {
        tf.tidy(() => {
          const chosen = tf.tensor1d(Int32Array.from(order.subarray(at, at + DATA.batch)), 'int32');
          const some = { ...train, x: tf.gather(train.x, chosen) };
          const wanted = tf.gather(task.wanted(train), chosen);
          trainer.minimize(() => lossOn(some, wanted), false, weights as tf.Variable[]);
        });
      }
      result.loss.push(await lossNow());
      signal?.throwIfAborted();
    }
    result.accuracy = await numberOf(
      tf.tidy(() => {
        const right = task.right(forward(weights, activation, test.x).at(-1)!, task.wanted(test));
        return tf.mean(tf.cast(right, 'float32'));
      }),
    );
    return result;
  } finally {
    tf.dispose(weights as tf.Variable[]);
    trainer.dispose();
  }
}

/** Trains pairs of networks on digits, one from Xavier's law and one from He's, with all else the same. */
export async function xavierAgainstKaiming(params: Params, { data, onProgress, signal }: Run<Result>): Promise<Result> {
  const digits = await data.digits({ train: DATA.train, test: DATA.test });
  const spread = spreadOf(shrink(digits.train));
  const [train, test] = [examplesOf(digits.train, spread), examplesOf(digits.test, spread)];
  const result: Result = { pairs: [], advice: allAdvice() };
  try {
    for (let i = 0; i < params.pairs; i++) {
      const seed = params.seed + i;
      const [xavier, he] = [
        await trained('xavier', params, seed, { train, test }, signal),
        await trained('he', params, seed, { train, test }, signal),
      ];
      result.pairs.push({ seed, xavier, he });
      const label = `pair ${i + 1} of ${params.pairs}`;
      await onProgress?.({ done: (i + 1) / params.pairs, label, result: { ...result, pairs: [...result.pairs] } });
      signal?.throwIfAborted();
    }
    return result;
  } finally {
    tf.dispose([...Object.values(train), ...Object.values(test)]);
  }
}
