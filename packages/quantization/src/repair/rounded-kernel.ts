import { dequantize } from '../grids/dequantize.ts';
import { quantizeAs } from '../grids/quantize.ts';
import type { QuantizedDtype } from '../grids/quantized.ts';

/** What a kernel decodes to once it is rounded; as it is without a data type. */
export const roundedKernel = (
  fn: string,
  path: string,
  values: Float32Array,
  dtype: QuantizedDtype | undefined,
): Float32Array => (dtype === undefined ? values : dequantize(quantizeAs(fn, path, values, dtype)));
