import * as tf from '@tensorflow/tfjs';
import type { Run } from '@weightkit/lesson';
import { checkOptions, checkRange } from '@weightkit/numerics/check';
import { EPSILON, OPTIMIZERS, type OptimizerName } from './rules.ts';
import { MAP, type Point, SURFACES, type SurfaceName } from './surfaces.ts';
import { isAway, noiseAt, START, stepBoth, type WalkParams } from './walk.ts';

export type Params = WalkParams;

/** A walk of an optimizer of TensorFlow.js. */
export interface Track {
  optimizer: OptimizerName;
  /** The start, and where each step led until it ran away. */
  points: Point[];
  /** For each step, how far the same step by hand from the same point ends from it. */
  apart: number[];
}

export interface Result {
  tracks: Track[];
}

/** The height as TensorFlow.js computes it. It finds the gradient by itself. */
function heightOf(surface: SurfaceName, x: tf.Scalar, y: tf.Scalar): tf.Scalar {
  const [xx, yy] = [tf.square(x), tf.square(y)];
  switch (surface) {
    case 'valley':
      return tf.add(tf.mul(0.05, xx), yy);
    case 'banana':
      return tf.add(tf.mul(0.1, tf.square(tf.sub(1, tf.div(x, 2)))), tf.square(tf.sub(y, tf.div(xx, 4))));
    case 'saddle':
      return tf.add(tf.div(tf.sub(xx, yy), 4), tf.div(tf.square(yy), 32));
    case 'plateau':
      return tf.sub(1, tf.exp(tf.div(tf.add(xx, yy), -3)));
  }
}

/** The optimizer of TensorFlow.js with these settings. */
function newOptimizer(optimizer: OptimizerName, { rate, momentum, decay, beta2, nesterov }: Params): tf.Optimizer {
  switch (optimizer) {
    case 'SGD':
      return tf.train.sgd(rate);
    case 'momentum':
      return tf.train.momentum(rate, momentum, nesterov);
    case 'RMSProp':
      return tf.train.rmsprop(rate, decay, 0, EPSILON);
    case 'Adam':
      return tf.train.adam(rate, momentum, beta2, EPSILON);
  }
}

function check(params: Params): void {
  const fn = 'weightUpdates';
  checkRange(SURFACES.includes(params.surface), `${fn}: surface must be among ${SURFACES.join(', ')}`, params.surface);
  const within = (name: keyof Params, least: number, most: number) => {
    const value = params[name];
    const ok = typeof value === 'number' && value >= least && value <= most;
    checkRange(ok, `${fn}: ${name} must be in [${least}, ${most}]`, value);
  };
  within('x', ...MAP.x);
  within('y', ...MAP.y);
  within('rate', 1e-4, 10);
  within('momentum', 0, 0.999);
  within('decay', 0, 0.9999);
  within('beta2', 0, 0.9999);
  within('noise', 0, 10);
  within('steps', 1, 1000);
  checkRange(Number.isInteger(params.steps), `${fn}: steps must be an integer`, params.steps);
  checkRange(Number.isSafeInteger(params.seed), `${fn}: seed must be a safe integer`, params.seed);
}

/**
 * Walks down a surface with four optimizers of TensorFlow.js from the same place, and takes every one of their steps by hand as well.
 *
 * @param params - the surface, the start, and the settings of the optimizers
 * @param run - progress with the result so far, and a way to stop
 */
export async function weightUpdates(
  params: Params,
  { onProgress, signal }: Omit<Run<Result>, 'data'>,
): Promise<Result> {
  const names = ['surface', 'x', 'y', 'rate', 'momentum', 'decay', 'beta2', 'nesterov', 'steps', 'noise', 'seed'];
  checkOptions('weightUpdates', params, names);
  check(params);
  const tracks: Track[] = [];
  for (const [i, optimizer] of OPTIMIZERS.entries()) {
    tracks.push(await track(optimizer, params, signal));
    await onProgress?.({ done: (i + 1) / OPTIMIZERS.length, label: optimizer, result: { tracks: [...tracks] } });
  }
  return { tracks };
}

/** The walk of one optimizer. */
async function track(optimizer: OptimizerName, params: Params, signal: AbortSignal | undefined): Promise<Track> {
  const w = tf.tidy(() => tf.variable(tf.tensor1d([params.x, params.y])));
  const trainer = newOptimizer(optimizer, params);
  const read = async (): Promise<Point> => Array.from(await w.data()) as [number, number];
  const points = [await read()];
  const apart: number[] = [];
  let memory = START;
  try {
    for (let at = 0; at < params.steps && !isAway(points.at(-1)!); at++) {
      signal?.throwIfAborted();
      const noise = noiseAt(params, at);
      trainer.minimize(
        () => {
          const [x, y] = tf.unstack(w) as [tf.Scalar, tf.Scalar];
          const height = heightOf(params.surface, x, y);
          // A slope on top of the loss adds to its gradient.
          return params.noise === 0 ? height : (tf.add(height, tf.sum(tf.mul(w, noise))) as tf.Scalar);
        },
        false,
        [w],
      );
      const now = await read();
      const byHand = stepBoth(optimizer, points.at(-1)!, memory, at, params);
      memory = byHand.memory;
      points.push(now);
      apart.push(Math.hypot(now[0] - byHand.point[0], now[1] - byHand.point[1]));
    }
    return { optimizer, points, apart };
  } finally {
    w.dispose();
    trainer.dispose();
    // The rate, which tfjs 4.22 forgets to free in momentum.
    (trainer as unknown as { c?: tf.Scalar }).c?.dispose();
  }
}
