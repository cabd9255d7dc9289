import { packCodes } from '@weightkit/numerics';
import { checkNumbers, checkOptions, checkPlainObject, checkRange, checkType } from '@weightkit/numerics/check';
import { checkTensor } from './check-checkpoint.ts';
import type { CheckpointTensor, CodesEncoding } from './checkpoint.ts';
import { codesCodec, type Refuse, readParts } from './codes-codec.ts';
import { brokenRule, partsOf } from './codes-encoding.ts';
import { computedTensor } from './computed-tensor.ts';

/** The numbers of a tensor that is stored as codes. */
export interface CodeParts {
  /** One for a value, row-major, not packed. */
  codes: Int8Array | Int16Array | Uint8Array | Uint16Array;
  /** One for a block, row-major; finite and above 0. */
  scales: Float32Array;
  /** The code of 0 in each block, a Float32Array where the encoding's `zeroPoints` are `float32`; null where it is 0 in all. */
  zeroPoints: Int32Array | Float32Array | null;
  /** What each code stands for before it is scaled; null where it stands for itself. */
  codebook: Float32Array | null;
  /** What values are divided by once they are decoded, one for a block of the encoding's `factors`; left out without. */
  factors?: Float32Array | undefined;
}

/** What a tensor of codes is made of. */
export interface CodedTensor {
  /** Its name. */
  name: string;
  /** Its sizes, row-major; one value at least. */
  shape: readonly number[];
  /** How its codes are stored; `e8m0` is for scales that are powers of two from 2⁻¹²⁷ to 2¹²⁷. */
  encoding: CodesEncoding;
  /** Makes the numbers, anew at each call; what it returns is borrowed. */
  parts: () => CodeParts | Promise<CodeParts>;
}

const FN = 'codedTensor';

function scaleBytes(scales: Float32Array, stored: CodesEncoding['scales']): Uint8Array {
  checkNumbers(`${FN}: scales must be finite and above 0`, scales, isPositive);
  if (stored === 'float32') return bytesOf(scales);
  return Uint8Array.from(scales, (scale) => {
    const exponent = Math.round(Math.log2(scale));
    checkRange(scale === 2 ** exponent && exponent >= -127, `${FN}: scales of e8m0 must be powers of two`, scale);
    return exponent + 127;
  });
}

const isPositive = (x: number): boolean => x > 0 && Number.isFinite(x);

/** Zero points as they are stored. */
function zeroBytes(
  zeroPoints: Int32Array | Float32Array,
  { bits, zeroPoints: stored }: CodesEncoding,
  Codes: CodesOf,
): Uint8Array {
  if (stored === 'float32') {
    checkType(zeroPoints instanceof Float32Array, `${FN}: zeroPoints must be as encoding says`, zeroPoints);
    checkNumbers(`${FN}: zeroPoints must be finite`, zeroPoints, Number.isFinite);
    return bytesOf(zeroPoints);
  }
  checkType(zeroPoints instanceof Int32Array, `${FN}: zeroPoints must be as encoding says`, zeroPoints);
  const zeros = Codes.from(zeroPoints);
  for (let k = 0; k < zeroPoints.length; k++)
    checkRange(zeros[k] === zeroPoints[k], `${FN}: zeroPoints must be codes`, zeroPoints[k]);
  return packCodes(zeros, bits);
}

type CodesOf = Int8ArrayConstructor | Int16ArrayConstructor | Uint8ArrayConstructor | Uint16ArrayConstructor;

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** The stored bytes, part by part; lengths are those that the encoding says. */
function storedParts(shape: readonly number[], encoding: CodesEncoding, parts: CodeParts): Uint8Array[] {
  checkPlainObject(`${FN}: parts must be codes, scales, zeroPoints and codebook`, parts);
  checkOptions(FN, parts, ['codes', 'scales', 'zeroPoints', 'codebook', 'factors'], 'parts');
  const { codes, scales, zeroPoints, codebook, factors } = parts;
  const { bits, signed } = encoding;
  const lengths = partsOf(shape, encoding);
  checkType(scales instanceof Float32Array, `${FN}: scales must be a Float32Array`, scales);
  checkType((codebook === null) === (encoding.codebook === 0), `${FN}: codebook must be as encoding says`, codebook);
  checkType((zeroPoints === null) === !encoding.zeroPoints, `${FN}: zeroPoints must be as encoding says`, zeroPoints);
  const Codes = bits > 8 ? (signed ? Int16Array : Uint16Array) : signed ? Int8Array : Uint8Array;
  checkType(codes instanceof Codes, `${FN}: codes must be a ${Codes.name}`, codes);
  if (codebook) {
    checkType(codebook instanceof Float32Array, `${FN}: codebook must be a Float32Array`, codebook);
    checkNumbers(`${FN}: codes must be 0 to ${codebook.length - 1}`, codes, (code) => code < codebook.length);
  }
  checkType((factors === undefined) === !encoding.factors, `${FN}: factors must be as encoding says`, factors);
  if (factors !== undefined) {
    checkType(factors instanceof Float32Array, `${FN}: factors must be a Float32Array`, factors);
    checkNumbers(`${FN}: factors must be finite and above 0`, factors, isPositive);
  }
  const made = {
    codebook: codebook ? bytesOf(codebook) : new Uint8Array(0),
    scales: scaleBytes(scales, encoding.scales),
    zeroPoints: zeroPoints ? zeroBytes(zeroPoints, encoding, Codes) : new Uint8Array(0),
    factors: factors ? bytesOf(factors) : new Uint8Array(0),
    codes: packCodes(codes, bits),
  };
  for (const part of ['codebook', 'scales', 'zeroPoints', 'factors', 'codes'] as const)
    checkRange(
      made[part].length === lengths[part],
      `${FN}: ${part} must take ${lengths[part]} bytes`,
      made[part].length,
    );
  return Object.values(made);
}

/**
 * A tensor of packed codes, for the format `compact`; other formats write its values. Codes are made when they are asked for.
 *
 * @example
 * const encoding = { kind: 'codes', grid: 'int4', bits: 4, signed: true, view: [3], block: [2], scales: 'float32', zeroPoints: false, codebook: 0 };
 * const parts = () => ({ codes: Int8Array.of(-8, 7, 1), scales: Float32Array.of(0.5, 2), zeroPoints: null, codebook: null });
 * const tensor = codedTensor({ name: 'w', shape: [3], encoding, parts });
 * console.log(tensor.byteLength, await tensor.values()); // -> 10 Float32Array(3) [ -4, 3.5, 2 ]
 *
 * @param coded - see {@link CodedTensor}
 * @returns the tensor
 * @throws TypeError or RangeError for a part that is none; its methods, for numbers that do not belong to shape and encoding
 */
export function codedTensor(coded: CodedTensor): CheckpointTensor {
  checkPlainObject(`${FN}: coded must be a plain object`, coded);
  checkOptions(FN, coded, ['name', 'shape', 'encoding', 'parts'], 'coded');
  const { name, shape, encoding, parts } = coded;
  checkType(typeof parts === 'function', `${FN}: parts must be a function`, parts);
  checkType(typeof name === 'string', `${FN}: name must be a string`, name);
  checkType(Array.isArray(shape), `${FN}: shape must be a list of whole numbers`, shape);
  checkNumbers(`${FN}: shape must be a list of whole numbers`, shape, (n) => Number.isSafeInteger(n) && n >= 0);
  checkPlainObject(`${FN}: encoding must be one of codes`, encoding);
  checkRange(encoding.kind === 'codes', `${FN}: kind must be codes`, encoding.kind);
  const broken = brokenRule(shape, 'float32', encoding);
  if (broken) checkRange(false, `${FN}: ${broken.rule}`, broken.got);
  return computedTensor({
    name,
    shape,
    dtype: 'float32',
    encoding,
    codec: codesCodec(shape, encoding, refuseIn(name)),
    byteLength: partsOf(shape, encoding).total,
    async *stream() {
      for (const part of storedParts(shape, encoding, await parts())) if (part.length > 0) yield part;
    },
  });
}

const refuseIn =
  (name: string): Refuse =>
  (_check, rule, got) => {
    throw new RangeError(`codeParts: ${rule} in ${name}, got ${got}`);
  };

/**
 * The codes of a tensor that is stored as codes, with their scales, zero points and codebook.
 *
 * @example
 * const encoding = { kind: 'codes', grid: 'int4', bits: 4, signed: true, view: [3], block: [2], scales: 'float32', zeroPoints: false, codebook: 0 };
 * const parts = () => ({ codes: Int8Array.of(-8, 7, 1), scales: Float32Array.of(0.5, 2), zeroPoints: null, codebook: null });
 * const { codes } = await codeParts(codedTensor({ name: 'w', shape: [3], encoding, parts }));
 * console.log(codes); // -> Int8Array(3) [ -8, 7, 1 ]
 *
 * @param tensor - whose encoding is of kind `codes`; it is read whole
 * @returns new arrays that belong to the caller
 * @throws TypeError for a tensor that is stored otherwise
 */
export async function codeParts(tensor: CheckpointTensor): Promise<CodeParts> {
  checkTensor('codeParts', 'tensor must be one of a checkpoint', tensor);
  const { name, shape, encoding } = tensor;
  checkType(encoding.kind === 'codes', `codeParts: tensor must be stored as codes`, `${name} as ${encoding.kind}`);
  return readParts(await tensor.bytes(), shape, encoding, refuseIn(name));
}
