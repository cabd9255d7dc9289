import type { CodesEncoding } from './checkpoint.ts';
import { type Dtype, sizeOf } from './dtypes.ts';

/** The most values of a tensor of codes: those that one array of 16 bits each can hold on every engine. */
const MOST_VALUES = 2 ** 31 - 2;

/** How many bytes each part of a tensor of codes has, in their order. */
export interface PartLengths {
  codebook: number;
  scales: number;
  zeroPoints: number;
  factors: number;
  codes: number;
  total: number;
}

const blockCount = (view: readonly number[], block: readonly number[]): number =>
  view.reduce((count, length, i) => count * Math.ceil(length / block[i]!), 1);
const packedBytes = (count: number, bits: number): number => Math.ceil((count * bits) / 8);

/** The parts of a tensor whose encoding has been checked. */
export function partsOf(shape: readonly number[], encoding: CodesEncoding): PartLengths {
  const count = blockCount(encoding.view, encoding.block);
  const codebook = 4 * encoding.codebook;
  const scales = encoding.scales === 'float32' ? 4 * count : count;
  const packed = encoding.zeroPoints ? packedBytes(count, encoding.bits) : 0;
  const zeroPoints = encoding.zeroPoints === 'float32' ? 4 * count : packed;
  const factors = encoding.factors ? 4 * blockCount(encoding.view, encoding.factors) : 0;
  const codes = packedBytes(sizeOf(shape), encoding.bits);
  return { codebook, scales, zeroPoints, factors, codes, total: codebook + scales + zeroPoints + factors + codes };
}

const isWhole = (value: unknown, least: number, most: number): boolean =>
  Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;

/** The first rule that an encoding breaks, and what was got in its place; undefined for a good one. Shape and dtype are those of a tensor. */
export function brokenRule(
  shape: readonly number[],
  dtype: Dtype,
  encoding: CodesEncoding,
): { rule: string; got: unknown } | undefined {
  const { grid, bits, signed, view, block, scales, zeroPoints, codebook, factors } = encoding;
  const size = sizeOf(shape);
  if (dtype !== 'float32') return { rule: 'a tensor of codes must be float32', got: dtype };
  if (!isWhole(size, 1, MOST_VALUES))
    return { rule: `a tensor of codes must have 1 to ${MOST_VALUES} values`, got: [...shape] };
  if (typeof grid !== 'string' || !/^[\w.-]{1,32}$/.test(grid))
    return { rule: 'grid must be a name of 1 to 32 letters, digits, _, . and -', got: grid };
  if (!isWhole(bits, 1, 16)) return { rule: 'bits must be 1 to 16', got: bits };
  if (typeof signed !== 'boolean') return { rule: 'signed must be true or false', got: signed };
  if (!Array.isArray(view) || !view.every((n) => isWhole(n, 1, size)) || sizeOf(view) !== size)
    return { rule: `view must be sizes of ${size} values`, got: view };
  const isBlock = (edges: unknown): boolean =>
    Array.isArray(edges) && edges.length === view.length && edges.every((edge, i) => isWhole(edge, 1, view[i]!));
  if (!isBlock(block)) return { rule: 'block must have an edge for each axis of view, 1 to its length', got: block };
  if (scales !== 'float32' && scales !== 'e8m0') return { rule: 'scales must be float32 or e8m0', got: scales };
  if (typeof zeroPoints !== 'boolean' && zeroPoints !== 'float32')
    return { rule: 'zeroPoints must be true, false or float32', got: zeroPoints };
  if (factors !== undefined && !isBlock(factors))
    return { rule: 'factors must have an edge for each axis of view, 1 to its length', got: factors };
  if (!isWhole(codebook, 0, 2 ** bits)) return { rule: `codebook must be 0 to ${2 ** bits} entries`, got: codebook };
  if (codebook > 0 && (signed || zeroPoints))
    return { rule: 'signed and zeroPoints must be false beside a codebook', got: { signed, zeroPoints } };
  return undefined;
}
