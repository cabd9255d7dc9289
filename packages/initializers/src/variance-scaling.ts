import type { Fans } from '@weightkit/core';
import { fillNormal, fillTruncatedNormal, type Key } from '@weightkit/numerics';
import { checkOptions, checkRange } from '@weightkit/numerics/check';
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
   * @defaultValue `truncatedNormal`
   */
  distribution?: 'truncatedNormal' | 'normal' | 'uniform';
}

const DENOMINATOR: Record<string, (fans: Fans) => number> = {
  fanIn: ({ fanIn }) => fanIn,
  fanOut: ({ fanOut }) => fanOut,
  fanAvg: ({ fanIn, fanOut }) => (fanIn + fanOut) / 2,
  fanGeoAvg: ({ fanIn, fanOut }) => Math.sqrt(fanIn * fanOut),
};

// Every step in float32, as JAX takes it, so that the scale factors are the same bits.
const float = Math.fround;
const CUT = float(0.8796256610342398);

const FILL: Record<string, (out: Float32Array, key: Key, variance: number) => unknown> = {
  truncatedNormal: (out, key, v) => fillTruncatedNormal(out, key, { std: float(float(Math.sqrt(v)) / CUT) }),
  normal: (out, key, v) => fillNormal(out, key, { std: float(Math.sqrt(v)) }),
  uniform: (out, key, v) => fillSymmetric(out, key, float(Math.sqrt(float(3 * v)))),
};

const kurtosisOf = (distribution: string): number => {
  if (distribution === 'uniform') return UNIFORM_KURTOSIS;
  return distribution === 'normal' ? 3 : truncatedSpread(-2, 2).kurtosis;
};

/** The law of given options, under a name. */
export function scalingLaw(name: string, options: Required<VarianceScalingOptions>): Law {
  const { scale, mode, distribution } = options;
  const varianceOf = (fans: Fans): number => scale / Math.max(1, DENOMINATOR[mode]!(fans));
  return {
    name,
    config: { scale, mode, distribution },
    fill(out, key, shape, fans) {
      const variance = float(varianceOf(fans));
      checkRange(
        variance > 0 && variance < 2 ** 124,
        `${name}: the variance of shape [${shape}] must be a float32 above 0 and below 2^124`,
        varianceOf(fans),
      );
      FILL[distribution]!(out, key, variance);
    },
    spread: (fans) => ({ mean: 0, std: Math.sqrt(varianceOf(fans)), kurtosis: kurtosisOf(distribution) }),
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
 * He, Zhang, Ren and Sun 2015, "Delving deep into rectifiers", https://arxiv.org/abs/1502.01852
 *
 * @example
 * const he = varianceScaling({ scale: 2, mode: 'fanOut', distribution: 'normal' });
 *
 * @throws RangeError unless scale is finite and above 0 and mode and distribution are known
 */
export function varianceScaling(options: VarianceScalingOptions = {}): Initializer {
  checkOptions('varianceScaling', options, ['scale', 'mode', 'distribution']);
  const { scale = 1, mode = 'fanIn', distribution = 'truncatedNormal' } = options;
  checkRange(
    typeof scale === 'number' && scale > 0 && Number.isFinite(scale),
    'varianceScaling: scale must be finite and above 0',
    scale,
  );
  for (const [name, value, known] of [
    ['mode', mode, DENOMINATOR],
    ['distribution', distribution, FILL],
  ] as const)
    checkRange(Object.hasOwn(known, value), `varianceScaling: ${name} must be ${Object.keys(known).join(', ')}`, value);
  return makeInitializer(scalingLaw('varianceScaling', { scale, mode, distribution }));
}
