import { checkModel, type ModelLike } from '@weightkit/core';
import { checkFunction, checkInteger, checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import type { Score, ScoreContext } from '../scores/score.ts';
import { isNOfM } from '../structures/structure.ts';
import { checkModelAmount, isByPattern, type SparsityByPattern } from './amount.ts';
import { type PruneRule, planOf, RULE_NAMES } from './plan.ts';
import { pruneBy } from './prune.ts';
import type { Pruning } from './pruning.ts';

/** Makes a score of a model as it is, as {@link synFlow} does. */
export type ScoreMaker = (model: ModelLike) => Score | Promise<Score>;

/** Options of {@link pruneInRounds}. */
export interface PruneInRoundsOptions extends Omit<PruneRule, 'score'> {
  /** The sparsity after the last round: a number in [0, 1), or one for each pattern of paths. */
  sparsity: number | SparsityByPattern;
  /** What makes the score of each round: `synFlow`, or `(m) => snip(m, { x, y })`. */
  score: ScoreMaker;
  /**
   * The number of rounds: an integer of 1 or more.
   * @defaultValue 100
   */
  rounds?: number;
}

/** The sparsity after a share of the rounds: in each the same part of what is left goes. */
function after(sparsity: number | SparsityByPattern, part: number): number | SparsityByPattern {
  const one = (final: number) => (part === 1 ? final : 1 - (1 - final) ** part);
  if (!isByPattern(sparsity)) return one(sparsity);
  return Object.fromEntries(Object.entries(sparsity).map(([pattern, final]) => [pattern, one(final)]));
}

/**
 * Prunes in rounds with a score for each, made of the model as the round before left it: after round k of n the share that stays is
 * (1 − sparsity)^(k/n). SynFlow needs that, so that no layer is emptied while others are full; SNIP and others gain by it.
 *
 * The exponential schedule of Tanaka, Kunin, Yamins and Ganguli 2020, https://arxiv.org/abs/2006.05467
 *
 * @example
 * const pruning = await pruneInRounds(model, { sparsity: 0.9, scope: 'global', rounds: 10, score: synFlow });
 * console.log(pruning.sparsity); // -> 0.9
 *
 * @param model - a built LayersModel
 * @param options - the sparsity, the rounds, what makes scores, and the rule of {@link prune}
 * @returns the masks in place; later updates take the last score
 * @throws as {@link prune}, and what the maker of scores throws; no mask is left then
 */
export async function pruneInRounds(model: ModelLike, options: PruneInRoundsOptions): Promise<Pruning> {
  const fn = 'pruneInRounds';
  checkOptions(fn, options, ['sparsity', 'rounds', ...RULE_NAMES]);
  const { sparsity, score: make, rounds = 100, ...rule } = options ?? {};
  checkModelAmount(fn, { sparsity });
  checkFunction(fn, 'score', make);
  checkInteger(fn, 'rounds', rounds, 1);
  checkModel(fn, model);
  const { structure } = rule;
  checkRange(
    typeof structure !== 'object' || structure === null || !isNOfM(structure),
    `${fn}: structure must not be { n, m }, which says the number of zeros`,
    structure,
  );
  // What is wrong with the rule is told before scores are made.
  planOf(fn, model, rule, isByPattern(sparsity) ? sparsity : undefined);
  const made = async (): Promise<Score> => {
    const score = await make(model);
    checkType(typeof score === 'function', `${fn}: score must return a score or a promise of one`, score);
    return score;
  };
  let current = await made();
  const score: Score = (w, context: ScoreContext) => current(w, context);
  const pruning = await pruneBy(fn, model, { ...rule, score, sparsity: after(sparsity, 1 / rounds) });
  try {
    for (let round = 2; round <= rounds; round++) {
      current = await made();
      await pruning.update({ sparsity: after(sparsity, round / rounds) });
    }
    return pruning;
  } catch (error) {
    pruning.dispose();
    throw error;
  }
}
