/** Data types that stock TensorFlow.js decodes: 1, 2 and 2 bytes for an entry. */
export type QuantizedDtype = 'uint8' | 'uint16' | 'float16';

/** Evenly spaced values: code q stands for q · scale + min. */
export interface AffineQuantized {
  /** 256 or 65536 values. */
  dtype: 'uint8' | 'uint16';
  /** One code for an entry, row-major. */
  codes: Uint8Array | Uint16Array;
  /** Distance of neighboring values; 1 where all entries are equal. */
  scale: number;
  /** What code 0 stands for. */
  min: number;
}

/** IEEE 754 half precision. */
export interface Float16Quantized {
  /** The data type of the codes. */
  dtype: 'float16';
  /** The bits of one float16 for an entry, row-major. */
  codes: Uint16Array;
}

/** What {@link quantize} returns. */
export type Quantized = AffineQuantized | Float16Quantized;

/** Whether a value names a data type of codes. */
export const isDtype = (value: unknown): value is QuantizedDtype =>
  value === 'uint8' || value === 'uint16' || value === 'float16';
