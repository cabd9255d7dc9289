import * as tf from '@tensorflow/tfjs-core';
import { sameData, valuesAtHand } from '@weightkit/core';
import { checkRange } from '@weightkit/numerics/check';
import { planOf } from '../grids/block-plan.ts';
import { type CheckedGrid, checkGrid, type GridOptions } from '../grids/grid-options.ts';
import { insideOnDevice, parametersOnDevice, valuesOnDevice } from './grid-kernels.ts';
import { onGridAtHand, parametersOf } from './on-grid-at-hand.ts';

/**
 * A grid to train on: one of {@link quantizeValues}, whose ranges are those that the values have at each step (`range: 'minmax'`, as without), or
 * are given. Other methods for ranges are refused.
 */
export type TrainingGrid = Omit<GridOptions, 'percentile'>;

/** Throws unless a training grid is one and fits a shape. */
export function checkTrainingGrid(fn: string, shape: readonly number[], grid: TrainingGrid): CheckedGrid {
  const { range, percentile } = (grid ?? {}) as GridOptions;
  checkRange(
    range === undefined || range === 'minmax',
    `${fn}: range of grid must be 'minmax' or left out (give ranges)`,
    range,
  );
  checkRange(percentile === undefined, `${fn}: percentile of grid must be left out`, percentile);
  return checkGrid(fn, shape, grid);
}

/**
 * The values of a tensor, now: all backends but webgpu have a way to read them without waiting. A view that is good until the next
 * operation; null on webgpu.
 */
export function valuesNow(x: tf.Tensor): Float32Array | null {
  const near = valuesAtHand(x, { most: Number.MAX_SAFE_INTEGER });
  if (near || tf.getBackend() === 'webgpu') return near as Float32Array | null;
  return x.dataSync<'float32'>();
}

/** Scale, inverse and zero point of each block, [3, blocks], of ranges that were given. */
function givenParameters(fn: string, shape: readonly number[], grid: CheckedGrid): tf.Tensor {
  const plan = planOf(shape, grid.block!);
  const { scales, zeroPoints } = parametersOf(fn, new Float32Array(0), plan, grid);
  const zero = zeroPoints ?? new Int32Array(scales.length);
  return tf.tensor2d([...scales, ...scales.map((scale) => 1 / scale), ...zero], [3, scales.length]);
}

/** Rounds to a grid, with a gradient that goes straight through what was not clipped. */
export function roundStraightThrough(fn: string, w: tf.Tensor, grid: CheckedGrid): tf.Tensor {
  if (w.size === 0) return tf.clone(w);
  const operation = tf.customGrad((...args) => {
    const [x, save] = args as unknown as [tf.Tensor, (tensors: tf.Tensor[]) => void];
    const near = valuesNow(x);
    if (near) {
      const { values, inside } = onGridAtHand(fn, near, x.shape, grid);
      if (inside) save([tf.tensor(inside, x.shape)]);
      return {
        value: tf.tensor(values, x.shape),
        gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => (inside ? tf.mul(dy, saved[0]!) : sameData(dy)),
      };
    }
    const parameters = grid.ranges === undefined ? parametersOnDevice(x, grid) : givenParameters(fn, x.shape, grid);
    save(parameters ? [x, parameters] : [x]);
    return {
      value: valuesOnDevice(x, parameters, grid),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(dy, insideOnDevice(saved[0]!, saved[1] ?? null, grid)),
    };
  });
  return tf.tidy(() => operation(w));
}
