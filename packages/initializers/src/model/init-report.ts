import type { Fans, SkippedWeight } from '@weightkit/core';
import { moments } from '@weightkit/numerics';
import type { Law } from '../laws/initializer.ts';
import { encode } from '../layers/config.ts';

/** A law by name and options. */
export interface NamedLaw {
  /** The initializer's name: `heNormal`. */
  law: string;
  /** The initializer's options, defaults filled in; what JSON does not hold as text: `inf`, `-inf`, `-0`. */
  config: Readonly<Record<string, number | string | boolean>>;
}

/** What {@link initialize} did to one weight: plain data, enough to make the values again with {@link fromManifest}. */
export interface InitializedWeight extends NamedLaw {
  /** The weight's path. */
  path: string;
  /** The weight's shape. */
  shape: readonly number[];
  /** What made the values, where the law hands on to another: `torchDefault` gives embeddings to `normal`. */
  acting: NamedLaw;
  /** The seed. */
  seed: number;
  /** What the seed is combined with: the path, names that tfjs made up counted by place. `initializer(shape, { seed, path: stream, fans })` gives the same values. */
  stream: string;
  /** Inputs that an output sums over, as the law counted them. */
  fanIn: number;
  /** Outputs that an input contributes to, as the law counted them. */
  fanOut: number;
  /** `std` times the root of fan-in (of 1 where it is 0): the factor of the standard deviation that would keep a variance. */
  gain: number;
  /** The law's standard deviation. */
  std: number;
  /** Root mean square of the values about the law's mean; 0 for an empty weight. */
  measuredStd: number;
  /**
   * `measuredStd / std - 1` in standard errors, sqrt((kurtosis - 1) / (4 n)) for n values: a sound fill stays within about ±4.
   * Null where nothing is left to chance (constants, orthogonal matrices, empty weights).
   */
  deviation: number | null;
  /** The largest entry of |W'W / gain^2 - I| for orthogonal weights (W W' where there are more columns than rows), else null. */
  orthogonality: number | null;
}

/** What {@link initialize} did: a manifest to keep beside a model, unharmed by `JSON.stringify`. */
export interface InitReport {
  /** The seed. */
  seed: number;
  /** The weights that were filled, in the order of the layer tree. */
  initialized: InitializedWeight[];
  /** The weights that were left as they are, and why. */
  skipped: SkippedWeight[];
  /** Largest |deviation|: how far in standard errors the worst weight is from the standard deviation that its law states. */
  worstDeviation: number;
  /** Largest orthogonality residual. */
  worstOrthogonality: number;
}

/** A weight's values beside its law. */
export interface Filled {
  path: string;
  stream: string;
  shape: readonly number[];
  law: Law;
  /** The law that made the values, where the named one hands on to another. */
  acting: Law;
  fans: Fans;
  seed: number;
  values: Float32Array;
}

function measure({ path, stream, shape, law, acting, fans, seed, values }: Filled): InitializedWeight {
  const { mean, std, kurtosis } = acting.spread(fans, shape);
  const found = moments(values);
  const measuredStd = values.length === 0 ? 0 : Math.hypot(found.std, found.mean - mean);
  const error = Math.sqrt((kurtosis - 1) / (4 * values.length));
  const exact = std === 0 || values.length === 0 || !(kurtosis > 1);
  return {
    path,
    shape: [...shape],
    law: law.name,
    config: encode(law.config),
    acting: { law: acting.name, config: encode(acting.config) },
    seed,
    stream,
    ...fans,
    gain: std * Math.sqrt(Math.max(1, fans.fanIn)),
    std,
    measuredStd,
    deviation: exact ? null : (measuredStd / std - 1) / error,
    orthogonality: acting.residual?.(values, shape) ?? null,
  };
}

/** The report on filled weights. */
export function reportOn(seed: number, filled: readonly Filled[], skipped: InitReport['skipped']): InitReport {
  const initialized = filled.map(measure);
  return {
    seed,
    initialized,
    skipped,
    worstDeviation: Math.max(0, ...initialized.map(({ deviation }) => Math.abs(deviation ?? 0))),
    worstOrthogonality: Math.max(0, ...initialized.map(({ orthogonality }) => orthogonality ?? 0)),
  };
}
