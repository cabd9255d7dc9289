import type { Fans } from '@weightkit/core';
import { fillNormal, fillTruncatedNormal, type Key } from '@weightkit/numerics';
import { checkOptions, checkRange } from '@weightkit/numerics/check';
import { CONVENTIONS, type Compat, CUT, checkCompat } from './compat.ts';
import { type Initializer, type Law, makeInitializer } from './initializer.ts';
import { truncatedSpread } from './truncated-spread.ts';
import { fillSymmetric, UNIFORM_KURTOSIS } from './uniform.ts';

/** Options of {@link varianceScaling}. */
export interface VarianceScalingOptions {
  /**
   * The numerator of the variance: above 0 and finite.
   *
   * @defaultValue 1
   */
  scale?: number;
  /**
   * The denominator: fan-in, fan-out, their mean or their geometric mean.
   *
   * @defaultValue `fanIn`
   */
  mode?: 'fanIn' | 'fanOut' | 'fanAvg' | 'fanGeoAvg';
  /**
   * The law that is given that variance; the truncated normal is cut off at two standard deviations before correction.
   *
   * @defaultValue `truncatedNormal`; `normal` with compat `torch`, which truncates none
   */
  distribution?: 'truncatedNormal' | 'normal' | 'uniform';
  /**
   * A framework whose exact law this is to be, with what is off in it; see {@link varianceScaling}.
   *
   * @defaultValue none: fans from the layer, truncation corrected
   */
  compat?: Compat;
}

/** The options of {@link varianceScaling} when all is decided. */
export type Scaling = Required<Omit<VarianceScalingOptions, 'compat'>> & { compat?: Compat | undefined };

const DENOMINATOR: Record<string, (fans: Fans) => number> = {
  fanIn: ({ fanIn }) => fanIn,
  fanOut: ({ fanOut }) => fanOut,
  fanAvg: ({ fanIn, fanOut }) => (fanIn + fanOut) / 2,
  fanGeoAvg: ({ fanIn, fanOut }) => Math.sqrt(fanIn * fanOut),
};

// Every step in float32, as JAX takes it, so that the scale factors are the same bits.
const float = Math.fround;

const FILL: Record<string, (out: Float32Array, key: Key, variance: number, cut: number) => unknown> = {
  truncatedNormal: (out, key, v, cut) =>
    fillTruncatedNormal(out, key, { std: float(float(Math.sqrt(v)) / float(cut)) }),
  normal: (out, key, v) => fillNormal(out, key, { std: float(Math.sqrt(v)) }),
  uniform: (out, key, v) => fillSymmetric(out, key, float(Math.sqrt(float(3 * v)))),
};

const kurtosisOf = (distribution: string): number => {
  if (distribution === 'uniform') return UNIFORM_KURTOSIS;
  return distribution === 'normal' ? 3 : truncatedSpread(-2, 2).kurtosis;
};

/** The law of given options, under a name. */
export function scalingLaw(name: string, options: Scaling): Law {
  const { scale, mode, distribution, compat } = options;
  const convention = compat === undefined ? undefined : CONVENTIONS[compat];
  const cut = convention?.cut ?? CUT;
  const varianceOf = (fans: Fans): number => scale / Math.max(1, DENOMINATOR[mode]!(fans));
  return {
    name,
    config: { scale, mode, distribution, ...(compat && { compat }) },
    fill(out, key, shape, fans) {
      const variance = float(varianceOf(fans));
      checkRange(
        variance > 0 && variance < 2 ** 124,
        `${name}: the variance of shape [${shape}] must be a float32 above 0 and below 2^124`,
        varianceOf(fans),
      );
      FILL[distribution]!(out, key, variance, cut);
    },
    spread(fans) {
      const kept = distribution === 'truncatedNormal' ? CUT / cut : 1;
      return { mean: 0, std: kept * Math.sqrt(varianceOf(fans)), kurtosis: kurtosisOf(distribution) };
    },
    ...(convention && {
      fansOf: (shape) => convention.fansOf(name, shape),
      fit: (weight) => ({ fans: convention.fansOfWeight(name, weight) }),
    }),
  };
}

/**
 * Mean 0 and variance `scale / max(1, n)`, n the fan-in, fan-out or a mean of them. A truncated normal is divided by
 * 0.8796256610342398, the standard deviation that cutting a standard normal off at ±2 leaves, so that the values have the
 * variance that is asked for; a uniform has the limit sqrt(3 scale / n).
 *
 * The laws of `keras.initializers.VarianceScaling` and `jax.nn.initializers.variance_scaling`; the values are JAX's for
 * `jax.random.key(seed)` when the path is empty.
 *
 * `compat` gives a framework's law to the letter, with values of our own streams:
 *
 * | compat | truncated normal | other distributions | fans |
 * | --- | --- | --- | --- |
 * | none | sqrt(scale / n) after correction | normal, uniform | of the layer, see `fans` of core |
 * | `tfjs` 4.22 | 0.8796 sqrt(scale / n): not corrected | uniform | bare shape; both sqrt(size) at rank 0, 1 and above 5 |
 * | `keras` 3 | as none | normal, uniform | bare shape: depthwise [...k, in, m] has in Πk, LSTM gates count as outputs |
 * | `torch` 2 | it has none | normal (`kaiming_normal_`), uniform | of [out, in / groups, ...k]: depthwise Πk and in m Πk, an embedding turned round, rank 2 or more |
 *
 * None of the three has `fanGeoAvg`. Fans that the call gives count before all of this.
 *
 * He, Zhang, Ren and Sun 2015, "Delving deep into rectifiers", https://arxiv.org/abs/1502.01852
 *
 * @example
 * const he = varianceScaling({ scale: 2, mode: 'fanOut', distribution: 'normal' });
 *
 * @throws RangeError unless scale is finite and above 0, compat is known, and mode and distribution are such as it has; when called
 * with a shape of rank below 2, no fans and compat `torch`
 */
export function varianceScaling(options: VarianceScalingOptions = {}): Initializer {
  checkOptions('varianceScaling', options, ['scale', 'mode', 'distribution', 'compat']);
  const { scale = 1, mode = 'fanIn', compat } = options;
  checkCompat('varianceScaling', compat);
  checkRange(
    typeof scale === 'number' && scale > 0 && Number.isFinite(scale),
    'varianceScaling: scale must be finite and above 0',
    scale,
  );
  const convention =
    compat === undefined ? { modes: Object.keys(DENOMINATOR), distributions: Object.keys(FILL) } : CONVENTIONS[compat];
  const { distribution = convention.distributions[0] as 'normal' } = options;
  const ending = compat === undefined ? '' : ` with compat ${compat}`;
  for (const [name, value, known] of [
    ['mode', mode, convention.modes],
    ['distribution', distribution, convention.distributions],
  ] as const)
    checkRange(known.includes(value), `varianceScaling: ${name} must be ${known.join(', ')}${ending}`, value);
  return makeInitializer(scalingLaw('varianceScaling', { scale, mode, distribution, compat }));
}
