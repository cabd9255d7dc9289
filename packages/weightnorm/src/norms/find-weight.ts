import { checkLayer, type LayerLike, type Weight, weightsOf } from '@weightkit/core';
import { checkRange, checkType } from '@weightkit/numerics/check';

const isLayer = (target: LayerLike | Weight): target is LayerLike =>
  typeof (target as Partial<LayerLike> | null | undefined)?.getClassName === 'function';

const isWeight = (target: Partial<Weight> | null | undefined): boolean =>
  typeof target?.read === 'function' && typeof target.path === 'string' && Array.isArray(target.shape);

/** The layer's weight of that name: its own, or the only one below it. */
function weightNamed(fn: string, layer: LayerLike, property: string): Weight {
  const all = weightsOf(layer, undefined, fn);
  const own = all.filter((weight) => weight.layer === layer && weight.property === property);
  const found = own.length > 0 ? own : all.filter((weight) => weight.property === property);
  checkRange(
    found.length === 1,
    `${fn}: property must name one weight of ${layer.name} (there are ${all.map((w) => w.path).join(', ')})`,
    property,
  );
  return found[0]!;
}

/** The weight that is meant: given itself, or named by the property of a layer. */
export function findWeight(fn: string, target: LayerLike | Weight, property: string | undefined): Weight {
  if (!isWeight(target as Weight)) checkLayer(fn, 'target, when it is no weight from weightsOf,', target as LayerLike);
  checkType(
    property === undefined || (isLayer(target) && typeof property === 'string'),
    `${fn}: property must be the name of a property, and only with a layer`,
    property,
  );
  return isLayer(target) ? weightNamed(fn, target, property ?? 'kernel') : target;
}
