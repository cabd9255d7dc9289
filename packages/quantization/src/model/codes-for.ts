import { extent } from '@weightkit/numerics';
import { checkFinite } from '@weightkit/numerics/check';
import type { Candidate } from '../effect/bits-by-effect.ts';
import { dequantize } from '../grids/dequantize.ts';
import { quantizationError } from '../grids/quantization-error.ts';
import { quantizeAs } from '../grids/quantize.ts';
import type { Quantized, QuantizedDtype } from '../grids/quantized.ts';
import { clipOf, type RangeOptions } from '../ranges/range-options.ts';
import { type Default, isDefault, type PlainDefault, settled } from './default-dtype.ts';

const FN = 'quantizeModel';

/** Codes of a type, clipped as the options say where they have 8 bits. */
export function clipped(path: string, values: Float32Array, dtype: QuantizedDtype, options: RangeOptions): Quantized {
  checkFinite(FN, 'values', path, values);
  return quantizeAs(FN, path, values, dtype, dtype === 'uint8' ? clipOf(options, values) : undefined);
}

/** What a weight's numbers become; a reason where they stay as they are. */
export function codesFor(
  path: string,
  values: Float32Array,
  choice: QuantizedDtype | Default,
  plan: PlainDefault,
  options: RangeOptions,
): Quantized | { reason: string } {
  if (!isDefault(choice)) return clipped(path, values, choice, options);
  checkFinite(FN, 'values', path, values);
  const { min: low, max: high } = extent(values);
  let coded: Quantized | undefined;
  const dtype = settled({ name: path, count: values.length, low, high }, choice, plan, () => {
    // Measured: values that lay on a grid of 8 bits before lose nothing.
    coded = clipped(path, values, 'uint8', options);
    return quantizationError(values, coded, dequantize(coded)).sqnr;
  });
  if (typeof dtype !== 'string') return dtype;
  return dtype === 'uint8' && coded ? coded : quantizeAs(FN, path, values, dtype);
}

/** The better of the codes of 2 bytes, and that of 1, of those that may be taken. */
export function optionsFor(
  path: string,
  values: Float32Array,
  {
    among = ['float16', 'uint16', 'uint8'],
    ...options
  }: RangeOptions & { among?: readonly QuantizedDtype[] | undefined },
): Candidate<Quantized>[] {
  const all = among.flatMap((dtype) => {
    try {
      const choice = clipped(path, values, dtype, options);
      const decoded = dequantize(choice);
      return [{ choice, decoded, bytes: choice.codes.byteLength, ...quantizationError(values, choice, decoded) }];
    } catch {
      return []; // Values that it cannot hold.
    }
  });
  const [two, one] = [2, 1].map(
    (bytes) => all.filter(({ choice }) => choice.codes.BYTES_PER_ELEMENT === bytes).sort((a, b) => b.sqnr - a.sqnr)[0],
  );
  return [two, one].filter((option) => option !== undefined);
}
