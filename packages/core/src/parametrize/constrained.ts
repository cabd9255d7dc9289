import { checkType } from '@weightkit/numerics/check';
import { checkWeight, livingVariable } from '../model/check-weight.ts';
import type { Weight } from '../model/weight.ts';
import { parametrizationsOf } from './parametrizations-of.ts';

// A mark that holds across copies of this package.
const CONSTRAINED = Symbol.for('@weightkit/core.constrained');

interface Constrained {
  name: string;
  kinds: readonly string[];
}

const markOf = (variable: object): Constrained | undefined =>
  (variable as { [CONSTRAINED]?: Constrained })[CONSTRAINED];

/**
 * Notes that a weight is constrained: its variable is projected after each step. {@link parametrize} then refuses what would have the
 * layer compute with something that does not keep the constraint.
 *
 * @param fn - the function that asks, for the message
 * @param weight - from {@link weightsOf}
 * @param name - the constraint, as `unitNorm`
 * @param kinds - the kinds of parametrization that keep it, as `['mask']`
 * @returns a function that takes the note away; calling it again does nothing
 * @throws Error when the weight is constrained already or has a parametrization of another kind; nothing has changed then
 */
export function markConstrained(fn: string, weight: Weight, name: string, kinds: readonly string[]): () => void {
  checkWeight(fn, weight);
  checkType(typeof name === 'string', `${fn}: name must be a text`, name);
  checkType(Array.isArray(kinds), `${fn}: kinds must be a list of texts`, kinds);
  const variable = livingVariable(fn, weight);
  checkType(!!variable && !!weight.layer, `${fn}: weight must be held by a layer`, weight.path);
  const present = markOf(variable!);
  if (present)
    throw new Error(`${fn}: weight must not be constrained already, got ${weight.path} with ${present.name}`);
  for (const { raw, kind } of parametrizationsOf(weight.layer!, fn))
    if (raw === variable && !kinds.includes(kind ?? ''))
      throw new Error(
        `${fn}: ${name} must not meet another parametrization, got ${kind ?? 'one without a name'} at ${weight.path}; fold it first`,
      );
  const mark: Constrained = { name, kinds: [...kinds] };
  Object.defineProperty(variable, CONSTRAINED, { value: mark, configurable: true });
  return () => {
    if (markOf(variable!) === mark) delete (variable as { [CONSTRAINED]?: Constrained })[CONSTRAINED];
  };
}

/** Throws when a weight has a constraint that a parametrization of this kind would not keep. */
export function checkUnconstrained(fn: string, weight: Weight, kind: string | undefined): void {
  const variable = livingVariable(fn, weight);
  const mark = variable ? markOf(variable) : undefined;
  if (mark && !mark.kinds.includes(kind ?? ''))
    throw new Error(
      `${fn}: weight must not be constrained, got ${weight.path} with ${mark.name}; restore, fold or unfreeze that first`,
    );
}
