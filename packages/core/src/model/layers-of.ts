import { checkInternals } from './check-model.ts';
import { isContainer, isLayer, type LayerInternals, type LayerLike } from './types.ts';
import { uniquePaths } from './unique-paths.ts';

/** A layer and where it stands in its model. */
export interface LayerPlace {
  /** The layer; a wrapper, a cell or a nested model counts as a layer too. */
  layer: LayerLike;
  /** Names joined by `/`, unique in the model: `encoder/conv1`, `bidirectional/forward/cell`. The root model's is empty. */
  path: string;
  /**
   * The outermost layer around this one that is not a model: the RNN of a cell, the Bidirectional of an LSTM. Its `call`
   * happens once per forward pass where an inner `call` may happen once per time step. A layer that stands alone is its own.
   */
  owner: LayerLike;
}

/** `forwardLayer` reads `forward`; other properties keep their names. */
const segmentOf = (property: string): string => property.replace(/(?<=.)Layer$/, '');

function* childrenOf(layer: LayerInternals): Generator<[string, LayerInternals]> {
  if (isContainer(layer)) {
    for (const child of layer.layers) yield [child.name, child];
    return;
  }
  // What the layer trains or saves of a child is what counts: Bidirectional keeps its unused template too.
  const weights = new Set(layer.weights);
  const isUsed = (value: unknown): value is LayerInternals =>
    isLayer(value) && value.weights.some((weight) => weights.has(weight));
  for (const [property, value] of Object.entries(layer)) {
    if (isUsed(value)) yield [segmentOf(property), value];
    else if (Array.isArray(value))
      for (const [i, child] of value.entries()) if (isUsed(child)) yield [`${segmentOf(property)}/${i}`, child];
  }
}

/**
 * Every layer of a model, nested models, wrappers and RNN cells included, each once, in the order of the layer tree.
 *
 * A shared layer is listed at the first place where it stands. A layer inside another layer is listed if the outer one has
 * its weights: the unused template that Bidirectional keeps is left out.
 *
 * @param root - a built LayersModel, or a layer, whose path is then its name
 * @param fn - the function that asks, for the message of an error
 * @returns the layers with their paths
 * @throws TypeError when `root` is no layer; Error when it is not built, or disposed
 */
export function layersOf(root: LayerLike, fn = 'layersOf'): LayerPlace[] {
  checkInternals(fn, 'source', root);
  const places: LayerPlace[] = [];
  const seen = new Set<LayerInternals>();
  const unique = uniquePaths();
  const visit = (layer: LayerInternals, wanted: string, outer: LayerInternals | undefined): void => {
    if (seen.has(layer)) return;
    seen.add(layer);
    const path = unique(wanted);
    const owner = outer ?? (isContainer(layer) ? undefined : layer);
    places.push({ layer, path, owner: owner ?? layer });
    for (const [segment, child] of childrenOf(layer)) visit(child, path === '' ? segment : `${path}/${segment}`, owner);
  };
  visit(root, isContainer(root) ? '' : root.name, undefined);
  return places;
}
