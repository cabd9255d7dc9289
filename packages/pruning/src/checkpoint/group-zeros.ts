import { roundHalfEven } from '@weightkit/numerics';
import { checkRange } from '@weightkit/numerics/check';
import type { Amount } from '../masks/amount.ts';
import type { GroupRule } from '../masks/choose-groups.ts';
import type { AmountOf } from './file-amount.ts';

/** How many groups go, and by what rule. */
export interface GroupZeros {
  amountOf: AmountOf;
  scope: 'tensor' | 'global';
  /** What the number of those that stay is a multiple of. */
  multipleOf: number;
}

/** Groups of which one has to stay, and the tensors that have a say. */
export interface NamedGroups {
  name: string;
  groups: number;
  tensors: readonly string[];
}

/** How many go of some; `kept` stay. */
function among(fn: string, { sparsity, count }: Amount, of: number, kept: number, what: string): number {
  const most = Math.max(0, of - kept);
  if (count === undefined) return Math.min(roundHalfEven(sparsity * of), most);
  checkRange(count <= most, `${fn}: count must be at most ${most}, ${what}`, count);
  return count;
}

/**
 * How many groups go of each set, or of all together.
 *
 * @param what - the groups as messages call them
 */
export function zerosOfGroups(
  fn: string,
  sets: readonly NamedGroups[],
  what: string,
  { amountOf, scope, multipleOf }: GroupZeros,
): { zeros: number[] | number; rule: GroupRule } {
  const rule = { keepsOne: true, multipleOf };
  if (scope === 'tensor')
    return {
      zeros: sets.map(({ name, groups, tensors }) =>
        among(fn, amountOf(tensors)!, groups, 1, `all ${what} of ${name} but one`),
      ),
      rule: { ...rule, scope: 'layer' },
    };
  const total = sets.reduce((sum, { groups }) => sum + groups, 0);
  return {
    zeros: among(fn, amountOf([])!, total, sets.length, `all ${what} but one of each of ${sets.length}`),
    rule: { ...rule, scope },
  };
}
