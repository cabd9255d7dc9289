import {
  checkInteger,
  checkNumber,
  checkOptions,
  checkPlainObject,
  checkRange,
  checkType,
} from '@weightkit/numerics/check';
import { almostOrthogonal } from './almost-orthogonal.ts';
import { blockDiagonal } from './block-diagonal.ts';
import { circulant } from './circulant.ts';
import { doublyStochastic } from './doubly-stochastic.ts';
import { fixedRank } from './fixed-rank.ts';
import { kronecker } from './kronecker.ts';
import { lowRank } from './low-rank.ts';
import { POSITIVE_MAPS, type PositiveMapName, positive } from './positive.ts';
import { simplexColumns } from './simplex-columns.ts';
import { skew } from './skew.ts';
import type { FactorStructure, Structure } from './structure.ts';
import { symmetric } from './symmetric.ts';
import { lowerTriangular, upperTriangular } from './triangular.ts';
import { unitBall } from './unit-ball.ts';

/** What a weight can be; see {@link structuredMap}. */
export type StructureName =
  | 'symmetric'
  | 'skew'
  | 'lowerTriangular'
  | 'upperTriangular'
  | 'blockDiagonal'
  | 'circulant'
  | 'positive'
  | 'simplex'
  | 'unitBall'
  | 'doublyStochastic'
  | 'lowRank'
  | 'fixedRank'
  | 'almostOrthogonal'
  | 'kronecker';

/** Which structure; the same for {@link structuredMap} and {@link structured}. */
export interface StructureOptions {
  /** The structure's name. */
  structure: StructureName;
  /**
   * How free numbers become positive ones, of the structure `positive` alone.
   *
   * @defaultValue `softplus`
   */
  map?: PositiveMapName;
  /**
   * How many blocks there are, of the structure `blockDiagonal` alone and needed there: they divide both sides of a matrix.
   *
   * @defaultValue none
   */
  blocks?: number;
  /**
   * The rank, of the structures `lowRank`, where it is the most, and `fixedRank`, and needed there: 1 or more, and no more than rows or columns.
   *
   * @defaultValue none
   */
  rank?: number;
  /**
   * What singular values are above, of the structure `fixedRank` alone: 0 or more.
   *
   * @defaultValue 1e-6
   */
  floor?: number;
  /**
   * How far from 1 singular values are at most, of the structure `almostOrthogonal` alone: above 0, and 1 at most.
   *
   * @defaultValue 0.1
   */
  radius?: number;
  /**
   * Rows and columns of the first factor, of the structure `kronecker` alone and needed there: they divide those of a matrix.
   *
   * @defaultValue none
   */
  factor?: readonly [number, number];
}

/** What makes a structure, and what it asks of the shape. */
interface Entry {
  of: (options: StructureOptions) => Structure | FactorStructure;
  /** Options beside its name. */
  takes?: readonly string[];
  /** Whether the last two axes make matrices, and whether these must be square. */
  matrices?: 'any' | 'square';
}

const STRUCTURES: Readonly<Record<StructureName, Entry>> = {
  symmetric: { of: () => symmetric, matrices: 'square' },
  skew: { of: () => skew, matrices: 'square' },
  lowerTriangular: { of: () => lowerTriangular, matrices: 'any' },
  upperTriangular: { of: () => upperTriangular, matrices: 'any' },
  blockDiagonal: { of: ({ blocks }) => blockDiagonal(blocks!), takes: ['blocks'], matrices: 'any' },
  circulant: { of: () => circulant, matrices: 'square' },
  positive: { of: ({ map = 'softplus' }) => positive(map), takes: ['map'] },
  simplex: { of: () => simplexColumns, matrices: 'any' },
  unitBall: { of: () => unitBall, matrices: 'any' },
  doublyStochastic: { of: () => doublyStochastic, matrices: 'square' },
  lowRank: { of: ({ rank }) => lowRank(rank!), takes: ['rank'], matrices: 'any' },
  fixedRank: {
    of: ({ rank, floor = 1e-6 }) => fixedRank(rank!, floor),
    takes: ['rank', 'floor'],
    matrices: 'any',
  },
  almostOrthogonal: { of: ({ radius = 0.1 }) => almostOrthogonal(radius), takes: ['radius'], matrices: 'any' },
  kronecker: { of: ({ factor }) => kronecker(factor!), takes: ['factor'], matrices: 'any' },
};

const OWN = ['map', 'blocks', 'rank', 'floor', 'radius', 'factor'] as const;

/** Throws unless a matrix has factors of these sizes. */
function checkFactors(
  fn: string,
  what: string,
  { structure, rank, floor, radius, factor }: StructureOptions,
  rows: number,
  cols: number,
): void {
  if (structure === 'lowRank' || structure === 'fixedRank') {
    checkInteger(fn, 'rank', rank as number, 1);
    checkRange(
      rank! <= Math.min(rows, cols),
      `${fn}: rank must not be above rows or columns of ${what}, [${rows}, ${cols}]`,
      rank,
    );
  }
  if (floor !== undefined)
    checkNumber(`${fn}: floor must be 0 or more, and finite`, floor, (x) => x >= 0 && x < Infinity);
  if (radius !== undefined) checkNumber(`${fn}: radius must be above 0, and 1 at most`, radius, (x) => x > 0 && x <= 1);
  if (structure !== 'kronecker') return;
  const isPair = Array.isArray(factor) && factor.length === 2;
  checkType(isPair, `${fn}: factor must be a list of rows and columns`, factor);
  const fits = Array.from(
    factor!,
    (size, i) => Number.isInteger(size) && size >= 1 && [rows, cols][i]! % size === 0,
  ).every(Boolean);
  checkRange(
    fits,
    `${fn}: factor must be of integers that divide the last axes of ${what}, [${rows}, ${cols}]`,
    factor,
  );
}

/** The structure that options name, for weights of a shape. */
export function structureOf(
  fn: string,
  what: string,
  options: StructureOptions,
  shape: readonly number[],
): Structure | FactorStructure {
  const { structure, map, blocks } = options;
  const names = Object.keys(STRUCTURES).join(', ');
  checkRange(
    typeof structure === 'string' && Object.hasOwn(STRUCTURES, structure),
    `${fn}: structure must be one of ${names}`,
    structure,
  );
  const { of, takes = [], matrices } = STRUCTURES[structure];
  const given = OWN.filter((name) => options[name] !== undefined && !takes.includes(name));
  checkRange(given.length === 0, `${fn}: ${given[0]} must be left out for ${structure}`, options[given[0]!]);
  checkRange(
    map === undefined || POSITIVE_MAPS.includes(map),
    `${fn}: map must be one of ${POSITIVE_MAPS.join(', ')}`,
    map,
  );
  const [rows, cols] = shape.slice(-2);
  if (matrices) checkRange(shape.length >= 2, `${fn}: ${what} must have two axes or more to be ${structure}`, shape);
  if (matrices === 'square')
    checkRange(rows === cols, `${fn}: ${what} must have two last axes of one size to be ${structure}`, shape);
  if (structure === 'blockDiagonal') {
    checkInteger(fn, 'blocks', blocks as number, 1);
    const divides = rows! % blocks! === 0 && cols! % blocks! === 0;
    checkRange(divides, `${fn}: blocks must divide both last axes of ${what}, [${rows}, ${cols}]`, blocks);
  }
  checkFactors(fn, what, options, rows!, cols!);
  if (['lowRank', 'fixedRank', 'almostOrthogonal', 'kronecker'].includes(structure))
    checkRange(!shape.includes(0), `${fn}: ${what} must have entries to be ${structure}`, shape);
  return of(options);
}

/** Throws unless options are those of a structure, and of the function beside. */
export function checkStructureOptions(fn: string, options: object, others: readonly string[] = []): void {
  checkPlainObject(`${fn}: options must be a plain object with a structure`, options);
  checkOptions(fn, options, ['structure', ...OWN, ...others]);
}
