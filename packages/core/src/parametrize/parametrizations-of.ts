import { layersOf } from '../model/layers-of.ts';
import type { LayerLike } from '../model/types.ts';
import type { Parametrization } from './parametrization.ts';
import { isView, type WeightView } from './view.ts';

/** The views in the properties of a model's layers, each once. */
export const viewsOf = (source: LayerLike, fn: string): WeightView[] => [
  ...new Set(layersOf(source, fn).flatMap(({ layer }) => Object.values(layer).filter(isView))),
];

/**
 * The parametrizations in place, oldest first on each weight.
 *
 * @example
 * const masks = parametrizationsOf(model).filter(({ kind }) => kind === 'mask');
 *
 * @param source - a built model or layer
 * @param fn - the function that asks, for the message of an error
 */
export function parametrizationsOf(source: LayerLike, fn = 'parametrizationsOf'): Parametrization[] {
  return viewsOf(source, fn).flatMap(({ stages }) => stages.map(({ handle }) => handle));
}

/**
 * Whether any weight of a model or layer is parametrized.
 *
 * @param source - a built model or layer
 */
export const isParametrized = (source: LayerLike): boolean => viewsOf(source, 'isParametrized').length > 0;
