import * as tf from '@tensorflow/tfjs-core';
import { valuesAtHand } from '@weightkit/core';

const SWEEPS = 8;

/** Who meets whom, so that in as many rounds as there are others each meets each: partners by place, itself who has none. */
function tournament(count: number): number[][] {
  const even = count + (count % 2);
  let order = Array.from({ length: even }, (_, i) => i);
  return Array.from({ length: even - 1 }, () => {
    const partners = Array.from({ length: count }, (_, i) => i);
    for (let i = 0; i < even / 2; i++) {
      const [a, b] = [order[i]!, order[even - 1 - i]!];
      if (a < count && b < count) [partners[a], partners[b]] = [b, a];
    }
    order = [order[0]!, order[even - 1]!, ...order.slice(1, -1)];
    return partners;
  });
}

/** Rows at right angles, and the rotation that turned them. */
interface Turned {
  rows: tf.Tensor2D;
  turn: tf.Tensor2D;
}

/** x₁ and x₂ of two rows turned by an angle. */
function rotate(x: Float64Array, cols: number, i: number, j: number, cos: number, sin: number): void {
  for (let k = 0, a = i * cols, b = j * cols; k < cols; k++, a++, b++) {
    const [one, other] = [x[a]!, x[b]!];
    x[a] = cos * one - sin * other;
    x[b] = sin * one + cos * other;
  }
}

/** The same in main memory, in float64, pair by pair until none is turned. */
function turnedAtHand(values: ArrayLike<number>, [count, cols]: readonly [number, number]): Turned {
  const rows = Float64Array.from(values);
  const turn = new Float64Array(count * count);
  for (let i = 0; i < count; i++) turn[i * count + i] = 1;
  const dot = (i: number, j: number): number => {
    let sum = 0;
    for (let k = 0; k < cols; k++) sum += rows[i * cols + k]! * rows[j * cols + k]!;
    return sum;
  };
  let isTurned = true;
  for (let sweep = 0; isTurned && sweep < 4 * SWEEPS; sweep++) {
    isTurned = false;
    for (let i = 0; i < count; i++)
      for (let j = i + 1; j < count; j++) {
        const [product, own, other] = [dot(i, j), dot(i, i), dot(j, j)];
        if (!(Math.abs(product) > 2 ** -40 * Math.sqrt(own * other))) continue;
        isTurned = true;
        const gap = other - own;
        const tan = (2 * product) / (gap + (gap < 0 ? -1 : 1) * Math.hypot(gap, 2 * product));
        const cos = 1 / Math.hypot(1, tan);
        rotate(rows, cols, i, j, cos, tan * cos);
        rotate(turn, count, i, j, cos, tan * cos);
      }
  }
  return {
    rows: tf.tensor2d(Float32Array.from(rows), [count, cols]),
    turn: tf.tensor2d(Float32Array.from(turn), [count, count]),
  };
}

/** The same on the device, half of all rows at once. */
export function turnedThere(c: tf.Tensor2D): Turned {
  const [count] = c.shape;
  let [rows, turn] = [c, tf.eye(count) as tf.Tensor2D];
  if (count === 1) return { rows: tf.clone(c), turn };
  const rounds = tournament(count);
  for (let sweep = 0; sweep < SWEEPS; sweep++)
    for (const partners of rounds) {
      const [next, turned] = tf.tidy(() => {
        const at = tf.tensor1d(partners, 'int32');
        // 1 for the first of a pair, −1 for the second, 0 for who has none.
        const side = tf.tensor2d(
          partners.map((other, i) => Math.sign(other - i)),
          [count, 1],
        );
        const others = tf.gather(rows, at);
        const length = tf.sum(tf.square(rows), 1, true);
        const gap = tf.mul(tf.sub(tf.gather(length, at), length), side);
        const product = tf.mul(tf.sum(tf.mul(rows, others), 1, true), tf.mul(2, tf.square(side)));
        // tan of the smaller angle: 2 p / (gap ± √(gap² + 4 p²)), over the larger of both, so that no square underflows.
        const scale = tf.maximum(tf.abs(gap), tf.abs(product));
        const [g, p] = [tf.divNoNan(gap, scale), tf.divNoNan(product, scale)];
        const sign = tf.sub(tf.mul(2, tf.cast(tf.greaterEqual(g, 0), 'float32')), 1);
        const tan = tf.divNoNan(p, tf.add(g, tf.mul(sign, tf.sqrt(tf.add(tf.square(g), tf.square(p))))));
        const cos = tf.div(1, tf.sqrt(tf.add(1, tf.square(tan))));
        const sin = tf.mul(tf.mul(tan, cos), side);
        const turnedBy = (x: tf.Tensor2D): tf.Tensor2D => tf.sub(tf.mul(cos, x), tf.mul(sin, tf.gather(x, at)));
        return [turnedBy(rows), turnedBy(turn)];
      });
      tf.dispose([...(rows === c ? [] : [rows]), turn]);
      rows = next!;
      turn = turned!;
    }
  return { rows, turn };
}

/**
 * Turns the rows of a matrix until they are at right angles to each other, by Jacobi's rotations of pairs (Hestenes 1958; half of all rows at
 * once Brent and Luk 1985, https://doi.org/10.1137/0906007): their lengths are then its singular values. Not differentiable; in main memory where
 * the values are at hand, else on the device.
 *
 * @param c - `[count, cols]`
 * @returns the turned rows, and the rotation with which `turn · c` is these
 */
export function jacobi(c: tf.Tensor2D): Turned {
  const values = valuesAtHand(c, { most: c.size });
  return values?.every(Number.isFinite) ? turnedAtHand(values, c.shape) : turnedThere(c);
}
