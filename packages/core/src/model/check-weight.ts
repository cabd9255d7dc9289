import { checkType } from '@weightkit/numerics/check';
import type { Weight } from './weight.ts';
import { disposed } from './weight-source.ts';

/** Throws unless a value is one weight, as `weightsOf` lists them. */
export function checkWeight(fn: string, weight: unknown): asserts weight is Weight {
  const given = weight as Partial<Weight> | null | undefined;
  const ok = typeof given?.read === 'function' && typeof given.path === 'string' && Array.isArray(given.shape);
  checkType(ok, `${fn}: weight must be one from weightsOf`, weight);
}

/** The variable of a weight, if it has one; throws in the name of the function that asks where the model is disposed. */
export function livingVariable(fn: string, weight: Weight): Weight['variable'] {
  let variable: Weight['variable'] | undefined;
  try {
    variable = weight.variable;
  } catch {
    // Its own error names who listed it.
  }
  if (variable === undefined || variable?.isDisposed) throw disposed(fn, weight.path);
  return variable;
}
