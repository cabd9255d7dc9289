import * as tf from '@tensorflow/tfjs-core';
import { checkFunction } from '@weightkit/numerics/check';

/** Called before a step takes its gradients, with the optimizer and the list of variables that it was given, if it was. */
export type OptimizerWatcher = (optimizer: tf.Optimizer, varList: readonly tf.Variable[] | undefined) => void;

const watchers = new Set<{ watcher: OptimizerWatcher }>();
let release = (): void => {};

/** Every optimizer of tfjs gets its gradients here, from `minimize` and so from every way to train a model. */
function install(): () => void {
  const { prototype } = tf.Optimizer;
  const { computeGradients } = prototype;
  const watched: typeof computeGradients = function (this: tf.Optimizer, f, varList) {
    for (const { watcher } of [...watchers]) watcher(this, varList);
    return computeGradients.call(this, f, varList);
  };
  prototype.computeGradients = watched;
  return () => {
    if (prototype.computeGradients === watched) prototype.computeGradients = computeGradients;
  };
}

/**
 * Tells of every step of any optimizer, before its gradients are taken: in `fit`, `fitDataset`, `trainOnBatch` and loops with
 * `minimize`, whatever optimizer a model is compiled with by then. Who watches may tap it, by {@link tapOptimizer}. While nobody
 * watches, TensorFlow.js is as it was. A loop that takes its gradients by `tf.variableGrads` is not seen.
 *
 * @example
 * let steps = 0;
 * const unwatch = watchOptimizers(() => steps++);
 * const w = tf.variable(tf.scalar(1));
 * tf.train.sgd(0.1).minimize(() => tf.square(w));
 * unwatch();
 * console.log(steps); // -> 1
 *
 * @param watcher - what is called
 * @returns a function that ends it; calling it again does nothing
 * @throws TypeError when `watcher` is no function
 */
export function watchOptimizers(watcher: OptimizerWatcher): () => void {
  checkFunction('watchOptimizers', 'watcher', watcher);
  const own = { watcher };
  if (watchers.size === 0) release = install();
  watchers.add(own);
  return () => {
    if (watchers.delete(own) && watchers.size === 0) release();
  };
}
