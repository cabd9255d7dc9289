import type { LayerInternals } from './types.ts';
import type { Weight } from './weight.ts';

const roots = new WeakMap<Weight, LayerInternals>();

/** Notes which model or layer a weight was found in: other layers of it may use the same variable. */
export function rememberRoot(weight: Weight, root: LayerInternals): Weight {
  roots.set(weight, root);
  return weight;
}

/** What the weight was found in. */
export const rootOf = (weight: Weight): LayerInternals => roots.get(weight) ?? (weight.layer as LayerInternals);
