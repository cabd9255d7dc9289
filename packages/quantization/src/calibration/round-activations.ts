import * as tf from '@tensorflow/tfjs-core';
import type { CallWrapper } from '@weightkit/core';
import { codeRange, type IntegerDtype } from '../grids/integers.ts';
import { composedRound, roundToGrid } from '../grids/round-to-grid.ts';

/** The codes of one input or output of a layer. */
export interface ActivationGrid {
  dtype: IntegerDtype;
  narrow: boolean;
  scales: readonly number[];
  zeroPoints: readonly number[];
  /** The axis of the channels that have a scale each; null where there is one scale. */
  axis: number | null;
}

/** Each entry's nearest value on the grid; the gradient is straight through inside it, and 0 beyond. */
export function roundActivation(x: tf.Tensor, { dtype, narrow, scales, zeroPoints, axis }: ActivationGrid): tf.Tensor {
  const { least, most } = codeRange(dtype, narrow);
  const shape = axis === null ? [] : x.shape.map((_, i) => (i === (axis < 0 ? axis + x.rank : axis) ? -1 : 1));
  const of = (values: readonly number[]): tf.Tensor =>
    axis === null ? tf.scalar(values[0]!) : tf.reshape(tf.tensor1d([...values]), shape);
  const round = axis === null ? roundToGrid : composedRound;
  const straight = tf.customGrad((input, save) => {
    const one = input as tf.Tensor;
    (save as (tensors: tf.Tensor[]) => void)([one]);
    const [scale, zero] = [of(scales), of(zeroPoints.map((code) => code - least))];
    const levels = most - least;
    const value = round(one, { scale, zero, base: tf.scalar(0), levels });
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const codes = tf.add(tf.div(saved[0]!, of(scales)), of(zeroPoints.map((code) => code - least)));
      const inside = tf.logicalAnd(tf.greaterEqual(codes, -0.5), tf.lessEqual(codes, levels + 0.5));
      return tf.mul(dy, tf.cast(inside, 'float32'));
    };
    return { value, gradFunc };
  });
  return straight(x);
}

type Sides = readonly (ActivationGrid | null)[];

/** The tensors of a call, each rounded to its grid; those without one as they are. */
function rounded<T>(value: T, grids: Sides): T {
  let at = 0;
  const walk = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(walk);
    if (!(part instanceof tf.Tensor)) return part;
    const grid = grids[at++];
    return grid && part.dtype === 'float32' && part.size > 0 ? roundActivation(part, grid) : part;
  };
  return walk(value) as T;
}

/** A call whose inputs and outputs are rounded. */
export const roundedCall =
  (inputs: Sides, outputs: Sides): CallWrapper =>
  (call, given, kwargs) =>
    tf.tidy(() => rounded(call(rounded(given, inputs), kwargs), outputs));
