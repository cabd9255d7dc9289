import type { Weight } from '@weightkit/core';
import { type Found, layerPath } from './match-names.ts';
import { type NoOffer, type Offer, sameShape } from './offers.ts';
import type { SourceTensor } from './source-tensors.ts';

/** Tensors that belong together, as those of a layer. */
export interface SourceGroup {
  readonly path: string;
  readonly tensors: readonly SourceTensor[];
  /** What it has for a weight. */
  offer(weight: Weight): Offer | NoOffer;
}

/** What a group has for all weights of a layer, if shapes fit and nothing is left over. */
export function fit(layer: readonly Weight[], group: SourceGroup): Offer[] | null {
  const offers: Offer[] = [];
  for (const weight of layer) {
    const offer = group.offer(weight);
    if ('reason' in offer || offer.shape === null || !sameShape(offer.shape, weight.shape)) return null;
    offers.push(offer);
  }
  const used = new Set(offers.flatMap(({ from }) => from));
  return used.size === group.tensors.length && used.size > 0 ? offers : null;
}

/** Numbers in names count as numbers: 10 after 9. */
export const inOrder = new Intl.Collator('en', { numeric: true }).compare;

/**
 * Finds layers by the shapes of all their weights together. Where several layers fit the same groups and are as many as these, they go in
 * order, those of the source by name; where they are not, nothing is chosen.
 */
export function matchShapes(weights: readonly Weight[], groups: readonly SourceGroup[]): Found[] {
  const layers = new Map<string, Weight[]>();
  for (const weight of weights) {
    const path = layerPath(weight.path);
    layers.set(path, [...(layers.get(path) ?? []), weight]);
  }
  const sorted = [...groups].sort((a, b) => inOrder(a.path, b.path));
  const kinds = new Map<string, { layers: Weight[][]; groups: SourceGroup[] }>();
  const found = new Map<Weight, Found>();
  for (const layer of layers.values()) {
    const fitting = sorted.filter((group) => fit(layer, group) !== null);
    const key = fitting.map(({ path }) => path).join('\n');
    const kind = kinds.get(key) ?? { layers: [], groups: fitting };
    kind.layers.push(layer);
    kinds.set(key, kind);
  }
  const wanted = (group: SourceGroup): number =>
    [...kinds.values()].filter((kind) => kind.groups.includes(group)).length;
  for (const { layers: alike, groups: fitting } of kinds.values()) {
    const clear = alike.length === fitting.length && fitting.every((group) => wanted(group) === 1);
    const reason =
      fitting.length === 0
        ? 'nothing in the source has these shapes'
        : `ambiguous: ${alike.length} layers here and ${fitting.length} in the source have such shapes; rename them`;
    for (const [i, layer] of alike.entries()) {
      const offers = clear ? fit(layer, fitting[i]!)! : null;
      for (const [j, weight] of layer.entries()) found.set(weight, offers?.[j] ?? { reason });
    }
  }
  return weights.map((weight) => found.get(weight)!);
}
