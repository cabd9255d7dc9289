import { checkTensor } from './check-checkpoint.ts';
import type { CheckpointTensor } from './checkpoint.ts';

const AS_CODES = ['float4_e2m1fn', 'float6_e2m3fn', 'float6_e3m2fn'];
const DECODED = ['Q8_0', 'Q4_0', 'Q4_K'];

/**
 * Why the values of a tensor are no real numbers: complex ones and texts are none, and those of small floats and of some blocks of GGUF
 * come as codes.
 *
 * @example
 * const weightSpecs = [{ name: 'a', shape: [0], dtype: 'complex64' }];
 * const { tensors } = await openCheckpoint({ weightSpecs, weightData: new ArrayBuffer(0) });
 * console.log(whyNoNumbers(tensors[0])); // -> complex64 entries are no real numbers
 *
 * @param tensor - of a checkpoint; nothing of it is read
 * @returns a few words, or null where they are numbers
 * @throws TypeError or RangeError when it is no tensor
 */
export function whyNoNumbers(tensor: CheckpointTensor): string | null {
  checkTensor('whyNoNumbers', 'tensor must be one of a checkpoint', tensor);
  const { dtype, encoding } = tensor;
  if (dtype === 'complex64' || dtype === 'string') return `${dtype} entries are no real numbers`;
  if (AS_CODES.includes(dtype)) return `${dtype} entries are read as codes, not as numbers`;
  if (encoding.kind === 'ggml' && !DECODED.includes(encoding.type)) return `${encoding.type} blocks are not decoded`;
  return null;
}
