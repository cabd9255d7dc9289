import { numbersOf, type Values } from '../values/read-values.ts';
import { groupsOf } from './match-shapes.ts';
import type { SideWeight } from './side.ts';

/** A weight on both sides. */
export interface Pair {
  before: SideWeight;
  after: SideWeight;
}

/** What units a weight's entries belong to: of the layer that it is of, of the layer before, both or none. */
export interface ChainWeight extends Pair {
  /** How the entries lie: `blocks` of `inputs` of `outputs`, the last the fastest. */
  readonly size: { blocks: number; inputs: number; outputs: number };
  /** The space of its rows and of its columns, by index; -1 for one whose order is fixed. */
  readonly rows: number;
  readonly columns: number;
  /** Values, NaN and infinity as 0. */
  readonly b: Values;
  readonly a: Values;
}

/** Units that may stand in any order. */
export interface UnitSpace {
  /** The layer that has them. */
  readonly layer: string;
  readonly units: number;
}

/** Layers that follow one another. */
export interface UnitChain {
  readonly spaces: readonly UnitSpace[];
  readonly weights: readonly ChainWeight[];
}

/** Layers whose kernel has inputs before its last axis and units along it. */
const UNIT_LAYERS = new Set(['Dense', 'Conv1D', 'Conv2D', 'Conv3D', 'Embedding']);
/** Kernels that are read in another way, by name, where the class of the layer is not known. */
const OTHER_KERNEL = /depthwise|pointwise|recurrent|alpha|transpose/i;

const finite = (values: Values): Values => values.map((x) => (x - x === 0 ? x : 0));
const product = (shape: readonly number[]): number => shape.reduce((all, size) => all * size, 1);
const layerOf = ({ path }: SideWeight): string => path.slice(0, Math.max(0, path.lastIndexOf('/'))) || path;

/** The one kernel of a layer with units, or null. */
function kernelOf(group: readonly Pair[]): Pair | null {
  const matrices = group.filter(({ before }) => before.shape!.length >= 2);
  const [kernel] = matrices;
  if (!kernel || matrices.length > 1) return null;
  const { kind, path, shape } = kernel.before;
  if (kind === undefined ? OTHER_KERNEL.test(path) : !UNIT_LAYERS.has(kind)) return null;
  const units = shape![shape!.length - 1]!;
  return group.every((pair) => pair === kernel || `${pair.before.shape}` === `${units}`) ? kernel : null;
}

/**
 * Takes weights for those of layers that follow one another: each layer has a kernel with its units along the last axis, and vectors
 * with an entry for each unit; vectors alone are those of a normalization; a kernel's inputs are the units of the layer before, in as
 * many blocks as there are places (of an image that was flattened). Where that does not fit, the order is fixed, and so it is in the end.
 */
export function chainOf(pairs: readonly Pair[]): UnitChain {
  const byBefore = new Map(pairs.map((pair) => [pair.before, pair]));
  const spaces: (UnitSpace & { isRead: boolean; isFixed: boolean })[] = [];
  const weights: ChainWeight[] = [];
  let current = -1;
  const fix = (): void => {
    if (current >= 0) spaces[current]!.isFixed = true;
  };
  const add = (pair: Pair, rows: number, columns: number, inputs: number, outputs: number): void => {
    const [b, a] = [pair.before, pair.after].map(({ entries }) => finite(numbersOf(entries as Float32Array)));
    const blocks = product(pair.before.shape!) / (inputs * outputs);
    weights.push({ ...pair, size: { blocks, inputs, outputs }, rows, columns, b: b!, a: a! });
  };
  const units = (): number => spaces[current]?.units ?? 0;
  for (const group of groupsOf(pairs.map(({ before }) => before))) {
    const members = group.map((before) => byBefore.get(before)!).filter(({ before }) => product(before.shape!) > 0);
    const kernel = kernelOf(members);
    if (kernel) {
      const { shape } = kernel.before;
      const [all, outputs] = [product(shape!) / shape!.at(-1)!, shape!.at(-1)!];
      const last = shape!.at(-2)!;
      const follows = current >= 0 && last % units() === 0;
      if (follows) spaces[current]!.isRead = true;
      else fix();
      const from = follows ? current : -1;
      current = spaces.push({ layer: layerOf(kernel.before), units: outputs, isRead: false, isFixed: false }) - 1;
      for (const pair of members)
        if (pair === kernel) add(pair, from, current, from < 0 ? all : spaces[from]!.units, outputs);
        else add(pair, -1, current, 1, outputs);
    } else if (current >= 0 && members.every(({ before }) => `${before.shape}` === `${units()}`))
      for (const pair of members) add(pair, -1, current, 1, units());
    else {
      fix();
      current = -1;
      for (const pair of members) add(pair, -1, -1, 1, product(pair.before.shape!));
    }
  }
  // The units of the last layer are the outputs.
  const free = spaces.map(({ isRead, isFixed, units: n }) => isRead && !isFixed && n > 1);
  const index = free.map((isFree, i) => (isFree ? free.slice(0, i).filter(Boolean).length : -1));
  const placed = (space: number): number => (space < 0 ? -1 : index[space]!);
  return {
    spaces: spaces.filter((_, i) => free[i]).map(({ layer, units: n }) => ({ layer, units: n })),
    weights: weights.map((weight) => ({ ...weight, rows: placed(weight.rows), columns: placed(weight.columns) })),
  };
}
