import * as tf from '@tensorflow/tfjs-core';
import type { MomentKind, MomentMap, TransformPoint } from '@weightkit/core';
import { otherAxes, sumOfUnits } from './by-unit.ts';
import { normalizeWeight, unitNorms } from './normalize-weight.ts';

/** The direction v̂ of each unit, 0 of a zero unit, and its rate g / ‖v‖ and the inverse of that, 0 where there is none. */
function polarAt({ raw: v, variables: { g } }: TransformPoint, axes: readonly number[]) {
  const sizes = v.shape.map((size, i) => (axes.includes(i) ? size : 1));
  const norms = unitNorms(v, axes);
  const direction = normalizeWeight(v, tf.onesLike(norms), { axis: axes.length === 0 ? null : axes });
  const rate = tf.reshape(tf.divNoNan(g!, norms), sizes);
  return { direction, rate, inverse: tf.divNoNan(tf.onesLike(rate), rate), unitShape: norms.shape };
}

/**
 * What an optimizer keeps of a weight w, and of the direction v and lengths g of its weight norm (see `carryOptimizer` of
 * `@weightkit/core`). With v̂ = v / ‖v‖ and r = g / ‖v‖ of a unit, gradients are ∇g = v̂ · ∇w and ∇v = r (∇w − v̂ ∇g), and so
 * ∇w = ∇v / r + v̂ ∇g for ∇v orthogonal to v; steps are the same with 1 / r for r. Mean squares are those of these sums if the entries
 * of ∇w, and ∇v with ∇g, are uncorrelated: S of g is Σ v̂² s, s of v is r² (s (1 − 2 v̂²) + v̂² S), and back s / r² + v̂² S.
 */
export function weightNormMoments(axes: readonly number[]): MomentMap {
  const sums = (x: tf.Tensor): tf.Tensor =>
    axes.length === 0 ? tf.sum(x, otherAxes(x.rank, axes), true) : sumOfUnits(x, axes);
  const pointAt = (kind: MomentKind, at: TransformPoint) => {
    const { direction, rate, inverse, unitShape } = polarAt(at, axes);
    const isGradient = kind === 'gradient' || kind === 'gradientSquare';
    return {
      direction,
      unitShape,
      square: tf.square(direction),
      isSquare: kind === 'gradientSquare' || kind === 'stepSquare',
      // What v has of w, and w of v.
      ...(isGradient ? { out: rate, back: inverse } : { out: inverse, back: rate }),
    };
  };
  return {
    split(moment, kind, at) {
      const { direction, unitShape, square, isSquare, out } = pointAt(kind, at);
      const along = sums(tf.mul(moment, isSquare ? square : direction));
      const across = isSquare
        ? tf.add(tf.mul(moment, tf.sub(1, tf.mul(2, square))), tf.mul(square, along))
        : tf.sub(moment, tf.mul(direction, along));
      // A sum of squares: what is below 0 is rounding.
      const raw = isSquare ? tf.relu(tf.mul(across, tf.square(out))) : tf.mul(across, out);
      return { raw, variables: { g: tf.reshape(along, unitShape) } };
    },
    join({ raw, variables: { g } }, kind, at) {
      const { direction, square, isSquare, back } = pointAt(kind, at);
      const along = tf.reshape(g!, back.shape);
      if (isSquare) return tf.add(tf.mul(raw, tf.square(back)), tf.mul(square, along));
      const across = tf.sub(raw, tf.mul(direction, sums(tf.mul(raw, direction))));
      return tf.add(tf.mul(across, back), tf.mul(direction, along));
    },
  };
}
