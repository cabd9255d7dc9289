import { checkCheckpoint } from '../check-checkpoint.ts';
import type { Checkpoint } from '../checkpoint.ts';
import { COMPACT, manifestEntry } from '../formats/tfjs/manifest-entry.ts';
import { encodeAll } from './encode-for.ts';

/** What TensorFlow.js loads a model from, as `tf.io.ModelArtifacts`: entries of a model.json, specs and bytes of weights. */
export interface Artifacts {
  /** The other entries of the checkpoint's model.json, where it has one: `modelTopology`, `format`, `signature`, ... */
  [key: string]: unknown;
  /** The entries of a weights manifest, in the order of the data. */
  weightSpecs: Record<string, unknown>[];
  /** The weights' bytes, one after the other; a list where one buffer would be too large. */
  weightData: ArrayBuffer | ArrayBuffer[];
}

/** The most bytes of one buffer: every engine has them. */
const MOST = 2 ** 30;

/** Buffers of so many bytes in all, filled from left to right. */
export function buffersOf(total: number, most: number): { buffers: ArrayBuffer[]; put: (bytes: Uint8Array) => void } {
  const buffers: ArrayBuffer[] = [];
  for (let left = total; left > 0 || buffers.length === 0; left -= most)
    buffers.push(new ArrayBuffer(Math.min(most, left)));
  let at = 0;
  const put = (bytes: Uint8Array): void => {
    for (let from = 0; from < bytes.length; ) {
      const buffer = buffers[Math.floor(at / most)]!;
      const part = bytes.subarray(from, from + buffer.byteLength - (at % most));
      new Uint8Array(buffer).set(part, at % most);
      at += part.length;
      from += part.length;
    }
  };
  return { buffers, put };
}

/**
 * Reads a checkpoint into artifacts of TensorFlow.js, the other way round of opening them. Quantized tensors stay as they are
 * stored; those that TensorFlow.js cannot read as stored are decoded, as {@link writeCheckpoint} does it.
 *
 * @example
 * const weightSpecs = [{ name: 'a', shape: [2], dtype: 'float32' }];
 * const checkpoint = await openCheckpoint({ weightSpecs, weightData: Float32Array.of(1, 2).buffer });
 * const again = await toArtifacts(checkpoint);
 * console.log(again.weightSpecs, new Float32Array(again.weightData)); // -> [ { name: 'a', shape: [ 2 ], dtype: 'float32' } ] Float32Array(2) [ 1, 2 ]
 *
 * @param checkpoint - of any format; borrowed, and still open afterwards
 * @param fn - the function that asks, for the message of an error
 * @returns the artifacts, in memory; without `modelTopology` where the checkpoint has none
 * @throws TypeError when TensorFlow.js has no such dtype, as float64 and int64
 */
export async function toArtifacts(checkpoint: Checkpoint, fn = 'toArtifacts'): Promise<Artifacts> {
  checkCheckpoint(fn, 'checkpoint', checkpoint);
  const { modelJson = [], entries } = checkpoint.extras;
  const { encoded } = await encodeAll(checkpoint.tensors, 'tfjs', fn);
  const { buffers, put } = buffersOf(
    encoded.reduce((sum, { byteLength }) => sum + byteLength, 0),
    MOST,
  );
  for (const tensor of encoded) for await (const piece of tensor.byteChunks(1 << 22)) put(piece);
  return {
    ...Object.fromEntries(modelJson.map(([key, json]) => [key, JSON.parse(json)])),
    weightSpecs: encoded.map((tensor) => manifestEntry(tensor, entries?.get(tensor.name), COMPACT)),
    weightData: buffers.length === 1 ? buffers[0]! : buffers,
  };
}
