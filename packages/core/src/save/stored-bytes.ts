import type * as tf from '@tensorflow/tfjs-core';
import { checkRange, checkType } from '@weightkit/numerics/check';

const WIDTHS: Record<string, number> = {
  float32: 4,
  int32: 4,
  complex64: 8,
  bool: 1,
  uint8: 1,
  uint16: 2,
  float16: 2,
};

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** The bytes of one entry's tensor, or null for strings, whose lengths stand in the file. Refuses what cannot be. */
function widthOf({ name, shape, dtype, quantization }: tf.io.WeightsManifestEntry): number | null {
  checkType(typeof name === 'string', 'fileSystem: a weight must have a name', name);
  checkRange(
    Array.isArray(shape) &&
      shape.every((size) => Number.isInteger(size) && size >= 0) &&
      Number.isSafeInteger(8 * sizeOf(shape)),
    `fileSystem: shape of ${name} must be a list of integers of 0 or more`,
    shape,
  );
  if (dtype === 'string') return null;
  const stored = quantization?.dtype ?? dtype;
  checkRange(
    Object.hasOwn(WIDTHS, stored),
    `fileSystem: dtype of ${name} must be one that TensorFlow.js reads`,
    stored,
  );
  return WIDTHS[stored]! * sizeOf(shape);
}

/** The bytes that a group of weights takes at least (strings four for each length), and exactly where there are no strings. */
export function storedBytes(weights: readonly tf.io.WeightsManifestEntry[]): number {
  return weights.reduce((sum, entry) => sum + (widthOf(entry) ?? 4 * sizeOf(entry.shape)), 0);
}

/** The bytes that a group takes, with the lengths of strings read from the file; more than there are when it is cut short. */
export function bytesWithStrings(weights: readonly tf.io.WeightsManifestEntry[], bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 0;
  for (const entry of weights) {
    const fixed = widthOf(entry);
    if (fixed !== null) offset += fixed;
    else
      for (let i = 0; i < sizeOf(entry.shape) && offset <= bytes.byteLength; i++)
        offset += 4 + (offset + 4 <= bytes.byteLength ? view.getUint32(offset, true) : 0);
  }
  return offset;
}
