import { dequantizeValues, type GridOptions, quantizeValues } from '@weightkit/quantization';
import { INPUTS } from '../siamese/size.ts';
import { LAYERS, type Layer } from './layers.ts';

/** The weights of a layer, row-major. */
export interface Kernel {
  values: Float32Array;
  shape: [inputs: number, units: number];
}

/** The kernel of a layer, of kernels and biases in their order. */
export function kernelOf({ weights }: { weights: readonly Float32Array[] }, layer: Layer): Kernel {
  const at = Object.keys(LAYERS).indexOf(layer);
  const units = Object.values(LAYERS);
  return { values: weights[2 * at]!, shape: [at === 0 ? INPUTS : units[at - 1]!, units[at]!] };
}

/** The place of the scale of each weight among the scales of its grid. */
export function blocksOf([inputs, units]: Kernel['shape'], block: readonly number[]): number[] {
  const [rows, columns] = block as [number, number];
  const across = Math.ceil(units / columns);
  return Array.from({ length: inputs * units }, (_, i) => {
    const [row, column] = [Math.floor(i / units), i % units];
    return Math.floor(row / rows) * across + Math.floor(column / columns);
  });
}

// #region steps
/** Each weight in steps of its scale, and how far its code is from it, in halves of a step. */
export function stepsOf({ values, shape }: Kernel, grid: GridOptions) {
  const quantized = quantizeValues(values, shape, grid);
  const back = dequantizeValues(quantized);
  const scales = quantized.scales!;
  const own = blocksOf(shape, quantized.block!).map((block) => scales[block]!);
  return {
    scales,
    steps: Array.from(values, (value, i) => value / own[i]!),
    errors: Array.from(values, (value, i) => Math.abs(value - back[i]!) / (own[i]! / 2)),
  };
}
// #endregion
