import type { Exam } from './exam.ts';
import type { Finding } from './finding.ts';
import { rmsOf, spreadOf } from './unit-values.ts';
import { short } from './words.ts';

/** Inputs are too large when their root mean square, or that of one feature, is above this. */
const LARGE = 10;
/** And too small when no value is as far from 0 as this. */
const SMALL = 0.03;

/** Inputs that are far from mean 0 and variance 1, at the layers with weights that take them first. */
export function inputScale({ layers }: Exam): Finding[] {
  return layers.flatMap(({ path, isFirst, input }) => {
    if (!isFirst || !input || input.rows === 0) return [];
    const { mean, variance, min, max } = input;
    const features = Array.from(mean, (m, unit) => Math.sqrt(m * m + variance[unit]!));
    const worst = Math.max(0, ...features.filter(Number.isFinite));
    const farthest = Math.max(...max, ...min.map((least) => -least));
    const isLarge = worst > LARGE;
    if (!isLarge && !(farthest < SMALL && farthest > 0)) return [];
    const one = features.length > 1 && rmsOf(input) <= LARGE ? ` in feature ${features.indexOf(worst)}` : '';
    return [
      {
        code: 'input-scale' as const,
        layer: path,
        weight: null,
        steps: null,
        message: isLarge
          ? `what comes into ${path} is large: its root mean square is ${short(worst)}${one}`
          : `what comes into ${path} is small: no value is farther from 0 than ${short(farthest)}`,
        evidence: [
          isLarge
            ? { measure: 'root mean square of the largest feature', value: worst, limit: LARGE }
            : { measure: 'largest magnitude', value: farthest, limit: SMALL },
          { measure: 'mean', value: mean.reduce((a, b) => a + b, 0) / mean.length, limit: null },
          { measure: 'standard deviation', value: spreadOf(input), limit: null },
        ],
        cause:
          'Inputs were not brought to a common scale, as pixels from 0 to 255, years or prices: starts of weights and learning rates are made for mean 0 and variance 1.',
        remedy:
          'Subtract the mean and divide by the standard deviation of the training data, feature by feature, in training and in use.',
        call: 'tf.div(tf.sub(x, mean), std) // mean and std of the training data',
      },
    ];
  });
}
