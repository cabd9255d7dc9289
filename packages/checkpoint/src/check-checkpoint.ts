import { checkRange, checkType } from '@weightkit/numerics/check';
import type { Checkpoint, CheckpointTensor } from './checkpoint.ts';
import { brokenRule, partsOf } from './codes-encoding.ts';
import { DTYPES, isPlainDtype, sizeOf } from './dtypes.ts';

const KINDS = ['plain', 'affine', 'float16', 'ggml', 'codes'];
const AS_CODES = ['float4_e2m1fn', 'float6_e2m3fn', 'float6_e3m2fn'];
const DECODED = ['Q8_0', 'Q4_0', 'Q4_K'];

/** The bytes that a tensor's shape and form take, or undefined where these do not say. */
function bytesOf({ shape, dtype, encoding }: CheckpointTensor): number | undefined {
  if (encoding.kind === 'affine') return sizeOf(shape) * (encoding.storage === 'uint8' ? 1 : 2);
  if (encoding.kind === 'float16') return 2 * sizeOf(shape);
  if (encoding.kind === 'codes') return partsOf(shape, encoding).total;
  if (encoding.kind === 'ggml' || dtype === 'string') return undefined;
  return Math.ceil((sizeOf(shape) * DTYPES[dtype].bits) / 8);
}

/**
 * Throws unless a value is a tensor whose shape, dtype and encoding are those of one and take the bytes that it has.
 *
 * @param fn - the function that was called, for the message
 * @param what - what the tensor is to its caller
 * @param value - the caller's
 */
export function checkTensor(fn: string, what: string, value: unknown): asserts value is CheckpointTensor {
  if (!isTensor(value)) checkType(false, `${fn}: ${what}`, value);
  const { name, shape, dtype, encoding, byteLength } = value as CheckpointTensor;
  const fits =
    (dtype === 'string' || isPlainDtype(dtype)) &&
    KINDS.includes(encoding.kind) &&
    shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0);
  // Put together for what is wrong alone: there may be many thousands.
  if (!fits)
    checkRange(false, `${fn}: shape, dtype and encoding of ${name} must be those of a tensor`, {
      shape,
      dtype,
      encoding,
    });
  if (encoding.kind === 'codes') {
    const broken = brokenRule(shape, dtype, encoding);
    if (broken) checkRange(false, `${fn}: encoding of ${name}: ${broken.rule}`, broken.got);
  }
  const bytes = bytesOf(value as CheckpointTensor);
  if (bytes !== undefined && bytes !== byteLength)
    checkRange(false, `${fn}: shape and dtype of ${name} must take the ${byteLength} bytes that it has`, {
      shape,
      dtype,
    });
}

/** Whether a value has what tensors are read by. */
function isTensor(value: unknown): value is CheckpointTensor {
  if (typeof value !== 'object' || value === null) return false;
  const { name, shape, encoding, bytes, chunks, byteChunks } = value as Partial<CheckpointTensor>;
  const methods = [bytes, chunks, byteChunks].every((method) => typeof method === 'function');
  return typeof name === 'string' && Array.isArray(shape) && typeof encoding?.kind === 'string' && methods;
}

/**
 * Throws a TypeError unless a value is a checkpoint: of `openCheckpoint`, `mapCheckpoint` or a transform, and no promise of one.
 *
 * @param fn - the function that was called, for the message
 * @param what - the argument's name
 * @param checkpoint - the caller's value
 */
export function checkCheckpoint(fn: string, what: string, checkpoint: unknown): asserts checkpoint is Checkpoint {
  const rule = `${fn}: ${what} must be one of openCheckpoint`;
  const { tensors, extras } = Object(checkpoint) as Partial<Checkpoint>;
  checkType(Array.isArray(tensors) && typeof extras === 'object' && extras !== null, rule, checkpoint);
  for (const tensor of tensors) checkTensor(fn, `tensors of ${what} must be tensors`, tensor);
}

/**
 * Why the values of a tensor are no real numbers.
 *
 * @example
 * const weightSpecs = [{ name: 'a', shape: [0], dtype: 'complex64' }];
 * const { tensors } = await openCheckpoint({ weightSpecs, weightData: new ArrayBuffer(0) });
 * console.log(whyNoNumbers(tensors[0])); // -> complex64 entries are no real numbers
 *
 * @param tensor - of a checkpoint; nothing is read
 * @returns a few words, or null where they are
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
