import { checkWeight } from '../model/check-weight.ts';
import { rawOf, variableOf } from '../model/raw-variable.ts';
import type { LayerInternals, LayerVariableLike } from '../model/types.ts';
import type { Weight } from '../model/weight.ts';
import { parametrizationsOf } from './parametrizations-of.ts';

/** Whether the flag is held: an accessor in place of the value, as `freeze` of `@weightkit/transfer-freeze` puts it. */
const isHeld = (variable: object): boolean => Object.getOwnPropertyDescriptor(variable, 'trainable')?.get !== undefined;

/**
 * Throws when a weight is frozen apart from its layer: its variable is not trained, but a new variable in the layer's lists would
 * be, and the weight would move. Layers whose own flag is off are no such case: new variables take that flag.
 *
 * @param fn - the function that asks, for the message
 * @throws Error that names the weight
 */
export function checkThawed(fn: string, weight: Weight): void {
  checkWeight(fn, weight);
  if (weight.layer === null || weight.property === null) return;
  const raw = rawOf((weight.layer as LayerInternals)[weight.property] as LayerVariableLike);
  const variable = variableOf(raw);
  if (variable.trainable || !(raw.trainable || isHeld(variable))) return;
  const adapter = parametrizationsOf(weight.layer, fn).find((one) => one.raw === variable && one.beside);
  const rule = `${fn}: weight must not be frozen, for variables added to it would be trained, got ${weight.path}`;
  throw new Error(
    adapter
      ? `${rule}, which ${adapter.kind ?? 'an adapter'} holds; merge or remove that first`
      : `${rule}; unfreeze it, then ${fn}, then freeze both`,
  );
}
