import { assignment } from '@weightkit/numerics';
import { checkNumber, checkOptions } from '@weightkit/numerics/check';
import { checkChain } from '../values/check-chain.ts';
import { type Entries, isReal } from '../values/read-values.ts';
import { type CompareSource, checkMatchBy, type MatchBy, pairsOf } from './pairs.ts';
import type { SideWeight } from './side.ts';
import { type Snapshot, snapshotOf } from './snapshot.ts';
import { type ChainWeight, chainOf, type Pair, type UnitChain } from './unit-chain.ts';

/** Options of {@link alignUnits}. */
export interface AlignUnitsOptions {
  /**
   * How weights find their partners, as in {@link compare}.
   * @defaultValue 'place'
   */
  match?: MatchBy;
  /**
   * Layers whose units² · inputs is above this keep their order: 0 or more, Infinity for no limit.
   * @defaultValue 2^32
   */
  maxCost?: number;
}

/** In what order the units of a layer stand. */
export interface UnitOrder {
  /** The layer's path on the side before. */
  layer: string;
  /** For each unit of the side before, its partner's place on the side after. */
  order: Int32Array;
  /** How many units have another place there. */
  moved: number;
}

/** A weight that was not aligned. */
export interface UnalignedWeight {
  /** Path on the side that has it. */
  path: string;
  /** Why. */
  reason: string;
}

/** What {@link alignUnits} made. */
export interface AlignedUnits {
  /** The values of the side after by the paths of the side before, their units in the order of that side. */
  values: Snapshot;
  /** The layers whose units could change places. */
  orders: UnitOrder[];
  /** ‖after - before‖ over all aligned weights: as they are, and in the order found, which is at most that. */
  distance: {
    /** As they are. */
    before: number;
    /** In the order found. */
    after: number;
  };
  /** What has no partner, no known shape or no real numbers. */
  skipped: UnalignedWeight[];
}

type Orders = readonly Int32Array[];

const identity = (n: number): Int32Array => Int32Array.from({ length: n }, (_, i) => i);

const orderOf = (orders: Orders, space: number, n: number): Int32Array => (space < 0 ? identity(n) : orders[space]!);

/** Adds to `gain[i, j]` what weight `w` gains, b · a, when unit i of its columns, or of its rows, gets unit j. */
function addGain(gain: Float64Array, w: ChainWeight, by: 'rows' | 'columns', orders: Orders): void {
  const { blocks, inputs, outputs } = w.size;
  const n = by === 'rows' ? inputs : outputs;
  const other = by === 'rows' ? orderOf(orders, w.columns, outputs) : orderOf(orders, w.rows, inputs);
  const at = (block: number, unit: number, second: number): number =>
    by === 'rows' ? (block * inputs + unit) * outputs + second : (block * inputs + second) * outputs + unit;
  const step = by === 'rows' ? outputs : 1;
  for (let block = 0; block < blocks; block++)
    for (let k = 0; k < other.length; k++) {
      const [p, q] = [at(block, 0, k), at(block, 0, other[k]!)];
      for (let i = 0; i < n; i++) {
        const x = w.b[p + i * step]!;
        if (x !== 0) for (let j = 0; j < n; j++) gain[i * n + j]! += x * w.a[q + j * step]!;
      }
    }
}

/** Σ b · a over all weights with the units in some order. */
function similarity({ weights }: UnitChain, orders: Orders): number {
  let sum = 0;
  for (const w of weights) for (let p = 0; p < w.b.length; p++) sum += w.b[p]! * w.a[placeOf(w, orders, p)]!;
  return sum;
}

/** Where on the side after the partner of an entry is. */
function placeOf({ size: { inputs, outputs }, rows, columns }: ChainWeight, orders: Orders, p: number): number {
  const [column, row] = [p % outputs, Math.floor(p / outputs) % inputs];
  const from = p - column - row * outputs;
  const movedRow = rows < 0 ? row : orders[rows]![row]!;
  return from + movedRow * outputs + (columns < 0 ? column : orders[columns]![column]!);
}

function bestOrder(
  chain: UnitChain,
  space: number,
  orders: Orders,
  sides: readonly ('rows' | 'columns')[],
): Int32Array {
  const n = chain.spaces[space]!.units;
  const gain = new Float64Array(n * n);
  for (const w of chain.weights) for (const by of sides) if (w[by] === space) addGain(gain, w, by, orders);
  return assignment(gain, { rows: n, cols: n }, { maximize: true }).columns;
}

/** Gives each layer in turn the best order for those of the others, until none gains. */
function descend(chain: UnitChain, orders: Int32Array[]): Int32Array[] {
  let best = similarity(chain, orders);
  // Each round gains, and there are finitely many orders; rounding could make it turn in a circle.
  for (let round = 0; round < 100; round++) {
    let isBetter = false;
    for (let space = 0; space < orders.length; space++) {
      const before = orders[space]!;
      orders[space] = bestOrder(chain, space, orders, ['columns', 'rows']);
      const now = similarity(chain, orders);
      if (now > best + Math.abs(best) * 1e-12) [best, isBetter] = [now, true];
      else orders[space] = before;
    }
    if (!isBetter) break;
  }
  return orders;
}

function findOrders(chain: UnitChain): Orders {
  const start = chain.spaces.map(({ units }) => identity(units));
  // Layer after layer by what comes in: exact where the other side is the same net in another order.
  const forward = [...start];
  for (let space = 0; space < forward.length; space++) forward[space] = bestOrder(chain, space, forward, ['columns']);
  const [kept, found] = [descend(chain, start), descend(chain, forward)];
  return similarity(chain, found) > similarity(chain, kept) ? found : kept;
}

function distanceOf({ weights }: UnitChain, orders: Orders | null): number {
  let sum = 0;
  for (const w of weights)
    for (let p = 0; p < w.b.length; p++) sum += (w.a[orders ? placeOf(w, orders, p) : p]! - w.b[p]!) ** 2;
  return Math.sqrt(sum);
}

function reordered(w: ChainWeight, orders: Orders): Entries {
  const entries = w.after.entries as Float32Array;
  return entries.map((_, p) => entries[placeOf(w, orders, p)]!);
}

function whyNot({ before, after }: Pair): string | null {
  const unread = before.unread ?? after.unread;
  if (unread !== undefined) return unread;
  for (const { dtype } of [before, after]) if (!isReal(dtype)) return `${dtype} entries are no real numbers`;
  if (before.shape === null || after.shape === null) return 'the shape is not known';
  return `${before.shape}` === `${after.shape}` ? null : `[${before.shape}] before, [${after.shape}] after`;
}

/** Fixes the layers that would take too long. */
function affordable(chain: UnitChain, maxCost: number): UnitChain {
  const costs = chain.spaces.map(({ units }, space) =>
    chain.weights.reduce((sum, w) => {
      const { blocks, inputs, outputs } = w.size;
      return sum + (w.columns === space ? blocks * inputs : 0) + (w.rows === space ? blocks * outputs : 0);
    }, units),
  );
  const keep = chain.spaces.map(({ units }, space) => units * units * costs[space]! <= maxCost);
  const place = (space: number): number =>
    space < 0 || !keep[space] ? -1 : keep.slice(0, space).filter(Boolean).length;
  return {
    spaces: chain.spaces.filter((_, space) => keep[space]),
    weights: chain.weights.map((w) => ({ ...w, rows: place(w.rows), columns: place(w.columns) })),
  };
}

/**
 * Puts the units of one network in the order of another: hidden units, and filters of convolutions, may change places with their
 * weights without a change of what the network computes, and two trainings end in different orders. For each hidden layer the order is
 * found for which the sum of squared differences is the least, given those of the other layers (an assignment problem), until no layer
 * gains: the weight matching of Ainsworth et al. 2022, https://arxiv.org/abs/2209.04836. Of a network and its reordered copy all
 * differences become 0; in general the least is not certain to be found, and the distance never becomes larger.
 *
 * It is for networks whose layers follow one another: dense layers, convolutions, embeddings, normalizations and what has no weights,
 * flattening included. Other layers with weights keep their order, and that of the layer before. Models in which a layer has
 * several inputs or outputs are refused; of snapshots and checkpoints that is not known, and the order of their weights is taken for that of
 * the layers. Kernels are those of TensorFlow.js, with units along the last axis.
 *
 * @example
 * const before = await snapshot(model);
 * await model.fit(x, y);
 * const { values, distance } = await alignUnits(before, model);
 * console.log(distance.after <= distance.before); // -> true
 * const deltas = await compare(before, values);
 *
 * @param before - a model, variables, a snapshot, or a checkpoint of `openCheckpoint`
 * @param after - the same; nothing in it is changed
 * @returns the values in the new order, to compare or to write, and the orders
 * @throws TypeError or RangeError for another source, for bad options, and for models whose layers do not follow one another
 */
export async function alignUnits(
  before: CompareSource,
  after: CompareSource,
  options: AlignUnitsOptions = {},
): Promise<AlignedUnits> {
  const fn = 'alignUnits';
  checkOptions(fn, options, ['match', 'maxCost']);
  const { match = 'place', maxCost = 2 ** 32 } = options;
  checkMatchBy(fn, match);
  checkNumber(`${fn}: maxCost must be 0 or more`, maxCost, (cost) => cost >= 0);
  checkChain(fn, 'before', before);
  checkChain(fn, 'after', after);
  const skipped: UnalignedWeight[] = [];
  const pairs: Pair[] = [];
  for (const pair of await pairsOf(fn, before, after, match)) {
    const reason = 'alone' in pair ? pair.reason : whyNot(pair);
    if (reason !== null) skipped.push({ path: 'alone' in pair ? pair.alone.path : pair.before.path, reason });
    else pairs.push(pair as Pair);
  }
  const chain = affordable(chainOf(pairs), maxCost);
  const orders = findOrders(chain);
  const aligned = new Map(chain.weights.map((w) => [w.before, reordered(w, orders)]));
  const weights = pairs.map(({ before: to, after: from }): SideWeight => {
    const { path, stablePath, kind } = to;
    return { ...from, path, stablePath, kind, entries: aligned.get(to) ?? from.entries };
  });
  return {
    values: snapshotOf({ weights, plan: weights.map(({ stablePath, shape }) => `${stablePath} ${shape}`) }),
    orders: chain.spaces.map(({ layer }, i) => ({
      layer,
      order: orders[i]!,
      moved: orders[i]!.filter((to, from) => to !== from).length,
    })),
    distance: { before: distanceOf(chain, null), after: distanceOf(chain, orders) },
    skipped,
  };
}
