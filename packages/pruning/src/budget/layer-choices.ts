import type { ModelLike, Weight } from '@weightkit/core';
import { checkRange, checkType } from '@weightkit/numerics/check';
import { type PruneRule, planOf } from '../masks/plan.ts';
import { pruneBy } from '../masks/prune.ts';
import { isNOfM, type Structure } from '../structures/structure.ts';

/** The options of a rule by which layers are pruned one by one. */
export type LayerRule = Omit<PruneRule, 'scope'>;

/** Their names. */
export const LAYER_RULE_NAMES = ['filter', 'score', 'structure', 'reduce', 'multipleOf'] as const;

/** How good a model is, larger is better: an accuracy, or a loss with the sign turned. Called with the model under its masks. */
export type Evaluate<M extends ModelLike = ModelLike> = (model: M) => number | Promise<number>;

/** What is pruned as one layer. */
export interface PrunableLayer {
  name: string;
  /** The weights whose scores count, and which a sparsity is given for. */
  paths: string[];
  /** All weights that get masks. */
  weights: Weight[];
  /** Entries, or groups where the structure makes some. */
  groups: number;
}

/** The rule that was given, without what has nothing to do with it. */
export const ruleOf = ({ filter, score, structure, reduce, multipleOf }: LayerRule): LayerRule => ({
  ...(filter !== undefined && { filter }),
  ...(score !== undefined && { score }),
  ...(structure !== undefined && { structure }),
  ...(reduce !== undefined && { reduce }),
  ...(multipleOf !== undefined && { multipleOf }),
});

/** Throws for a structure without an amount of its own for each layer. */
function checkAmounts(fn: string, structure: Structure | undefined): void {
  checkRange(
    typeof structure !== 'object' || structure === null || !(isNOfM(structure) || 'groups' in structure),
    `${fn}: structure must be one of which an amount of each layer goes, not { n, m } or { groups }`,
    structure,
  );
}

/** The layers that a rule finds in a model; nothing changes. */
export function layersToPrune(fn: string, model: ModelLike, rule: LayerRule): PrunableLayer[] {
  checkAmounts(fn, rule.structure);
  return planOf(fn, model, rule).sets.map(({ name, groups, members }) => ({
    name,
    groups,
    paths: [...new Set(members.filter(({ votes }) => votes).map(({ weight }) => weight.path))],
    weights: [...new Map(members.map(({ weight }) => [weight.path, weight])).values()],
  }));
}

/** The same sparsity for all paths of a layer, as `prune` takes it. */
export const patternsOf = (layers: readonly PrunableLayer[], sparsities: readonly number[]): Record<string, number> =>
  Object.fromEntries(layers.flatMap(({ paths }, i) => paths.map((path) => [path, sparsities[i]!])));

/** Runs a function on the model under masks, which are taken away again, whatever happens. */
export async function underMasks<T>(
  fn: string,
  model: ModelLike,
  rule: LayerRule,
  sparsity: Record<string, number>,
  body: () => T | Promise<T>,
): Promise<T> {
  const pruning = await pruneBy(fn, model, { ...rule, sparsity });
  try {
    return await body();
  } finally {
    pruning.dispose();
  }
}

/** What `evaluate` says of the model. */
export async function evaluated(fn: string, evaluate: Evaluate, model: ModelLike): Promise<number> {
  const value: unknown = await evaluate(model);
  checkType(typeof value === 'number', `${fn}: evaluate must return a number`, value);
  checkRange(Number.isFinite(value), `${fn}: evaluate must return a finite number`, value);
  return value as number;
}
