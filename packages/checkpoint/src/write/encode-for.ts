import { checkType } from '@weightkit/numerics/check';
import type { CheckpointTensor, Encoding, Format } from '../checkpoint.ts';
import { computedTensor } from '../computed-tensor.ts';
import { type Dtype, sizeOf } from '../dtypes.ts';
import { rankOf } from '../formats/safetensors/safetensors-dtypes.ts';
import { plainCodec } from '../stored-tensor.ts';

/** What a tensor's numbers are and how they are stored. */
export interface TensorForm {
  /** The dtype of the decoded numbers. */
  dtype: Dtype;
  /** The kind of encoding. */
  encoding: Encoding['kind'];
}

/** A tensor that was written in another form. */
export interface ConvertedTensor {
  /** Its name. */
  name: string;
  /** Its dtype and encoding before. */
  from: TensorForm;
  /** And in the file. */
  to: TensorForm;
}

const PIECE = 1 << 18;

/** The decoded numbers as float32 or int32, exact for every dtype it is asked for. */
function decoded(tensor: CheckpointTensor, dtype: 'float32' | 'int32'): CheckpointTensor {
  const { name, shape } = tensor;
  const Type = dtype === 'float32' ? Float32Array : Int32Array;
  return computedTensor({
    name,
    shape,
    dtype,
    codec: plainCodec(dtype),
    byteLength: 4 * sizeOf(shape),
    async *stream() {
      for await (const values of tensor.chunks(PIECE)) {
        const out = values instanceof Type ? values : Type.from(values as Uint8Array);
        yield new Uint8Array(out.buffer, out.byteOffset, out.byteLength);
      }
    },
  });
}

const WIDENED: readonly Dtype[] = [
  'bfloat16',
  'float8_e4m3fn',
  'float8_e4m3fnuz',
  'float8_e5m2',
  'float8_e5m2fnuz',
  'float8_e8m0fnu',
];
const AS_INT32: readonly Dtype[] = ['int8', 'int16', 'uint8', 'uint16'];
/** What npy has no name for. */
const NOT_IN_NPY: readonly Dtype[] = ['string', 'float6_e2m3fn', 'float6_e3m2fn', 'float4_e2m1fn'];
const TFJS: readonly Dtype[] = ['float32', 'int32', 'bool', 'string', 'complex64'];

/** How a tensor is written in a format without losing a bit of a value; undefined where the format cannot hold it. */
export function encodeFor(tensor: CheckpointTensor, format: Format): CheckpointTensor | undefined {
  const { dtype, encoding } = tensor;
  if (format === 'compact') return encoding.kind === 'ggml' ? decoded(tensor, 'float32') : tensor;
  if (format === 'tfjs') {
    if (encoding.kind === 'ggml' || encoding.kind === 'codes') return decoded(tensor, 'float32');
    if (encoding.kind !== 'plain' || TFJS.includes(dtype)) return tensor;
    if (dtype === 'float16') return { ...tensor, dtype: 'float32', encoding: { kind: 'float16' } };
    if (WIDENED.includes(dtype)) return decoded(tensor, 'float32');
    return AS_INT32.includes(dtype) ? decoded(tensor, 'int32') : undefined;
  }
  if (encoding.kind === 'float16') return { ...tensor, dtype: 'float16', encoding: { kind: 'plain' } };
  if (encoding.kind === 'affine') return decoded(tensor, dtype === 'int32' ? 'int32' : 'float32');
  if (encoding.kind === 'ggml' || encoding.kind === 'codes') return decoded(tensor, 'float32');
  if (format === 'safetensors') return rankOf(dtype) >= 0 ? tensor : undefined;
  if (WIDENED.includes(dtype)) return decoded(tensor, 'float32');
  return NOT_IN_NPY.includes(dtype) ? undefined : tensor;
}

/**
 * Tensors as a format holds them, and which of them are in another form then.
 *
 * @param fn - the function that asks, for the message
 * @throws TypeError for one that the format cannot hold
 */
export function encodeAll(
  tensors: readonly CheckpointTensor[],
  format: Format,
  fn: string,
): { encoded: CheckpointTensor[]; converted: ConvertedTensor[] } {
  const converted: ConvertedTensor[] = [];
  const encoded = tensors.map((tensor) => {
    const made = encodeFor(tensor, format);
    const { name, dtype, encoding } = tensor;
    checkType(
      made !== undefined,
      `${fn}: ${format} cannot hold ${dtype}; leave ${name} out or change it by mapCheckpoint; tensor`,
      `${name} of ${dtype}`,
    );
    if (made !== tensor)
      converted.push({
        name,
        from: { dtype, encoding: encoding.kind },
        to: { dtype: made.dtype, encoding: made.encoding.kind },
      });
    return made;
  });
  return { encoded, converted };
}
