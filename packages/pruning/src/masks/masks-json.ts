import { checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import type { Reduce } from '../structures/reduce-scores.ts';
import { hasGroups, isNOfM, type Structure } from '../structures/structure.ts';
import type { Scope } from './choose-masks.ts';
import type { MaskedWeight } from './masked-weight.ts';
import type { Plan } from './plan.ts';
import type { Selection } from './select.ts';

/** A mask as plain data. */
export interface MaskJSON {
  /** The shape of the weight. */
  shape: number[];
  /** A bit for each entry, row by row, 1 where it is kept: eight in a byte, the first the lowest, as base64. */
  bits: string;
}

/** Masks as plain data, for a file or the metadata of a model. */
export interface MasksJSON {
  /** What the groups are that the masks are made of. */
  structure: Structure;
  /** What amounts of a later update are of. */
  scope: Scope;
  /** How scores of groups are made in a later update. Left out where there are no groups. */
  reduce?: Reduce;
  /** What numbers of kept groups are a multiple of in a later update. Left out where there are no groups. */
  multipleOf?: number;
  /** The masks by path. */
  masks: Record<string, MaskJSON>;
}

const PIECE = 1 << 15;

/** Bytes as base64. */
export function encoded(bytes: Uint8Array): string {
  let text = '';
  // As many arguments as engines take at once.
  for (let i = 0; i < bytes.length; i += PIECE) text += String.fromCharCode(...bytes.subarray(i, i + PIECE));
  return btoa(text);
}

/** Eight bits in a byte, as base64. */
export function packBits(bits: Uint8Array): string {
  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  for (let i = 0; i < bits.length; i++) bytes[i >> 3]! |= bits[i]! << (i & 7);
  return encoded(bytes);
}

/** The bytes of base64, one a character; undefined where it is none. */
export function decoded(text: string): string | undefined {
  try {
    return atob(text);
  } catch {
    return undefined;
  }
}

/**
 * The bits of a mask that is plain data.
 *
 * @param fn - the function that was called, for messages
 * @param path - the weight's path, for messages
 * @param size - how many there must be
 */
export function unpackBits(fn: string, path: string, text: string, size: number): Uint8Array {
  const rule = `${fn}: bits of ${path} must be base64 of ${Math.ceil(size / 8)} bytes`;
  checkType(typeof text === 'string', rule, text);
  checkRange(text.length === 4 * Math.ceil(Math.ceil(size / 8) / 3), rule, `${text.length} characters`);
  const bytes = decoded(text);
  checkRange(bytes !== undefined && bytes.length === Math.ceil(size / 8), rule, text.slice(0, 40));
  const bits = new Uint8Array(size);
  for (let i = 0; i < size; i++) bits[i] = (bytes.charCodeAt(i >> 3) >> (i & 7)) & 1;
  return bits;
}

/** Throws unless a value has the form of masks as plain data; what is in them is checked where they are used. */
export function checkMasksJSON(fn: string, masks: unknown): asserts masks is MasksJSON {
  checkType(typeof masks === 'object' && masks !== null, `${fn}: masks must be what toJSON gave`, masks);
  checkOptions(fn, masks, ['structure', 'scope', 'reduce', 'multipleOf', 'masks'], 'masks');
  const { masks: all } = masks as Partial<MasksJSON>;
  checkType(
    typeof all === 'object' && all !== null && !Array.isArray(all),
    `${fn}: masks must hold masks by path`,
    all,
  );
  const entries = Object.entries(all);
  checkRange(entries.length > 0, `${fn}: masks must hold a mask`, all);
  for (const [path, mask] of entries) {
    checkType(typeof mask === 'object' && mask !== null, `${fn}: mask of ${path} must be { shape, bits }`, mask);
    checkOptions(fn, mask, ['shape', 'bits'], `mask of ${path}`);
    checkType(Array.isArray(mask.shape), `${fn}: shape of ${path} must be a list`, mask.shape);
  }
}

/** The structure as plain data: no typed arrays, and of m neighbors as many as are kept now. */
export function plainStructure(structure: Structure, ofM: readonly number[] = []): Structure {
  if (typeof structure !== 'object') return structure;
  if (isNOfM(structure) && ofM.length > 0) return { ...structure, n: structure.m - Math.min(...ofM) };
  if (!('groups' in structure)) return JSON.parse(JSON.stringify(structure));
  return {
    groups: structure.groups.map((set) =>
      Object.fromEntries(Object.entries(set).map(([path, numbers]) => [path, Array.from(numbers)])),
    ),
  };
}

/** Masks in place as plain data. */
export function masksJSON(
  entries: readonly MaskedWeight[],
  { structure, scope, reduce, multipleOf }: Plan,
  { ofM }: Selection,
): MasksJSON {
  return {
    structure: plainStructure(structure, ofM),
    scope,
    ...(hasGroups(structure) && { reduce, multipleOf }),
    masks: Object.fromEntries(
      entries.map(({ weight: { path, shape }, bits }) => [path, { shape: [...shape], bits: packBits(bits) }]),
    ),
  };
}
