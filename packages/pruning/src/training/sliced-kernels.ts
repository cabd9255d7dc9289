import {
  checkIdle,
  type LayerLike,
  type SkippedWeight,
  type Weight,
  type WeightFilter,
  weightsOf,
} from '@weightkit/core';
import { checkRange } from '@weightkit/numerics/check';
import { layerAxes } from '../structures/layer-axes.ts';
import { checkPlain } from './check-plain.ts';

/** What one group of a kernel is: a unit's entries, those that read an input channel, or an entry. */
export type Slices = 'unit' | 'channel' | 'entry';

/** A kernel and the axes whose indices number its groups. */
export interface SlicedKernel {
  weight: Weight;
  axes: readonly number[];
}

/** The axes of a kernel whose indices number its groups; undefined where these are no slices of it. */
function sliceAxes(weight: Weight, slices: Slices): readonly number[] | undefined {
  if (slices === 'entry') return weight.property === null ? undefined : weight.shape.map((_, i) => i);
  const axes = layerAxes(weight);
  if (slices === 'unit') return axes?.output && axes.gates === 1 ? axes.output : undefined;
  return axes?.input != null && axes.perInput === 1 ? [axes.input] : undefined;
}

/**
 * The kernels that a filter matches whose groups are slices of them, and why the others are left out.
 *
 * @param fn - the function that was called, for messages
 * @throws RangeError where there is none; Error where one is parametrized already, or in a transform that goes on
 */
export function slicedKernels(
  fn: string,
  model: LayerLike,
  filter: WeightFilter,
  slices: Slices,
): { kernels: SlicedKernel[]; weights: Weight[]; skipped: SkippedWeight[] } {
  const skipped: SkippedWeight[] = [];
  const kernels = weightsOf(model, filter, fn).flatMap((weight): SlicedKernel[] => {
    const axes = sliceAxes(weight, slices);
    if (axes && weight.dtype === 'float32') return [{ weight, axes }];
    skipped.push({ path: weight.path, reason: `its ${slices}s are no slices of it` });
    return [];
  });
  checkRange(
    kernels.length > 0,
    `${fn}: filter must match a kernel that has ${slices}s as slices`,
    skipped.map(({ path }) => path),
  );
  const weights = kernels.map(({ weight }) => weight);
  checkPlain(fn, model, new Set(weights.map(({ path }) => path)));
  checkIdle(fn, weights);
  return { kernels, weights, skipped };
}
