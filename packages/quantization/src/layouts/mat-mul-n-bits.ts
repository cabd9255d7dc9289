import { packCodes } from '@weightkit/numerics';
import {
  checkBoolean,
  checkNumber,
  checkNumbers,
  checkOptions,
  checkPlainObject,
  checkRange,
  checkType,
} from '@weightkit/numerics/check';
import { quantizeValuesAs } from '../grids/quantize-values.ts';

/** Options of {@link matMulNBits}. */
export interface MatMulNBitsOptions {
  /**
   * Bits of a code: 2, 4 or 8.
   *
   * @defaultValue 4
   */
  bits?: 2 | 4 | 8 | undefined;
  /**
   * Inputs that share a scale: a power of two, 16 or more.
   *
   * @defaultValue 32
   */
  blockSize?: number | undefined;
  /**
   * Whether blocks have zero points of their own.
   *
   * @defaultValue false, and 0 is the code 2^(bits − 1)
   */
  affine?: boolean | undefined;
}

/** Attributes and inputs of ONNX Runtime's operator MatMulNBits. */
export interface MatMulNBits {
  /** Inputs. */
  K: number;
  /** Outputs. */
  N: number;
  /** Bits of a code. */
  bits: number;
  /** Inputs that share a scale. */
  block_size: number;
  /** The input B: [N, ⌈K / block_size⌉, block_size · bits / 8], the lowest bits first. */
  B: Uint8Array;
  /** [N, ⌈K / block_size⌉]. */
  scales: Float32Array;
  /** [N, ⌈⌈K / block_size⌉ · bits / 8⌉], packed as B is; null for the operator's default. */
  zero_points: Uint8Array | null;
}

/**
 * A dense kernel as ONNX Runtime's MatMulNBits takes it (com.microsoft, opset 1): value = (code − zero point) · scale. A last
 * block that is not full ends in codes of 0.
 *
 * @example
 * const kernel = Float32Array.from({ length: 40 * 2 }, (_, i) => (i % 2 ? -1 : 1) * (i >> 1));
 * const { B, scales } = matMulNBits(kernel, [40, 2]);
 * console.log(B.length, scales.length); // -> 64 4
 *
 * @param kernel - finite, row-major, inputs by outputs as TensorFlow.js has it; not changed
 * @param shape - [K, N]
 * @param options - see {@link MatMulNBitsOptions}
 * @returns new arrays, in the names of the operator
 * @throws TypeError or RangeError for other arguments, NaN or infinity by index
 */
export function matMulNBits(
  kernel: Float32Array,
  shape: readonly [number, number],
  options: MatMulNBitsOptions = {},
): MatMulNBits {
  const fn = 'matMulNBits';
  checkType(kernel instanceof Float32Array, `${fn}: kernel must be a Float32Array`, kernel);
  checkPlainObject(`${fn}: options must be a plain object`, options);
  checkOptions(fn, options, ['bits', 'blockSize', 'affine']);
  const { bits = 4, blockSize = 32, affine = false } = options;
  checkType(bits === 2 || bits === 4 || bits === 8, `${fn}: bits must be 2, 4 or 8`, bits);
  const power = (n: number) => n >= 16 && n <= 2 ** 20 && Number.isInteger(Math.log2(n));
  checkNumber(`${fn}: blockSize must be a power of two from 16 to 2^20`, blockSize, power);
  checkBoolean(fn, 'affine', affine);
  checkNumbers(`${fn}: shape must be [K, N]`, shape, (n) => Number.isSafeInteger(n) && n >= 0);
  checkRange(shape.length === 2, `${fn}: shape must be [K, N]`, shape);
  const [K, N] = shape;
  const { codes, scales, zeroPoints } = quantizeValuesAs(fn, kernel, shape, {
    dtype: `uint${bits}`,
    granularity: { group: blockSize, axis: 0 },
    scheme: affine ? 'affine' : 'noClipping',
  });
  const blocks = Math.ceil(K / blockSize);
  const byOutput = new Uint8Array(N * blocks * blockSize);
  const scalesByOutput = new Float32Array(N * blocks);
  // Each output's zero points begin with a byte.
  const zeroCodes = Math.ceil((blocks * bits) / 8) * (8 / bits);
  const zeros = new Uint8Array(N * zeroCodes);
  for (let n = 0; n < N; n++) {
    for (let k = 0; k < K; k++) byOutput[n * blocks * blockSize + k] = codes[k * N + n]!;
    for (let b = 0; b < blocks; b++) {
      scalesByOutput[n * blocks + b] = scales![b * N + n]!;
      zeros[n * zeroCodes + b] = zeroPoints![b * N + n]!;
    }
  }
  return {
    K,
    N,
    bits,
    block_size: blockSize,
    B: packCodes(byOutput, bits),
    scales: scalesByOutput,
    zero_points: affine ? packCodes(zeros, bits) : null,
  };
}
