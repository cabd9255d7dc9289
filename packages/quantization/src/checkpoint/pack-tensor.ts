import {
  type CheckpointTensor,
  type CodeParts,
  type CodesEncoding,
  codedTensor,
  codeParts,
  computedTensor,
  plainCodec,
} from '@weightkit/checkpoint';
import { checkNumbers, checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import { sizeOf } from '../grids/block-plan.ts';
import { dequantizeValuesAs } from '../grids/dequantize-values.ts';
import { bitsOfInteger, codesFor, isIntegerDtype } from '../grids/integers.ts';
import { type GridDtype, isGridDtype, type QuantizedValues } from '../grids/quantized-values.ts';
import { type ScaledDtype, scaledFormat } from '../grids/scaled-format.ts';

/** Options of {@link packTensor}. */
export interface PackTensorOptions {
  /**
   * The tensor's sizes, where its codes were made of the same values in another shape, as `gptq` makes those of a convolution of
   * `[inputs, outputs]`.
   *
   * @defaultValue the shape of the codes
   */
  shape?: readonly number[];
}

/** How codes of a grid are stored, and the codebook that they need. */
interface Packing {
  bits: number;
  signed: boolean;
  codebook: Float32Array | null;
}

function packingOf(dtype: GridDtype): Packing {
  if (isIntegerDtype(dtype)) return { bits: bitsOfInteger(dtype), signed: !dtype.startsWith('u'), codebook: null };
  if (dtype === 'ternary') return { bits: 2, signed: true, codebook: null };
  const { values } = scaledFormat(dtype as ScaledDtype);
  return { bits: Math.log2(values.length), signed: false, codebook: values };
}

/** How the codes of a grid lie in a file; undefined for a grid whose values lie there as plain numbers. */
export function encodingOf({ dtype, shape, block, scales, zeroPoints }: QuantizedValues): CodesEncoding | undefined {
  if (block === null || scales === null || sizeOf(shape) === 0) return undefined;
  const { bits, signed, codebook } = packingOf(dtype);
  return {
    kind: 'codes',
    grid: dtype,
    bits,
    signed,
    view: shape,
    block: block.map((edge, i) => Math.min(edge, shape[i]!)),
    scales: dtype.startsWith('mx') && scales.every(isPower) ? 'e8m0' : 'float32',
    zeroPoints: zeroPoints !== null,
    codebook: codebook?.length ?? 0,
  };
}

const isPower = (scale: number): boolean => scale === 2 ** Math.round(Math.log2(scale)) && scale >= 2 ** -127;

/** What `codedTensor` takes of codes. */
export const partsOf = ({ dtype, codes, scales, zeroPoints }: QuantizedValues): CodeParts => ({
  codes,
  scales: scales!,
  zeroPoints,
  codebook: packingOf(dtype).codebook,
});

/** A tensor of numbers that need no scales: halves, and floats of 8 bits as they are. */
export function plainTensor(
  name: string,
  shape: readonly number[],
  dtype: GridDtype,
  codes: () => QuantizedValues['codes'] | Promise<QuantizedValues['codes']>,
): CheckpointTensor {
  const stored = /^(b?float16|float8_e4m3fn|float8_e5m2)$/.test(dtype) ? (dtype as 'float16') : 'float32';
  const codec = plainCodec(stored);
  return computedTensor({
    name,
    shape,
    dtype: stored,
    codec,
    byteLength: codec.blockBytes * sizeOf(shape),
    async *stream() {
      const { buffer, byteOffset, byteLength } = await codes();
      if (byteLength > 0) yield new Uint8Array(buffer, byteOffset, byteLength);
    },
  });
}

/**
 * A tensor of a checkpoint whose values are those of codes, which are packed in files of the format `compact`; others get its values.
 * With `mapCheckpoint` it takes the place of a weight: codes of `quantizeValues`, `gptq`, `adaRound` or `trainQuantized` are written so.
 *
 * @example
 * ```js
 * import { quantizeValues } from '@weightkit/quantization';
 * import { packTensor } from '@weightkit/quantization/checkpoint';
 *
 * const codes = quantizeValues(Float32Array.of(-0.8, 0.1, 0.7, 0.3), [4], { dtype: 'int4' });
 * const tensor = packTensor('w', codes);
 * console.log(tensor.encoding.grid, tensor.byteLength); // -> int4 6
 * ```
 *
 * @param name - the tensor's
 * @param quantized - codes, scales and zero points; borrowed, and read when the tensor is
 * @param options - see {@link PackTensorOptions}
 * @returns the tensor; its `values()` are those of `dequantizeValues`, to the bit
 * @throws TypeError or RangeError for codes, scales and zero points that do not belong together, and a shape of another size
 */
export function packTensor(
  name: string,
  quantized: QuantizedValues,
  options: PackTensorOptions = {},
): CheckpointTensor {
  const fn = 'packTensor';
  checkType(typeof name === 'string', `${fn}: name must be a string`, name);
  checkOptions(fn, options, ['shape']);
  const values = dequantizeValuesAs(fn, quantized);
  const { shape = quantized.shape } = options;
  const rule = `${fn}: shape must be a list of whole numbers`;
  checkType(Array.isArray(shape), rule, shape);
  checkNumbers(rule, shape, (n) => Number.isSafeInteger(n) && n >= 0);
  checkRange(sizeOf(shape) === values.length, `${fn}: shape must have ${values.length} entries`, sizeOf(shape));
  const encoding = encodingOf(quantized);
  if (!encoding) return plainTensor(name, shape, quantized.dtype, () => quantized.codes);
  return codedTensor({ name, shape, encoding, parts: () => partsOf(quantized) });
}

/**
 * The codes of a tensor of packed codes, as plain data: what {@link packTensor} was given.
 *
 * @example
 * ```js
 * import { quantizeValues } from '@weightkit/quantization';
 * import { packTensor, unpackTensor } from '@weightkit/quantization/checkpoint';
 *
 * const codes = quantizeValues(Float32Array.of(-0.8, 0.1, 0.7, 0.3), [4], { dtype: 'int4' });
 * const again = await unpackTensor(packTensor('w', codes));
 * console.log(again.codes.join(' ')); // -> -8 1 7 3
 * ```
 *
 * @param tensor - of a checkpoint, stored as codes of one of the grids of `quantizeValues`; it is read whole
 * @returns new arrays that belong to the caller; their shape is the one that blocks were cut from
 * @throws TypeError for a tensor that is stored otherwise, RangeError for codes of a grid that `quantizeValues` does not have
 */
export async function unpackTensor(tensor: CheckpointTensor): Promise<QuantizedValues> {
  const fn = 'unpackTensor';
  const isTensor = typeof Object(tensor).bytes === 'function' && typeof Object(tensor.encoding).kind === 'string';
  checkType(isTensor, `${fn}: tensor must be one of a checkpoint`, tensor);
  const { name, encoding } = tensor;
  checkType(encoding.kind === 'codes', `${fn}: tensor must be stored as codes`, `${name} as ${encoding.kind}`);
  const { grid, bits, signed, view, block } = encoding;
  const known = isGridDtype(grid) && !/^b?float16$/.test(grid) ? packingOf(grid) : undefined;
  checkRange(
    known !== undefined && known.bits === bits && known.signed === signed,
    `${fn}: codes must be of a grid of quantizeValues (codeParts gives others)`,
    `${name} of ${grid}`,
  );
  const { codes, scales, zeroPoints, codebook } = await codeParts(tensor);
  const same =
    (codebook?.length ?? 0) === (known.codebook?.length ?? 0) &&
    (codebook ?? []).every((x, i) => Object.is(x, known.codebook![i]!));
  checkRange(same, `${fn}: codebook must be that of ${grid} (codeParts gives others)`, name);
  const dtype = grid as GridDtype;
  const made = isIntegerDtype(dtype) ? codesFor(dtype, 0) : codes;
  checkRange(made.constructor === codes.constructor, `${fn}: codes must be those of ${grid}`, name);
  return { dtype, shape: [...view], block: [...block], codes: codes as QuantizedValues['codes'], scales, zeroPoints };
}
