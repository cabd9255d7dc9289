import { checkType } from '@weightkit/numerics/check';
import type { CheckpointTensor, Encoding, Format } from '../checkpoint.ts';
import type { Dtype } from '../dtypes.ts';
import { rankOf } from '../formats/safetensors/safetensors-dtypes.ts';

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

/**
 * How a tensor is written in a format without losing a bit of a value: itself, or what its decoded numbers are written as; undefined where
 * the format cannot hold it.
 */
function encodeFor(tensor: CheckpointTensor, format: Format): CheckpointTensor | 'float32' | 'int32' | undefined {
  const { dtype, encoding } = tensor;
  if (format === 'compact') return encoding.kind === 'ggml' ? 'float32' : tensor;
  if (format === 'tfjs') {
    if (encoding.kind === 'ggml' || encoding.kind === 'codes') return 'float32';
    if (encoding.kind !== 'plain' || TFJS.includes(dtype)) return tensor;
    if (dtype === 'float16') return { ...tensor, dtype: 'float32', encoding: { kind: 'float16' } };
    if (WIDENED.includes(dtype)) return 'float32';
    return AS_INT32.includes(dtype) ? 'int32' : undefined;
  }
  if (encoding.kind === 'float16') return { ...tensor, dtype: 'float16', encoding: { kind: 'plain' } };
  if (encoding.kind === 'affine') return dtype === 'int32' ? 'int32' : 'float32';
  if (encoding.kind === 'ggml' || encoding.kind === 'codes') return 'float32';
  if (format === 'safetensors') return rankOf(dtype) >= 0 ? tensor : undefined;
  if (WIDENED.includes(dtype)) return 'float32';
  return NOT_IN_NPY.includes(dtype) ? undefined : tensor;
}

/**
 * Tensors as a format holds them, and which of them are in another form then.
 *
 * @param fn - the function that asks, for the message
 * @throws TypeError for one that the format cannot hold
 */
export async function encodeAll(
  tensors: readonly CheckpointTensor[],
  format: Format,
  fn: string,
): Promise<{ encoded: CheckpointTensor[]; converted: ConvertedTensor[] }> {
  const converted: ConvertedTensor[] = [];
  const forms = tensors.map((tensor) => encodeFor(tensor, format));
  // Most files are written in a form that their tensors have.
  const decode = forms.some((form) => typeof form === 'string')
    ? (await import(/* webpackChunkName: "weightkit-decoded" */ './decoded.ts')).decoded
    : undefined;
  const encoded = tensors.map((tensor, i) => {
    const form = forms[i];
    const { name, dtype, encoding } = tensor;
    checkType(
      form !== undefined,
      `${fn}: ${format} cannot hold ${dtype}; leave ${name} out or change it by mapCheckpoint; tensor`,
      `${name} of ${dtype}`,
    );
    const made = typeof form === 'string' ? decode!(tensor, form) : form;
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
