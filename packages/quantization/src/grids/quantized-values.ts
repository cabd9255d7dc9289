import { type IntegerDtype, isIntegerDtype } from './integers.ts';
import type { MicroscalingDtype } from './microscaling.ts';

/** Every grid of {@link quantizeValues}. */
export type GridDtype =
  | IntegerDtype
  | MicroscalingDtype
  | 'float16'
  | 'bfloat16'
  | 'float8_e4m3fn'
  | 'float8_e5m2'
  | 'nf4'
  | 'ternary';

/** Values on a grid, as plain data: what {@link quantizeValues} returns and {@link dequantizeValues} takes. */
export interface QuantizedValues {
  /** The grid. */
  dtype: GridDtype;
  /** Lengths of the axes. */
  shape: number[];
  /** Edges of the blocks that share a scale, one for an axis; null where nothing is scaled. */
  block: number[] | null;
  /** One code for a value, row-major, not packed: `packCodes` of `@weightkit/numerics` packs them. */
  codes: Int8Array | Uint8Array | Uint16Array;
  /** One for a block, row-major; null where nothing is scaled. */
  scales: Float32Array | null;
  /** The code of 0 in each block; null where it is 0 in all. */
  zeroPoints: Int32Array | null;
}

const OTHERS = new Set(
  'float16 bfloat16 float8_e4m3fn float8_e5m2 nf4 mxfp8_e4m3 mxfp8_e5m2 mxfp4 mxint8 ternary'.split(' '),
);

export const isGridDtype = (dtype: unknown): dtype is GridDtype => isIntegerDtype(dtype) || OTHERS.has(dtype as string);

/** What an error says of a dtype that is none. */
export const GRID_DTYPES = `int2 to int8, uint2 to uint8, uint16, ${[...OTHERS].join(', ')}`;
