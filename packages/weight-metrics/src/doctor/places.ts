import {
  type ActivationName,
  followingActivation,
  type LayerLike,
  layersOf,
  type ModelLike,
  type Weight,
} from '@weightkit/core';
import { type Bounds, boundsOf } from '../training/saturation.ts';

/** A layer with weights, and where its outputs are looked at. */
export interface Place {
  path: string;
  layer: LayerLike;
  /** The layer that applies its activation: itself, or an Activation behind it. */
  shown: LayerLike;
  activation: ActivationName;
  bounds: Bounds | null;
  isFirst: boolean;
  isOutput: boolean;
  isNormalized: boolean;
  /** Cells of a recurrent layer, with their paths. */
  cells: { path: string; cell: LayerLike }[];
}

/** The fields of tfjs 4.22's layers and containers that are read here. */
interface Internals extends LayerLike {
  weights: unknown[];
  layers?: Internals[];
  outputs?: { sourceLayer: Internals }[];
  inboundNodes?: { inboundLayers: Internals[] }[];
  outboundNodes?: { outboundLayer: Internals }[];
  activation?: { getClassName(): string } | null;
}

const inbound = (layer: Internals): Internals[] =>
  (layer.inboundNodes ?? []).flatMap(({ inboundLayers }) => inboundLayers);

/** Layers with weights that take an input of the model, at most through layers without. */
function firstLayers(container: Internals): Internals[] {
  const known = new Map<Internals, boolean>();
  const isClean = (layer: Internals): boolean => {
    const seen = known.get(layer);
    if (seen !== undefined) return seen;
    known.set(layer, true);
    const clean = inbound(layer).every((one) => one.weights.length === 0 && isClean(one));
    known.set(layer, clean);
    return clean;
  };
  return container
    .layers!.filter((layer) => layer.weights.length > 0 && isClean(layer))
    .flatMap((layer) => (layer.layers ? firstLayers(layer) : layer));
}

/** Layers with weights whose outputs the model returns, at most through layers without. */
function lastLayers(container: Internals): Internals[] {
  const found = new Set<Internals>();
  const seen = new Set<Internals>();
  const visit = (layer: Internals): void => {
    if (seen.has(layer)) return;
    seen.add(layer);
    if (layer.layers) for (const one of lastLayers(layer)) found.add(one);
    else if (layer.weights.length > 0) found.add(layer);
    else for (const one of inbound(layer)) visit(one);
  };
  for (const { sourceLayer } of container.outputs ?? []) visit(sourceLayer);
  return [...found];
}

const isNorm = (layer: LayerLike): boolean => /Normalization$/.test(layer.getClassName());
const isCell = (layer: LayerLike): boolean => /(?<!Stacked|StackedRNN)Cell$/.test(layer.getClassName());

/** Layers with weights, in the order of the tree. */
export function placesOf(model: ModelLike, weights: readonly Weight[]): Place[] {
  const tree = layersOf(model, 'doctor');
  const paths = new Map(tree.map(({ layer, path }) => [layer, path]));
  const [first, last] = [firstLayers(model as unknown as Internals), lastLayers(model as unknown as Internals)];
  const owners = [...new Set(weights.flatMap(({ owner }) => (owner ? [owner] : [])))];
  return owners.map((layer) => {
    const own = weights.filter(({ owner }) => owner === layer);
    const inside = tree.filter(({ owner }) => owner === layer);
    const cells = inside.filter((one) => isCell(one.layer)).map((one) => ({ path: one.path, cell: one.layer }));
    const holder = own.find(({ property }) => /[kK]ernel$/.test(property ?? ''))?.layer ?? layer;
    const found = followingActivation(holder, layer);
    const shown = cells.length > 0 || found.layer === holder ? layer : found.layer;
    const recurrent = inside.find((one) => /RNN|LSTM|GRU/.test(one.layer.getClassName()) && !isCell(one.layer))?.layer;
    const takers = ((layer as Internals).outboundNodes ?? []).map(({ outboundLayer }) => outboundLayer);
    return {
      path: paths.get(layer)!,
      layer,
      shown,
      activation: { name: found.name, ...(found.slope !== undefined && { slope: found.slope }) },
      bounds: boundsOf(shown === layer ? (recurrent ?? holder) : shown),
      isFirst: first.includes(layer as Internals),
      isOutput: last.includes(layer as Internals),
      isNormalized: takers.length > 0 && takers.every(isNorm),
      cells,
    };
  });
}
