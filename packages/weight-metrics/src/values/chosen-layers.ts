import { type LayerLike, layersOf } from '@weightkit/core';
import { checkRange } from '@weightkit/numerics/check';

/** A layer and its path in the model. */
export interface ChosenLayer {
  readonly path: string;
  readonly layer: LayerLike;
}

/** The layers of a model that an option names by path or holds; each once, in the order of the option. */
export function chosenLayers(
  fn: string,
  option: string,
  model: LayerLike,
  wanted: readonly (string | LayerLike)[],
): ChosenLayer[] {
  const places = layersOf(model, fn).filter(({ path }) => path !== '');
  const chosen = Array.from(wanted, (one) => {
    const place = places.find(({ path, layer }) => path === one || layer === one);
    checkRange(
      place !== undefined,
      `${fn}: ${option} must be of layers in the model (there are ${places.map(({ path }) => path).join(', ')})`,
      typeof one === 'object' && one !== null ? one.name : one,
    );
    return place;
  });
  return [...new Set(chosen)].map(({ path, layer }) => ({ path, layer }));
}
