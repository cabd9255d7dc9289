import { checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import { checkModelAmount, type ModelAmount } from './amount.ts';
import { checkInPlace, type MaskedWeight } from './masked-weight.ts';
import type { Plan } from './plan.ts';
import { type Scores, type Selection, scorePlan, select } from './select.ts';
import { zerosOf } from './zeros-of.ts';

/** Options of an update of masks. */
export interface UpdateOptions {
  /**
   * Whether pruned entries may come back when their raw weight scores high enough. Otherwise pruned stays pruned, and asking
   * for fewer zeros than there are is an error.
   * @defaultValue false
   */
  regrow?: boolean;
}

/** How many groups of each set are 0. */
export const zerosNow = (kept: readonly Uint8Array[]): number[] =>
  kept.map((bits) => bits.length - bits.reduce((sum, bit) => sum + bit, 0));

/** Whether the masks have to change; throws when pruned groups would have to come back and may not. */
function mustChange(plan: Plan, now: readonly number[], zeros: number[] | number, regrow: boolean): boolean {
  if (regrow) return true;
  const names = [...plan.sets.map(({ name }) => name), ...plan.neighbors.map(({ weight: { path } }) => path)];
  const pairs: [where: string, now: number, asked: number][] =
    typeof zeros === 'number'
      ? [['all weights', now.reduce((sum, n) => sum + n, 0), zeros]]
      : names.map((name, i) => [name, now[i]!, zeros[i]!]);
  for (const [where, are, asked] of pairs)
    checkRange(asked >= are, `update: zeros of ${where} must be at least ${are} unless regrow is true`, asked);
  return pairs.some(([, are, asked]) => asked > are);
}

const sourcesOf = (entries: readonly MaskedWeight[]) =>
  entries.map(({ weight, input }) => ({
    path: weight.path,
    stablePath: weight.stablePath,
    read() {
      checkInPlace('update', entries);
      return input();
    },
  }));

/** Throws unless the arguments are those of an update. */
export function checkUpdate(amount: ModelAmount, options: UpdateOptions = {}): void {
  checkOptions('update', amount, ['sparsity', 'count'], 'amount');
  checkModelAmount('update', amount);
  checkOptions('update', options, ['regrow']);
  const { regrow = false } = options;
  checkType(typeof regrow === 'boolean', 'update: regrow must be a boolean', regrow);
}

/**
 * Chooses masks anew from the scores of what goes into them now; all of them change or none.
 *
 * @param current - which groups are kept now, looked up when it is needed: another update may have come in between
 */
export async function updateMasks(
  entries: readonly MaskedWeight[],
  plan: Plan,
  current: () => Selection,
  amount: ModelAmount,
  { regrow = false }: UpdateOptions = {},
): Promise<Selection> {
  checkInPlace('update', entries);
  const wanted = () => {
    const { kept, ofM } = current();
    const now = plan.neighbors.length > 0 ? ofM : zerosNow(kept);
    const zeros = zerosOf('update', amount, plan, now);
    return mustChange(plan, now, zeros, regrow) ? zeros : undefined;
  };
  if (wanted() === undefined) return current();
  const scores: Scores = await scorePlan('update', plan, sourcesOf(entries));
  // Another update or a fold may have come in between. From here on nothing is awaited.
  checkInPlace('update', entries);
  const zeros = wanted();
  if (zeros === undefined) return current();
  const { kept, bits } = current();
  const gone = plan.neighbors.length > 0 ? bits : kept;
  const selection = select('update', plan, scores, zeros, regrow ? undefined : gone);
  for (const [i, entry] of entries.entries()) entry.set(selection.bits[i]!);
  return selection;
}
