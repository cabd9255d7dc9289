import {
  type CheckpointTensor,
  type CodeParts,
  type CodesEncoding,
  codedTensor,
  codeParts,
  computedTensor,
  plainCodec,
} from '@weightkit/checkpoint';
import {
  checkNumber,
  checkNumbers,
  checkOptions,
  checkPlainObject,
  checkRange,
  checkType,
} from '@weightkit/numerics/check';
import { sizeOf } from '../grids/block-plan.ts';
import { dequantizeValuesAs } from '../grids/dequantize-values.ts';
import { bitsOfInteger, codesFor, isIntegerDtype } from '../grids/integers.ts';
import { type GridDtype, isGridDtype, type QuantizedValues } from '../grids/quantized-values.ts';
import { type ScaledDtype, scaledFormat } from '../grids/scaled-format.ts';
import type { HqqValues } from '../post-training/hqq-values.ts';

/** What a method made of a kernel, as its report has it. */
export interface KernelCodes {
  /** Codes and scales. */
  quantized: QuantizedValues | HqqValues;
  /** What the weights of inputs were multiplied with, as `awq` has it. @defaultValue none */
  factors?: Float32Array | null | undefined;
  /** How many outputs in a row share a factor of an input, of which the last may be fewer. @defaultValue all */
  factorColumns?: number | null | undefined;
  /** The places of 0 between codes, one for each scale, where `quantized` has none of its own. @defaultValue none */
  zeros?: Float32Array | null | undefined;
  /** Whether the codes lie in another order than the kernel, as those of a transposed convolution do, which cannot be packed. */
  transposed?: boolean | undefined;
}

/** Options of {@link packTensor}. */
export interface PackTensorOptions {
  /**
   * The tensor's sizes, where its codes were made of the same values in another shape, as `gptq` makes those of a convolution of
   * `[inputs, outputs]`. Those of a transposed convolution are refused: they lie in another order than its kernel.
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

/** Codes with what belongs to them. */
interface Stored {
  quantized: QuantizedValues;
  zeros: Float32Array | null;
  factors: { values: Float32Array; block: number[] } | null;
}

const isKernel = (given: object): given is KernelCodes => 'quantized' in given;
const isHqq = (codes: object): codes is HqqValues => 'zeros' in codes && 'bits' in codes;

/** Codes of HQQ as those of a grid, whose zero points stand beside them. */
function gridOf({ bits, group, shape, codes, scales }: HqqValues): QuantizedValues {
  checkNumber(`${FN}: bits must be 2 to 8`, bits, (n) => Number.isInteger(n) && n >= 2 && n <= 8);
  checkNumber(`${FN}: group must be an integer of 1 or more`, group, (n) => Number.isInteger(n) && n >= 1);
  const block = [Math.min(group, Math.max(1, shape[0])), 1];
  return { dtype: `uint${bits as 2}`, shape, block, codes, scales, zeroPoints: null };
}

function checkZeros(zeros: unknown, { scales, zeroPoints }: QuantizedValues): void {
  checkType(zeros instanceof Float32Array, `${FN}: zeros must be a Float32Array`, zeros);
  checkNumbers(`${FN}: zeros must be finite`, zeros, Number.isFinite);
  checkRange(
    zeros.length === scales?.length,
    `${FN}: zeros must be one for each of ${scales?.length} scales`,
    zeros.length,
  );
  checkType(zeroPoints === null, `${FN}: zeros must be left out beside zeroPoints`, zeros);
}

function factorsOf({ factors, factorColumns }: KernelCodes, shape: readonly number[]): Stored['factors'] {
  if (factors === undefined || factors === null) return null;
  const [inputs = 0, outputs = 0] = shape;
  checkType(factors instanceof Float32Array, `${FN}: factors must be a Float32Array`, factors);
  checkNumbers(`${FN}: factors must be finite and above 0`, factors, (f) => f > 0 && Number.isFinite(f));
  checkRange(shape.length === 2, `${FN}: factors must be of codes of shape [inputs, outputs]`, shape);
  const columns = factorColumns ?? outputs;
  checkNumber(
    `${FN}: factorColumns must be an integer of 1 to ${outputs}`,
    columns,
    (n) => outputs === 0 || (Number.isInteger(n) && n >= 1 && n <= outputs),
  );
  const count = outputs === 0 ? 0 : inputs * Math.ceil(outputs / columns);
  checkRange(
    outputs === 0 || factors.length === count,
    `${FN}: factors must be ${count}, one for an input and ${columns} outputs`,
    factors.length,
  );
  return { values: factors, block: [1, columns] };
}

/** What is stored of codes, checked. */
function storedOf(given: QuantizedValues | HqqValues | KernelCodes): Stored {
  checkPlainObject(`${FN}: quantized must be codes, or what a method made of a kernel`, given);
  const kernel = isKernel(given) ? given : { quantized: given };
  const { quantized: codes } = kernel;
  checkPlainObject(`${FN}: quantized must be codes`, codes);
  const own = isHqq(codes);
  const zeros = own ? codes.zeros : (kernel.zeros ?? null);
  const quantized = own ? gridOf(codes) : codes;
  dequantizeValuesAs(FN, quantized);
  if (zeros !== null) checkZeros(zeros, quantized);
  return { quantized, zeros, factors: factorsOf(kernel, quantized.shape) };
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

const FN = 'packTensor';

/**
 * A tensor of a checkpoint whose values are those of codes, which are packed in files of the format `compact`; others get its values.
 * With `mapCheckpoint` it takes the place of a weight: codes of `quantizeValues` and `trainQuantized` are written so, and what `gptq`,
 * `awq`, `adaRound`, `hqq` and `mixedPrecision` report of a kernel, with its factors and its zero points between codes.
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
 * @param quantized - codes, scales and zero points, or what a method made of a kernel; borrowed, and read when the tensor is
 * @param options - see {@link PackTensorOptions}
 * @returns the tensor; its `values()` are those of `dequantizeValues`, or those that the method put into the model, to the bit
 * @throws TypeError or RangeError for codes, scales and zero points that do not belong together, a shape of another size, and what a
 * method made of a transposed convolution's kernel
 */
export function packTensor(
  name: string,
  quantized: QuantizedValues | HqqValues | KernelCodes,
  options: PackTensorOptions = {},
): CheckpointTensor {
  checkType(typeof name === 'string', `${FN}: name must be a string`, name);
  checkOptions(FN, options, ['shape']);
  const { quantized: codes, zeros, factors } = storedOf(quantized);
  const { shape = codes.shape } = options;
  checkRange(
    (quantized as KernelCodes).transposed !== true,
    `${FN}: quantized must not be of a transposed convolution, whose codes lie in another order (leave it as it is, or pack quantizeValues of its kernel)`,
    name,
  );
  const rule = `${FN}: shape must be a list of whole numbers`;
  checkType(Array.isArray(shape), rule, shape);
  checkNumbers(rule, shape, (n) => Number.isSafeInteger(n) && n >= 0);
  const size = sizeOf(codes.shape);
  checkRange(sizeOf(shape) === size, `${FN}: shape must have ${size} entries`, sizeOf(shape));
  const plain = encodingOf(codes);
  checkType(
    plain !== undefined || size === 0 || factors === null,
    `${FN}: factors must be left out without scales`,
    factors,
  );
  if (!plain) return plainTensor(name, shape, codes.dtype, () => codes.codes);
  const encoding: CodesEncoding = {
    ...plain,
    ...(zeros ? { zeroPoints: 'float32' } : {}),
    ...(factors ? { factors: factors.block } : {}),
  };
  const parts = () => ({
    ...partsOf(codes),
    ...(zeros ? { zeroPoints: zeros } : {}),
    ...(factors ? { factors: factors.values } : {}),
  });
  return codedTensor({ name, shape, encoding, parts });
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
  const between = encoding.zeroPoints === 'float32';
  const known = isGridDtype(grid) && !/^b?float16$/.test(grid) ? packingOf(grid) : undefined;
  checkRange(
    known !== undefined && known.bits === bits && known.signed === signed && !between && encoding.factors === undefined,
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
  const own = { codes: codes as QuantizedValues['codes'], scales, zeroPoints: zeroPoints as Int32Array | null };
  return { dtype, shape: [...view], block: [...block], ...own };
}
