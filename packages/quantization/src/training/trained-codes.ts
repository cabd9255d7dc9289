import * as tf from '@tensorflow/tfjs-core';
import { allDone, type Parametrization } from '@weightkit/core';
import { blockExtents, float16Bits, fromFloat16Bits, integerCodes } from '@weightkit/numerics';
import { planOf } from '../grids/block-plan.ts';
import { dequantizeValuesAs } from '../grids/dequantize-values.ts';
import type { CheckedGrid } from '../grids/grid-options.ts';
import { type AffineParameters, codesFor, type IntegerDtype, LEAST_SCALE } from '../grids/integers.ts';
import { quantizeValuesAs } from '../grids/quantize-values.ts';
import type { Quantized } from '../grids/quantized.ts';
import type { QuantizedValues } from '../grids/quantized-values.ts';
import { encodeScaled } from '../grids/scaled-codes.ts';
import { type ScaledDtype, scaledFormat } from '../grids/scaled-format.ts';
import { isEven, parametersOf } from './on-grid-at-hand.ts';

/** A weight that trains on a grid. */
export interface Trained {
  path: string;
  grid: CheckedGrid;
  handle: Parametrization;
}

/** What the layer computes with, what the grid was given, and the steps where they are learned, as they are at one moment. */
interface Moment {
  value: tf.Tensor;
  below: tf.Tensor;
  step: tf.Tensor | null;
}

/** Tensors of each weight, to be read later; the caller disposes them. */
export const momentOf = ({ handle }: Trained): Moment => ({
  value: handle.value(),
  below: handle.below(),
  step: handle.variables.step ? tf.clone(handle.variables.step) : null,
});

function parameters(
  fn: string,
  { grid }: Trained,
  shape: readonly number[],
  { value, below, step }: Record<'value' | 'below', Float32Array> & { step: Float32Array | null },
): AffineParameters {
  if (step) return { scales: step.map((s) => Math.max(Math.abs(s), LEAST_SCALE)), zeroPoints: null };
  if (grid.dtype !== 'ternary') return parametersOf(fn, below, planOf(shape, grid.block!), grid);
  // The values are 0 and the scale itself, whatever the backend's last bits of the mean are.
  const { min, max } = blockExtents(value, { shape, block: grid.block! });
  return { scales: min.map((low, k) => Math.max(-low, max[k]!) || 1), zeroPoints: null };
}

/** Codes of what a layer computes with, which stand for it bit for bit. */
async function codesOf(fn: string, trained: Trained, moment: Moment): Promise<QuantizedValues> {
  const { path, grid } = trained;
  const { dtype, block, limits } = grid;
  const shape = moment.value.shape;
  const read = (x: tf.Tensor | null) => (x ? (x.data() as Promise<Float32Array>) : null);
  const [value, below, step] = await allDone([read(moment.value)!, read(moment.below)!, read(moment.step)]);
  let quantized: QuantizedValues;
  if (block === null) quantized = quantizeValuesAs(fn, value, shape, { dtype, granularity: 'none' });
  else {
    const found = parameters(fn, trained, shape, { value, below, step });
    const codes = isEven(dtype)
      ? integerCodes(value, codesFor(dtype as IntegerDtype, value.length), { ...limits, shape, block, ...found })
      : encodeScaled(
          value,
          new Uint8Array(value.length),
          found.scales,
          planOf(shape, block),
          scaledFormat(dtype as ScaledDtype).encode,
        );
    quantized = { dtype, shape: [...shape], block, codes, ...found };
  }
  const decoded = dequantizeValuesAs(fn, quantized);
  const off = decoded.findIndex((x, i) => x !== value[i]);
  if (off >= 0)
    throw new Error(
      `${fn}: weights must be finite, and on the grid when all transforms are done, got ${value[off]} at ${path}[${off}]`,
    );
  return quantized;
}

/** Codes of weights by path, of one moment: nothing waits before all of them are taken. */
export async function allCodes(fn: string, all: readonly Trained[]): Promise<Map<string, QuantizedValues>> {
  const moments: Moment[] = [];
  try {
    for (const one of all) moments.push(momentOf(one));
    const codes = await allDone(all.map((one, i) => codesOf(fn, one, moments[i]!)));
    return new Map(all.map(({ path }, i) => [path, codes[i]!]));
  } finally {
    for (const { value, below, step } of moments) tf.dispose([value, below, ...(step ? [step] : [])]);
  }
}

/** The same values in codes that the stock format has, to the bit; a reason where it has none. */
export function stockCodes(quantized: QuantizedValues, values: Float32Array): Quantized | { reason: string } {
  const { dtype, codes, scales, zeroPoints } = quantized;
  if (isEven(dtype) && scales!.length === 1) {
    // Where a code is q, its value is (q - zero) scale = (q - least) scale + (least - zero) scale: in float64 all of it is exact.
    const scale = scales![0]!;
    const least = dtype === 'ternary' ? -1 : dtype.startsWith('u') ? 0 : -(2 ** (Number(dtype.slice(3)) - 1));
    const wide = dtype === 'uint16';
    const stored = wide ? new Uint16Array(codes) : Uint8Array.from(codes, (code) => code - least);
    const min = (least - (zeroPoints?.[0] ?? 0)) * scale + 0;
    return { dtype: wide ? 'uint16' : 'uint8', codes: stored, scale, min };
  }
  const halves = float16Bits(values);
  if (fromFloat16Bits(halves).every((x, i) => x === values[i])) return { dtype: 'float16', codes: halves };
  const blocks = scales === null ? '' : ` with ${scales.length} scales`;
  return { reason: `${dtype}${blocks}: the format has one scale for a weight; codes() has these` };
}
