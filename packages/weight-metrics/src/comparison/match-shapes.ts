import { assignment } from '@weightkit/numerics';
import { isReal, numbersOf } from '../values/read-values.ts';
import type { Match } from './match-weights.ts';
import type { SideWeight } from './side.ts';

/** The weights of one layer, in order. */
type Group = readonly SideWeight[];

const layerOf = ({ path }: SideWeight): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

/** Consecutive weights whose paths are the same up to the last `/`; those without one stand alone. */
export function groupsOf(weights: readonly SideWeight[]): Group[] {
  const groups: SideWeight[][] = [];
  let last: string | null = null;
  for (const weight of weights) {
    const layer = layerOf(weight);
    if (layer !== '' && layer === last) groups[groups.length - 1]!.push(weight);
    else groups.push([weight]);
    last = layer;
  }
  return groups;
}

const shapesOf = (group: Group): string =>
  group.map(({ shape, dtype, entries }) => `${dtype} [${shape ?? entries.length}]`).join();

/** The finite entries in order, the others as 0: it does not change when units change places. */
function sorted({ dtype, entries, unread }: SideWeight): Float64Array {
  if (!isReal(dtype) || unread !== undefined) return new Float64Array(0);
  return Float64Array.from(numbersOf(entries as Float32Array), (x) => (x - x === 0 ? x : 0)).sort();
}

/** Σ (a - b)² of the sorted entries, each by the largest magnitude of both sides, which no square exceeds. */
function unlikeness(a: readonly Float64Array[], b: readonly Float64Array[]): number {
  let sum = 0;
  a.forEach((x, w) => {
    const y = b[w]!;
    const scale = [x, y].reduce((most, v) => Math.max(most, Math.abs(v[0] ?? 0), Math.abs(v[v.length - 1] ?? 0)), 0);
    if (scale > 0) for (let i = 0; i < x.length; i++) sum += (x[i]! / scale - y[i]! / scale) ** 2;
  });
  return sum;
}

function pairUp(before: readonly Group[], after: readonly Group[]): [Group, Group][] {
  if (before.length === 1 && after.length === 1) return [[before[0]!, after[0]!]];
  const [first, second] = [before, after].map((groups) => groups.map((group) => group.map(sorted)));
  const cost = Float64Array.from({ length: before.length * after.length }, (_, p) =>
    unlikeness(first![Math.floor(p / after.length)]!, second![p % after.length]!),
  );
  const { columns } = assignment(cost, { rows: before.length, cols: after.length });
  return before.flatMap((group, i) => (columns[i]! < 0 ? [] : [[group, after[columns[i]!]!] as [Group, Group]]));
}

function byShapes(groups: readonly Group[]): Map<string, Group[]> {
  const found = new Map<string, Group[]>();
  for (const group of groups) found.set(shapesOf(group), [...(found.get(shapesOf(group)) ?? []), group]);
  return found;
}

/**
 * Pairs layers whose weights have the same shapes, whatever their names; of several of the same shapes those whose sorted values are
 * the nearest in all.
 */
export function matchShapes(before: readonly SideWeight[], after: readonly SideWeight[]): Match<SideWeight>[] {
  const [first, second] = [byShapes(groupsOf(before)), byShapes(groupsOf(after))];
  const partners = new Map<SideWeight, SideWeight>();
  for (const [shapes, groups] of first)
    for (const [one, other] of pairUp(groups, second.get(shapes) ?? []))
      for (const [i, weight] of one.entries()) partners.set(weight, other[i]!);
  const taken = new Set(partners.values());
  return [
    ...before.map((weight): Match<SideWeight> => {
      const partner = partners.get(weight);
      return partner ? { before: weight, after: partner } : { alone: weight, reason: 'only before' };
    }),
    ...after.flatMap((alone) => (taken.has(alone) ? [] : [{ alone, reason: 'only after' }])),
  ];
}
