import {
  checkLayer,
  checkUses,
  isKernel,
  type LayerLike,
  type SkippedWeight,
  type Weight,
  type WeightFilter,
  weightsOf,
} from '@weightkit/core';
import { checkInteger, checkRange, checkType } from '@weightkit/numerics/check';
import { magnitude } from '../scores/magnitude.ts';
import type { Score } from '../scores/score.ts';
import { sliceGroups } from '../structures/block-groups.ts';
import type { GroupSet } from '../structures/group-set.ts';
import { layerAxes } from '../structures/layer-axes.ts';
import { channelSets, type Sets, unitSets } from '../structures/layer-sets.ts';
import { checkReduce, type Reduce } from '../structures/reduce-scores.ts';
import {
  checkStructure,
  hasGroups,
  isNOfM,
  type NOfMStructure,
  type OwnGroups,
  type Structure,
} from '../structures/structure.ts';
import { axisGroups, blocks, checkRank, neighborAxis, ownSets } from '../structures/weight-sets.ts';
import type { SparsityByPattern } from './amount.ts';
import { SCOPES, type Scope } from './choose-masks.ts';
import { isMasked } from './masked-weight.ts';

/** What to prune and by what rule: the options that `prune` and `pruneDuring` share. */
export interface PruneRule {
  /**
   * `'layer'`: each weight gets the amount, or each layer where the structure joins its weights. `'output'`: each output of each layer
   * does, so that scores are compared with those of the same unit or filter alone; for entries. `'global'`: all together do, by one
   * threshold over all their scores, so that layers with small scores lose more. `'lamp'`: all together, by scores weighed within each
   * layer, s² / Σ t² over the t that are not smaller (Lee et al. 2021, https://arxiv.org/abs/2010.07611). `'erk'`: all together,
   * shared out by the layers' shapes, see {@link erk}.
   * @defaultValue 'layer'
   */
  scope?: Scope;
  /**
   * Which weights are pruned: a path, glob, RegExp, predicate or a list of these. A filter that matches nothing is an error.
   * @defaultValue `isKernel`: kernels, recurrent kernels and embeddings; no biases, scales or statistics
   */
  filter?: WeightFilter;
  /**
   * What to keep: those with the largest score.
   * @defaultValue {@link magnitude}
   */
  score?: Score;
  /**
   * What goes as one: see {@link Structure}. Of all but `'entry'` at least one of each layer stays.
   * @defaultValue 'entry'
   */
  structure?: Structure;
  /**
   * How the scores of a group's entries become its score: their mean, the sum of their magnitudes (`'l1'`), the root of the sum of
   * their squares (`'l2'`), the norm of another order (`{ norm: 3 }`), or the largest. Not for entries and `{ n, m }`.
   * @defaultValue 'mean'
   */
  reduce?: Reduce;
  /**
   * What the number of groups that a layer keeps is a multiple of, as 4 or 8: an integer of 1 or more. More are kept to get there,
   * or all. Not for entries and `{ n, m }`.
   * @defaultValue 1
   */
  multipleOf?: number;
}

/** The names of the options of a rule. */
export const RULE_NAMES = ['scope', 'filter', 'score', 'structure', 'reduce', 'multipleOf'] as const;

/** A weight that is left as it is. */
export interface UnprunedWeight extends SkippedWeight {
  /** Its number of entries. */
  parameters: number;
}

/** A weight of which of m neighbors n are kept. */
export interface NeighborWeight {
  weight: Weight;
  axis: number;
}

/** The weights to prune, in the model's order, the ones left out, and the rule. */
export interface Plan extends Required<Omit<PruneRule, 'filter'>> {
  model: LayerLike;
  weights: Weight[];
  skipped: UnprunedWeight[];
  /** The groups that amounts count; of entries each weight is a set. None for `{ n, m }`. */
  sets: GroupSet[];
  /** The weights of `{ n, m }`. */
  neighbors: NeighborWeight[];
}

/** The number of entries. */
export const sizeOf = ({ shape }: Weight): number => shape.reduce((product, size) => product * size, 1);

/** Throws when a mask of this package is on one of the weights. */
export function checkUnmasked(fn: string, weights: readonly Weight[]): void {
  const masked = weights.find(isMasked);
  if (masked)
    throw new Error(
      `${fn}: weights must not be pruned already, got ${masked.path}; update, fold or restore the pruning in place`,
    );
}

function obstacleTo(weight: Weight): string | undefined {
  if (weight.dtype !== 'float32') return `its dtype is ${weight.dtype}, not float32`;
  return weight.property === null ? 'no property of its layer holds it' : undefined;
}

function checkRule(fn: string, rule: PruneRule): Required<Omit<PruneRule, 'filter'>> {
  const { scope = 'layer', score = magnitude, structure = 'entry', reduce = 'mean', multipleOf = 1 } = rule;
  checkRange(SCOPES.includes(scope), `${fn}: scope must be 'layer', 'output', 'global', 'erk' or 'lamp'`, scope);
  checkType(typeof score === 'function', `${fn}: score must be a function`, score);
  checkStructure(fn, structure);
  checkReduce(fn, reduce);
  checkInteger(fn, 'multipleOf', multipleOf, 1);
  if (!hasGroups(structure))
    for (const name of ['reduce', 'multipleOf'] as const)
      checkRange(rule[name] === undefined, `${fn}: ${name} must be left out where no groups are pruned`, rule[name]);
  if (scope === 'output')
    checkRange(
      structure === 'entry',
      `${fn}: structure must be 'entry' where each output is pruned by itself`,
      structure,
    );
  if (isNOfM(structure))
    checkRange(scope === 'layer', `${fn}: scope must be 'layer' for { n, m }, which says the number of each`, scope);
  return { scope, score, structure, reduce, multipleOf };
}

/** The paths of the weights that a pattern of sparsity matches; it must match one. */
export const matchedBy = (fn: string, model: LayerLike, pattern: string): string[] =>
  weightsOf(model, pattern, fn, 'patterns of sparsity').map(({ path }) => path);

function matchedByAny(fn: string, model: LayerLike, patterns: SparsityByPattern): Set<string> {
  return new Set(Object.keys(patterns).flatMap((pattern) => matchedBy(fn, model, pattern)));
}

function whole(weight: Weight): GroupSet {
  return {
    name: weight.path,
    groups: sizeOf(weight),
    members: [{ weight, of: null, votes: true }],
    keepsOne: false,
  };
}

/** The entries of each weight with the outputs that they are of. */
function outputSets(chosen: readonly Weight[]): Sets {
  const sets: GroupSet[] = [];
  const without = new Map<string, string>();
  for (const weight of chosen) {
    const sums = layerAxes(weight)?.sums;
    if (sums) sets.push({ ...whole(weight), lines: sliceGroups(weight.shape, sums) });
    else without.set(weight.path, 'its outputs are not known; take another scope');
  }
  return { sets, without };
}

/** The groups of each weight by itself. */
function setsOfEach(fn: string, chosen: readonly Weight[], structure: Structure): GroupSet[] {
  if (structure === 'entry') return chosen.map(whole);
  return chosen.map((weight) => {
    const given = structure as { axis: number } & { block: number[] };
    const { groups, of } = given.axis === undefined ? blocks(fn, weight, given) : axisGroups(fn, weight, given);
    return { name: weight.path, groups, members: [{ weight, of, votes: true }], keepsOne: true };
  });
}

function setsOf(
  fn: string,
  all: readonly Weight[],
  chosen: readonly Weight[],
  structure: Structure,
  scope: Scope | undefined,
): Sets {
  if (scope === 'output') return outputSets(chosen);
  if (structure !== 'unit' && structure !== 'channel')
    return { sets: setsOfEach(fn, chosen, structure), without: new Map() };
  const found = structure === 'unit' ? unitSets(all, chosen) : channelSets(all, chosen);
  for (const { members } of found.sets) for (const { weight } of members) found.without.delete(weight.path);
  for (const path of found.without.keys()) checkRank(fn, chosen.find((weight) => weight.path === path)!);
  return found;
}

function neighborsOf(
  fn: string,
  chosen: readonly Weight[],
  structure: NOfMStructure,
): { neighbors: NeighborWeight[]; without: Map<string, string> } {
  const without = new Map<string, string>();
  const neighbors = chosen.flatMap((weight) => {
    const axis = neighborAxis(fn, weight, structure);
    if (axis !== undefined) return [{ weight, axis }];
    without.set(weight.path, 'its layer is not known to sum products along an axis of it; name it by { n, m, axis }');
    return [];
  });
  return { neighbors, without };
}

/** The sets of groups of one's own, of weights that can be masked. */
function checkedOwn(fn: string, all: readonly Weight[], rule: PruneRule, structure: OwnGroups): GroupSet[] {
  checkRange(rule.filter === undefined, `${fn}: filter must be left out where groups name the weights`, rule.filter);
  const sets = ownSets(fn, all, structure);
  for (const { members } of sets)
    for (const { weight } of members) {
      const obstacle = obstacleTo(weight);
      if (obstacle)
        throw new RangeError(`${fn}: groups must be of weights that can be masked, got ${weight.path}: ${obstacle}`);
    }
  return sets;
}

interface Found {
  sets: GroupSet[];
  neighbors: NeighborWeight[];
  /** Why chosen weights are left out. */
  reasons: Map<string, string>;
}

function find(
  fn: string,
  all: readonly Weight[],
  rule: PruneRule,
  structure: Structure,
  isChosen: (weight: Weight) => string | undefined,
): Found {
  const reasons = new Map<string, string>();
  const chosen = all.filter((weight) => {
    const reason = isChosen(weight);
    if (reason !== undefined) reasons.set(weight.path, reason);
    return reason === undefined;
  });
  if (isNOfM(structure)) {
    const { neighbors, without } = neighborsOf(fn, chosen, structure);
    return { sets: [], neighbors, reasons: new Map([...reasons, ...without]) };
  }
  if (typeof structure === 'object' && 'groups' in structure) {
    const left = all.map(({ path }) => [path, 'no group names it'] as const);
    return { sets: checkedOwn(fn, all, rule, structure), neighbors: [], reasons: new Map(left) };
  }
  const { sets, without } = setsOf(fn, all, chosen, structure, rule.scope);
  return { sets, neighbors: [], reasons: new Map([...reasons, ...without]) };
}

/**
 * Checks a rule and finds its weights in a model. Nothing changes.
 *
 * @param fn - the function that was called, for messages
 * @param patterns - sparsities by pattern, where the amount has them: what none matches is left out
 */
export function planOf(fn: string, model: LayerLike, rule: PruneRule, patterns?: SparsityByPattern): Plan {
  checkLayer(fn, 'model', model);
  const checked = checkRule(fn, rule);
  const { filter = isKernel } = rule;
  const filtered = new Set(weightsOf(model, filter, fn).map(({ path }) => path));
  const matched = patterns && matchedByAny(fn, model, patterns);
  const all = weightsOf(model, undefined, fn);
  const reasonAgainst = (weight: Weight): string | undefined => {
    if (!filtered.has(weight.path)) return 'the filter leaves it out';
    if (matched && !matched.has(weight.path)) return 'no pattern of the sparsities matches it';
    return obstacleTo(weight);
  };
  const { sets, neighbors, reasons } = find(fn, all, rule, checked.structure, reasonAgainst);
  const masked = new Set([...sets.flatMap(({ members }) => members), ...neighbors].map(({ weight }) => weight.path));
  const weights = all.filter(({ path }) => masked.has(path));
  const skipped = all
    .filter(({ path }) => !masked.has(path))
    .map((weight) => ({ path: weight.path, parameters: sizeOf(weight), reason: reasons.get(weight.path)! }));
  checkRange(
    weights.length > 0,
    `${fn}: filter must match a weight that can be masked`,
    skipped.filter(({ path }) => filtered.has(path)).map(({ path, reason }) => `${path}: ${reason}`),
  );
  checkUnmasked(fn, weights);
  for (const weight of weights) checkUses(fn, weight);
  return { ...checked, model, weights, skipped, sets, neighbors };
}
