import { checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import { scoreAll } from '../scores/score.ts';
import { type Amount, checkAmount } from './amount.ts';
import { chooseMasks } from './choose-masks.ts';
import { checkInPlace, type MaskedWeight } from './masked-weight.ts';
import { type Plan, zerosOf } from './plan.ts';
import { totalShare } from './report.ts';

/** Options of an update of masks. */
export interface UpdateOptions {
  /**
   * Whether pruned entries may come back when their raw weight scores high enough. Otherwise pruned stays pruned, and asking
   * for fewer zeros than there are is an error.
   * @defaultValue false
   */
  regrow?: boolean;
}

/** Whether the masks have to change; throws when pruned entries would have to come back and may not. */
function mustChange(entries: readonly MaskedWeight[], zeros: number[] | number, regrow: boolean): boolean {
  if (regrow) return true;
  const pairs: [where: string, now: number, asked: number][] =
    typeof zeros === 'number'
      ? [['all weights', totalShare(entries).zeros, zeros]]
      : entries.map((entry, i) => [entry.weight.path, entry.zeros, zeros[i]!]);
  for (const [where, now, asked] of pairs)
    checkRange(asked >= now, `update: zeros of ${where} must be at least ${now} unless regrow is true`, asked);
  return pairs.some(([, now, asked]) => asked > now);
}

/** Pruned entries rank below all others: they are chosen again. */
function sink(scores: Float32Array, bits: Uint8Array): void {
  for (let i = 0; i < bits.length; i++) if (bits[i] === 0) scores[i] = Number.NEGATIVE_INFINITY;
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
export function checkUpdate(amount: Amount, options: UpdateOptions = {}): void {
  checkOptions('update', amount, ['sparsity', 'count'], 'amount');
  checkAmount('update', amount);
  checkOptions('update', options, ['regrow']);
  const { regrow = false } = options;
  checkType(typeof regrow === 'boolean', 'update: regrow must be a boolean', regrow);
}

/** Chooses masks anew from the scores of what goes into them now; all of them change or none. */
export async function updateMasks(
  entries: readonly MaskedWeight[],
  plan: Plan,
  amount: Amount,
  { regrow = false }: UpdateOptions = {},
): Promise<void> {
  checkInPlace('update', entries);
  const zeros = zerosOf('update', amount, plan);
  if (!mustChange(entries, zeros, regrow)) return;
  const scores = await scoreAll('update', sourcesOf(entries), plan.score);
  // Another update or a fold may have come in between. From here on nothing is awaited.
  checkInPlace('update', entries);
  if (!mustChange(entries, zeros, regrow)) return;
  if (!regrow) for (const [i, { bits }] of entries.entries()) sink(scores[i]!, bits);
  const masks = chooseMasks(scores, zeros);
  for (const [i, entry] of entries.entries()) entry.set(masks[i]!);
}
