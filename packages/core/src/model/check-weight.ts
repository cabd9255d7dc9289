import { checkType } from '@weightkit/numerics/check';
import type { Weight } from './weight.ts';

/** Throws unless a value is one weight, as `weightsOf` lists them. */
export function checkWeight(fn: string, weight: unknown): asserts weight is Weight {
  const given = weight as Partial<Weight> | null | undefined;
  const ok = typeof given?.read === 'function' && typeof given.path === 'string' && Array.isArray(given.shape);
  checkType(ok, `${fn}: weight must be one from weightsOf`, weight);
}
