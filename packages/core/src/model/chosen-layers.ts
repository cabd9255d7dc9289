import { checkRange, checkType } from '@weightkit/numerics/check';
import { type LayerPlace, layersOf } from './layers-of.ts';
import { isLayer, type LayerLike } from './types.ts';

/**
 * The layers of a model that a caller names, by path or as they are, each once.
 *
 * @example
 * const [encoder] = chosenLayers('ask', 'layers', model, ['encoder/inner']);
 * console.log(encoder.layer.getClassName()); // -> Dense
 *
 * @param fn - the function that asks, for the message
 * @param name - the name of its argument or option, for the message
 * @param model - a built LayersModel
 * @param wanted - paths (`encoder/conv1`) or layers; undefined for every layer
 * @returns their places, in the order in which they are named
 * @throws TypeError when `wanted` is no list, RangeError when a layer is not in the model; those of `layersOf` for a model that is none
 */
export function chosenLayers(
  fn: string,
  name: string,
  model: LayerLike,
  wanted: readonly (string | LayerLike)[] | undefined,
): LayerPlace[] {
  checkType(wanted === undefined || Array.isArray(wanted), `${fn}: ${name} must be a list of paths or layers`, wanted);
  const places = layersOf(model, fn).filter(({ path }) => path !== '');
  if (wanted === undefined) return places;
  const chosen = Array.from(wanted, (one) => {
    const place = places.find(({ path, layer }) => path === one || layer === one);
    checkRange(
      place !== undefined,
      `${fn}: ${name} must be in the model (there are ${places.map(({ path }) => path).join(', ')})`,
      isLayer(one) ? one.name : one,
    );
    return place;
  });
  return [...new Set(chosen)];
}
