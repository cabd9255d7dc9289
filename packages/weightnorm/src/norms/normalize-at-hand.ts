import * as tf from '@tensorflow/tfjs-core';
import { tensorflowOp, valuesAtHand } from '@weightkit/core';
import { dotOfUnits, normsOfUnits, scaleUnits, unitPlaces, withoutPart } from './at-hand.ts';
import { otherAxes, sumOfUnits } from './by-unit.ts';

/** A weight and its gradients, as `tf.customGrad` takes them; v is saved. */
export interface Normalized {
  /** g · v / ‖v‖. */
  value: tf.Tensor;
  /** The gradients of v and g. */
  gradFunc: (dw: tf.Tensor, saved: tf.Tensor[]) => tf.Tensor[];
}

// Loops, for there may be many units: `Float64Array.from` with a function takes many times as long.

/** One quotient per unit; 0 in a unit without a norm. */
function over(numbers: ArrayLike<number>, norms: Float64Array): Float64Array {
  const out = new Float64Array(norms.length);
  for (let unit = 0; unit < norms.length; unit++) out[unit] = norms[unit] === 0 ? 0 : numbers[unit]! / norms[unit]!;
  return out;
}

/** One product per unit. */
function times(x: Float64Array, y: Float64Array): Float64Array {
  const out = new Float64Array(x.length);
  for (let unit = 0; unit < x.length; unit++) out[unit] = x[unit]! * y[unit]!;
  return out;
}

let scratch = new Float32Array(0);

/** Room for so many results. wasm copies what a tensor is made of, and memory that is new each time costs more than the arithmetic. */
function room(size: number): Float32Array {
  if (tf.getBackend() !== 'wasm') return new Float32Array(size);
  if (scratch.length < size) scratch = new Float32Array(size);
  return scratch.subarray(0, size);
}

/** ‖v‖ of each unit by its values, 0 where no entry is as large as `smallest`; null where they are not at hand, or not in order. */
function normsAtHand(v: tf.Tensor, smallest: number, axes: readonly number[]): Float64Array | null {
  const places = unitPlaces(v.shape, axes);
  const values = places && valuesAtHand(v);
  return values && places && normsOfUnits(values as Float32Array, smallest, places);
}

/** Between these no norm of float32 entries has lost what matters to small squares, or overflown. */
const [LEAST, MOST] = [2 ** -45, 2 ** 60];

/** ‖v‖ of each unit by one operation on tfjs-node; null elsewhere, and where the entries of a unit need a scale. */
function normsByOperation(v: tf.Tensor, axes: readonly number[]): Float64Array | null {
  if (tf.getBackend() !== 'tensorflow') return null;
  return tf.tidy(() => {
    const others = tf.tensor1d(otherAxes(v.rank, axes), 'int32');
    const norms = valuesAtHand(tensorflowOp('EuclideanNorm', [v, others])!);
    const fits = norms?.every((norm) => norm > LEAST && norm < MOST);
    return (norms && fits ? new Float64Array(norms) : null) as unknown as tf.Tensor;
  }) as unknown as Float64Array | null;
}

/** ‖v‖ of each unit where one can look at them; else null. */
export const nearNorms = (v: tf.Tensor, smallest: number, axes: readonly number[]): Float64Array | null =>
  normsAtHand(v, smallest, axes) ?? normsByOperation(v, axes);

/** By loops over values at hand, in float64; null where they are not. */
export function normalizeAtHand(
  v: tf.Tensor,
  g: tf.Tensor,
  smallest: number,
  axes: readonly number[],
): Normalized | null {
  const norms = normsAtHand(v, smallest, axes);
  const places = unitPlaces(v.shape, axes);
  const lengths = norms && valuesAtHand(g);
  if (!norms || !places || !lengths) return null;
  const rates = over(lengths, norms);
  const { shape } = v;
  const valuesOf = (x: tf.Tensor) => (valuesAtHand(x) ?? x.dataSync()) as Float32Array;
  return {
    value: tf.tensor(scaleUnits(valuesOf(v), rates, places, room(v.size)), shape),
    gradFunc(dw, [saved]) {
      const dg = over(dotOfUnits(valuesOf(dw), valuesOf(saved!), places), norms);
      const part = times(over(dg, norms), rates);
      return [
        tf.tensor(withoutPart([valuesOf(dw), rates], [valuesOf(saved!), part], places, room(v.size)), shape),
        tf.tensor(new Float32Array(dg), g.shape),
      ];
    },
  };
}

/** By the fewest operations on whole weights, on tfjs-node, with what is of units computed at hand; null where that cannot be. */
export function normalizeByOperations(v: tf.Tensor, g: tf.Tensor, axes: readonly number[]): Normalized | null {
  const norms = normsByOperation(v, axes);
  const lengths = norms && valuesAtHand(g);
  if (!norms || !lengths) return null;
  const rates = over(lengths, norms);
  const perUnit = v.shape.map((size, i) => (axes.includes(i) ? size : 1));
  const spread = (numbers: Float64Array): tf.Tensor => tf.tensor(new Float32Array(numbers), perUnit);
  // Both make the -0 of a zero under a negative g a +0: the first of those of v, the second of those of g too.
  const scaled = rates.includes(0)
    ? tf.add(tf.mul(v, spread(rates)), 0)
    : tensorflowOp('MulNoNan', [spread(rates), v])!;
  return {
    value: scaled,
    gradFunc(dw, [saved]) {
      const dots = sumOfUnits(tf.mul(dw, saved!), axes);
      const dg = over(valuesAtHand(dots) ?? dots.dataSync(), norms);
      const part = times(over(dg, norms), rates);
      return [
        tf.sub(tf.mul(dw, spread(rates)), tf.mul(saved!, spread(part))),
        tf.tensor(new Float32Array(dg), g.shape),
      ];
    },
  };
}
