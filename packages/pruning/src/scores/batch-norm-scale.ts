import * as tf from '@tensorflow/tfjs-core';
import { checkModel, type ModelLike, type Weight, weightsOf } from '@weightkit/core';
import { checkRange } from '@weightkit/numerics/check';
import { batchNormsAfter } from '../structures/batch-norms-after.ts';
import { layerAxes } from '../structures/layer-axes.ts';
import { givesOut } from '../structures/layer-sets.ts';
import type { Score } from './score.ts';

interface Scaled {
  weight: Weight;
  gammas: Weight[];
}

/** The gammas of the BatchNorm layers that see what a weight's layer gives out. */
function gammasOf(all: readonly Weight[], weight: Weight): Weight[] {
  if (!layerAxes(weight)?.output || !givesOut(weight)) return [];
  return batchNormsAfter(weight.owner!).flatMap((norm) =>
    all.filter(({ layer, property }) => layer === norm && property === 'gamma'),
  );
}

/**
 * Makes a score of |γ| of the BatchNorm behind each unit: network slimming, for models trained with a penalty on their γ. Each entry of
 * a unit has its unit's score; take `structure: 'unit'`. Where several BatchNorm layers see a unit the largest |γ| counts.
 *
 * Liu, Li, Shen, Huang, Yan and Zhang 2017, https://arxiv.org/abs/1708.06519
 *
 * @example
 * const norm = tf.layers.batchNormalization();
 * const net = tf.sequential({ layers: [tf.layers.dense({ units: 4, inputShape: [3], name: 'in' }), norm] });
 * const pruning = await prune(net, { sparsity: 0.5, structure: 'unit', score: batchNormScale(net) });
 *
 * @param model - a built LayersModel
 * @returns a {@link Score} for kernels of this model with a BatchNorm behind their layer, which has a γ; γ as it is when it is used
 * @throws RangeError where no layer has such a BatchNorm; its score does for a weight without one, by path
 */
export function batchNormScale(model: ModelLike): Score {
  const fn = 'batchNormScale';
  checkModel(fn, model);
  const all = weightsOf(model, undefined, fn);
  const scaled = new Map<string, Scaled>();
  for (const weight of all) {
    const gammas = gammasOf(all, weight);
    if (gammas.length > 0) scaled.set(weight.path, { weight, gammas });
  }
  checkRange(
    scaled.size > 0,
    `${fn}: model must have a BatchNorm with a gamma behind a layer`,
    [...all].map(({ path }) => path),
  );
  return (w, { path }) => {
    const found = scaled.get(path);
    checkRange(
      found !== undefined && tf.util.arraysEqual([...found.weight.shape], w.shape),
      `${fn}: weights must have a BatchNorm with a gamma behind their layer (leave others out by filter)`,
      path,
    );
    const { output, gates } = layerAxes(found.weight)!;
    return tf.tidy(() => {
      const sizes = found.gammas.map((gamma) => tf.abs(gamma.read()));
      const most = sizes.reduce((a, b) => tf.maximum(a, b));
      const kept = w.shape.map((size, axis) => (output!.includes(axis) ? size : 1));
      return tf.mul(tf.reshape(gates === 1 ? most : tf.tile(most, [gates]), kept), tf.ones(w.shape));
    });
  };
}
