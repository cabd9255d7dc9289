import { checkInteger, checkOptions, checkPlainObject, checkRange } from '@weightkit/numerics/check';
import { blockDiagonal } from './block-diagonal.ts';
import { circulant } from './circulant.ts';
import { POSITIVE_MAPS, type PositiveMapName, positive } from './positive.ts';
import { simplexColumns } from './simplex-columns.ts';
import { skew } from './skew.ts';
import type { Structure } from './structure.ts';
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
  | 'unitBall';

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
}

/** What makes a structure, and what it asks of the shape. */
interface Entry {
  of: (options: StructureOptions) => Structure;
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
};

const OWN = ['map', 'blocks'] as const;

/** The structure that options name, for weights of a shape. */
export function structureOf(fn: string, what: string, options: StructureOptions, shape: readonly number[]): Structure {
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
  return of(options);
}

/** Throws unless options are those of a structure, and of the function beside. */
export function checkStructureOptions(fn: string, options: object, others: readonly string[] = []): void {
  checkPlainObject(`${fn}: options must be a plain object with a structure`, options);
  checkOptions(fn, options, ['structure', ...OWN, ...others]);
}
