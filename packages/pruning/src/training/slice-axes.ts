import type { Weight } from '@weightkit/core';
import { layerAxes } from '../structures/layer-axes.ts';

/** The axes of a kernel whose indices number its units or the input channels; undefined where these are no slices of it. */
export function sliceAxes(weight: Weight, structure: 'unit' | 'channel'): readonly number[] | undefined {
  const axes = layerAxes(weight);
  if (structure === 'unit') return axes?.output && axes.gates === 1 ? axes.output : undefined;
  return axes?.input != null && axes.perInput === 1 ? [axes.input] : undefined;
}
