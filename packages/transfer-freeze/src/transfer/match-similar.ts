import type { Weight } from '@weightkit/core';
import { assignment } from '@weightkit/numerics';
import { type Found, layerPath } from './match-names.ts';
import { fit, inOrder, type SourceGroup } from './match-shapes.ts';
import { nameSimilarity } from './name-similarity.ts';
import { sameShape } from './offers.ts';

/** Times a thousand places less than what similarities of names of a hundred letters differ by: it decides between equal ones alone. */
const ORDER = 1e-7;

/** A layer and its weights, by their places. */
interface Layer {
  path: string;
  places: number[];
}

function layersOf(weights: readonly Weight[]): Layer[] {
  const layers = new Map<string, number[]>();
  for (const [i, { path }] of weights.entries())
    layers.set(layerPath(path), [...(layers.get(layerPath(path)) ?? []), i]);
  return [...layers].map(([path, places]) => ({ path, places }));
}

const isFound = (weight: Weight, found: Found): boolean =>
  !('reason' in found) && found.shape !== null && sameShape(found.shape, weight.shape);

/** The largest entry of a row or column of similarities, but for one place; null where nothing else fits. */
function rivalOf(similarities: readonly (readonly number[])[], row: number, column: number): number | null {
  let best = -1;
  for (const [i, own] of similarities.entries())
    for (const [j, value] of own.entries()) if ((i === row) !== (j === column)) best = Math.max(best, value);
  return best < 0 ? null : best;
}

/**
 * Finds layers that have no partner by name: of all ways to pair as many as can be whose shapes fit, the one whose names are most alike in sum.
 * Between names that are equally alike the order decides, where as many are on both sides; where they are not, nothing is chosen.
 *
 * @param byName - what names have found
 */
export function matchSimilar(
  weights: readonly Weight[],
  groups: readonly SourceGroup[],
  byName: readonly Found[],
): Found[] {
  const found = [...byName];
  const taken = new Set(
    weights.flatMap((weight, i) => {
      const own = byName[i]!;
      return isFound(weight, own) && !('reason' in own) ? own.from : [];
    }),
  );
  const layers = layersOf(weights).filter(({ places }) => !places.some((i) => isFound(weights[i]!, byName[i]!)));
  const free = groups
    .filter(({ tensors }) => !tensors.some((tensor) => taken.has(tensor)))
    .sort((a, b) => inOrder(a.path, b.path));
  if (layers.length === 0 || free.length === 0) return found;
  const own = layers.map(({ places }) => places.map((i) => weights[i]!));
  const similarities = layers.map(({ path }, i) =>
    free.map((group) => (fit(own[i]!, group) ? nameSimilarity(path, group.path) : -1)),
  );
  const fitting = (row: number): number => similarities[row]!.filter((value) => value >= 0).length;
  const claiming = (column: number): number => similarities.filter((row) => row[column]! >= 0).length;
  // Places among those of the same shapes: the second of three with the second of three.
  const placeIn = (values: readonly number[], at: number): number =>
    values.slice(0, at).filter((value) => value >= 0).length;
  const score = similarities.flatMap((row, i) =>
    row.map((value, j) => {
      if (value < 0) return -layers.length - 1;
      const column = similarities.map((other) => other[j]!);
      return value - ORDER * Math.abs(placeIn(row, j) - placeIn(column, i));
    }),
  );
  const { columns } = assignment(
    Float64Array.from(score),
    { rows: layers.length, cols: free.length },
    { maximize: true },
  );
  for (const [i, { places }] of layers.entries()) {
    const j = columns[i]!;
    const names = j < 0 ? -1 : similarities[i]![j]!;
    if (names < 0) {
      const reason =
        fitting(i) === 0
          ? 'nothing in the source has these shapes'
          : 'others are more alike to what has these shapes in the source';
      for (const place of places) if ('reason' in found[place]!) found[place] = { reason };
      continue;
    }
    const next = rivalOf(similarities, i, j);
    if (next === names && fitting(i) !== claiming(j)) {
      const reason = `ambiguous: more than one in the source is as much alike as ${free[j]!.path}; rename them`;
      for (const place of places) found[place] = { reason };
      continue;
    }
    const offers = fit(own[i]!, free[j]!)!;
    for (const [k, place] of places.entries()) found[place] = { ...offers[k]!, likeness: { names, next } };
  }
  return found;
}
