import { checkLayer, type LayerLike, layersOf, type ModelLike, weightsOf } from '@weightkit/core';
import { checkNumber, checkOptions, checkPlainObject, checkRange } from '@weightkit/numerics/check';
import type { ParameterGroup } from './parameter-groups.ts';

/** Options of {@link layerDecay}. */
export interface LayerDecayOptions {
  /** What a layer's rate is multiplied by to give that of the layer below: above 0, at most 1. */
  decay: number;
}

const fn = 'layerDecay';

/**
 * Groups for {@link parameterGroups} in which the last layer learns at the full rate and each layer below at `decay` times that of the
 * one above: discriminative rates. ULMFiT takes 1 / 2.6 (Howard and Ruder 2018, https://arxiv.org/abs/1801.06146).
 *
 * Layers count in the order of the model, those of nested models one by one; a recurrent layer with its cells, and a wrapper with what it
 * wraps, are one. Layers without weights do not count.
 *
 * @example
 * const groups = layerDecay(model, { decay: 0.5 });
 * console.log(groups.map(({ rate }) => rate).join(' ')); // -> 1 0.5 0.25
 *
 * @param model - a built LayersModel, or a layer
 * @param options - see {@link LayerDecayOptions}
 * @returns one group for a layer, the last layer's first
 * @throws TypeError or RangeError for other arguments, and where there are no weights to train
 */
export function layerDecay(model: ModelLike | LayerLike, options: LayerDecayOptions): ParameterGroup[] {
  checkLayer(fn, 'model', model);
  checkPlainObject(`${fn}: options must be { decay }`, options);
  checkOptions(fn, options, ['decay']);
  const { decay } = options;
  checkNumber(`${fn}: decay must be above 0 and at most 1`, decay, (x) => x > 0 && x <= 1);
  const owners = new Map(layersOf(model, fn).map(({ layer, owner }) => [layer, owner]));
  const paths = new Map<unknown, Set<string>>();
  for (const { path, layer, trainable } of weightsOf(model, undefined, fn)) {
    if (!trainable) continue;
    const owner = (layer && owners.get(layer)) ?? layer;
    paths.set(owner, (paths.get(owner) ?? new Set()).add(path));
  }
  checkRange(paths.size > 0, `${fn}: model must have weights to train`, model.name);
  return [...paths.values()]
    .reverse()
    .map((own, above) => ({ filter: ({ path }) => own.has(path), rate: decay ** above }));
}
