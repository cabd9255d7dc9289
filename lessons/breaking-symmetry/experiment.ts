import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { constant, heNormal, type Initializer, initialize, zeros } from '@weightkit/initializers';
import { fillUniform, randomKey } from '@weightkit/numerics';
import { checkOptions, checkRange } from '@weightkit/numerics/check';

export interface Params {
  /** How the kernels start: all zero, all the same constant, or at random. */
  start: 'zeros' | 'constant' | 'random';
  /** Activation of the hidden layers. */
  activation: 'relu' | 'tanh';
  /** Training steps over all examples. */
  steps: number;
  /** Seed of the data and of the random start. */
  seed: number;
}

export interface Result {
  /** Loss before each step and at the end: `steps + 1` values. */
  loss: number[];
  /** At the same times, the largest difference between the incoming weights of any two units of the first layer. */
  spread: number[];
  /** Largest change of any kernel entry from start to end. */
  moved: number;
}

export interface Run {
  onProgress?: (share: number) => void;
  signal?: AbortSignal;
}

const UNITS = 6;
const STARTS: Record<Params['start'], () => Initializer> = {
  zeros,
  constant: () => constant({ value: 0.2 }),
  random: heNormal,
};

/** 64 points of a curved surface: y = sin(2 x1) + x2 x3. */
function data(seed: number): { x: tf.Tensor2D; y: tf.Tensor2D } {
  const points = fillUniform(new Float32Array(64 * 3), randomKey(seed, 'data'), { min: -1, max: 1 });
  const y = Float32Array.from({ length: 64 }, (_, i) => {
    const [a, b, c] = points.subarray(3 * i, 3 * i + 3) as unknown as [number, number, number];
    return Math.sin(2 * a) + b * c;
  });
  return { x: tf.tensor2d(points, [64, 3]), y: tf.tensor2d(y, [64, 1]) };
}

/** Largest difference between two columns: 0 when every unit has the same incoming weights. */
async function spreadOf(kernel: tf.Tensor): Promise<number> {
  const range = tf.tidy(() => tf.max(tf.sub(tf.max(kernel, 1), tf.min(kernel, 1))));
  const [spread] = await range.data();
  range.dispose();
  return spread!;
}

/**
 * Trains 3-6-6-1 on a small regression and watches whether the hidden units of the first layer ever become different.
 *
 * @param params - how to start and how long to train
 * @param run - progress and a way to stop
 */
export async function breakingSymmetry(params: Params, { onProgress, signal }: Run = {}): Promise<Result> {
  checkOptions('breakingSymmetry', params, ['start', 'activation', 'steps', 'seed']);
  const { start, activation, steps, seed } = params;
  checkRange(Object.hasOwn(STARTS, start), 'breakingSymmetry: start must be zeros, constant or random', start);
  checkRange(
    activation === 'relu' || activation === 'tanh',
    'breakingSymmetry: activation must be relu or tanh',
    activation,
  );
  checkRange(
    Number.isSafeInteger(steps) && steps >= 1,
    'breakingSymmetry: steps must be an integer of 1 or more',
    steps,
  );
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: UNITS, activation, inputShape: [3] }),
      tf.layers.dense({ units: UNITS, activation }),
      tf.layers.dense({ units: 1 }),
    ],
  });
  initialize(model, STARTS[start](), { seed });
  const optimizer = tf.train.sgd(0.1);
  model.compile({ optimizer, loss: 'meanSquaredError' });
  const { x, y } = data(seed);
  const [first] = weightsOf(model);
  const begin = weightsOf(model, '**/kernel').map((weight) => weight.read());
  const result: Result = { loss: [], spread: [], moved: 0 };
  const record = async (): Promise<void> => {
    const kernel = first!.read();
    result.spread.push(await spreadOf(kernel));
    kernel.dispose();
  };
  try {
    for (let step = 0; step < steps; step++) {
      signal?.throwIfAborted();
      await record();
      result.loss.push((await model.trainOnBatch(x, y)) as number);
      onProgress?.((step + 1) / steps);
    }
    await record();
    const last = model.evaluate(x, y, { batchSize: 64 }) as tf.Scalar;
    result.loss.push((await last.data())[0]!);
    last.dispose();
    for (const [i, weight] of weightsOf(model, '**/kernel').entries()) {
      const change = tf.tidy(() => {
        const now = weight.read();
        return tf.max(tf.abs(tf.sub(now, begin[i]!)));
      });
      result.moved = Math.max(result.moved, (await change.data())[0]!);
      change.dispose();
    }
    return result;
  } finally {
    tf.dispose([x, y, ...begin]);
    model.dispose();
    optimizer.dispose();
  }
}
