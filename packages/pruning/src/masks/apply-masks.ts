import { checkIdle, checkLayer, type LayerLike, weightsOf } from '@weightkit/core';
import { checkOptions, checkRange } from '@weightkit/numerics/check';
import type { Score } from '../scores/score.ts';
import { expand } from '../structures/group-set.ts';
import { keptOfM, nOfM } from '../structures/n-of-m.ts';
import type { NOfMStructure } from '../structures/structure.ts';
import { checkMasksJSON, type MasksJSON, unpackBits } from './masks-json.ts';
import { type Plan, type PruneRule, planOf, sizeOf } from './plan.ts';
import { install, type Pruning } from './pruning.ts';

/** Options of {@link applyMasks}. */
export interface ApplyMasksOptions {
  /**
   * What later updates keep: functions are in no file.
   *
   * @defaultValue {@link magnitude}
   */
  score?: Score;
}

const fn = 'applyMasks';

/** Which groups the masks keep; throws where a group is kept in part. */
function keptBy(plan: Plan, bits: ReadonlyMap<string, Uint8Array>): Uint8Array[] {
  const kept = plan.sets.map(({ groups, members }) => {
    const found = new Uint8Array(groups);
    for (const { weight, of, votes } of members) {
      if (!votes) continue;
      const mask = bits.get(weight.path)!;
      for (let i = 0; i < mask.length; i++) if (mask[i] === 1 && (of === null || of[i]! >= 0)) found[of?.[i] ?? i] = 1;
    }
    return found;
  });
  const whole = expand(plan.sets, kept, plan.weights, sizeOf);
  for (const [w, { path }] of plan.weights.entries()) {
    const given = bits.get(path)!;
    const at = given.findIndex((bit, i) => bit !== whole[w]![i]);
    checkRange(at === -1, `${fn}: masks must be of whole groups of their structure`, `${path}[${at}]`);
  }
  return kept;
}

/** Throws unless of m neighbors at most n are kept. */
function checkNeighbors({ neighbors, structure }: Plan, bits: ReadonlyMap<string, Uint8Array>): void {
  for (const { weight, axis } of neighbors) {
    const given = bits.get(weight.path)!;
    const allowed = nOfM(Float32Array.from(given), weight.shape, axis, structure as NOfMStructure);
    const at = given.findIndex((bit, i) => bit > allowed[i]!);
    checkRange(at === -1, `${fn}: masks must keep at most n of m neighbors`, `${weight.path}[${at}]`);
  }
}

/**
 * Puts masks that are plain data on a model: those that `pruning.toJSON()` gave, after a reload or in another process. The weights
 * stay as they are. Everything is checked first: that the model has these weights, in these shapes, and no mask on them yet.
 *
 * @example
 * const pruning = await prune(model, { sparsity: 0.5 });
 * const text = JSON.stringify(pruning);
 * pruning.fold();
 * const again = applyMasks(model, JSON.parse(text)); // holds the same zeros while the model trains on
 * console.log(again.sparsity); // -> 0.5
 *
 * @param model - a built LayersModel or layer
 * @param masks - what `toJSON` gave
 * @param options - the score of later updates
 * @returns the masks in place
 * @throws TypeError for what is no such data; RangeError for masks of other paths, shapes or structures than the model has; Error
 * when a weight is pruned already. Nothing has changed then
 */
export function applyMasks(model: LayerLike, masks: MasksJSON, options: ApplyMasksOptions = {}): Pruning {
  checkMasksJSON(fn, masks);
  checkOptions(fn, options, ['score']);
  checkLayer(fn, 'model', model);
  const paths = Object.keys(masks.masks);
  const known = new Set(weightsOf(model, undefined, fn).map(({ path }) => path));
  const strange = paths.find((path) => !known.has(path));
  checkRange(strange === undefined, `${fn}: masks must be of weights of the model`, strange);
  const { structure, scope, reduce, multipleOf } = masks;
  const own = typeof structure === 'object' && structure !== null && 'groups' in structure;
  // A glob may stand in a path's name.
  const among = new Set(paths);
  const rule: PruneRule = {
    structure,
    scope,
    ...(reduce !== undefined && { reduce }),
    ...(multipleOf !== undefined && { multipleOf }),
    ...(options.score !== undefined && { score: options.score }),
    ...(!own && { filter: ({ path }) => among.has(path) }),
  };
  const plan = planOf(fn, model, rule);
  checkIdle(fn, plan.weights);
  const found = new Set(plan.weights.map(({ path }) => path));
  const left = paths.find((path) => !found.has(path));
  checkRange(left === undefined, `${fn}: masks must be of weights that their structure has a place for`, left);
  const bits = new Map<string, Uint8Array>();
  for (const weight of plan.weights) {
    const mask = masks.masks[weight.path];
    if (mask === undefined)
      throw new RangeError(
        `${fn}: masks must have one for each weight of their structure, got none for ${weight.path}`,
      );
    const same = mask.shape.length === weight.shape.length && mask.shape.every((size, i) => size === weight.shape[i]);
    checkRange(same, `${fn}: mask of ${weight.path} must have shape [${weight.shape}]`, mask.shape);
    bits.set(weight.path, unpackBits(fn, weight.path, mask.bits, sizeOf(weight)));
  }
  checkNeighbors(plan, bits);
  const kept = plan.neighbors.length > 0 ? [] : keptBy(plan, bits);
  const { m } = plan.structure as NOfMStructure;
  const ofM = plan.neighbors.map(
    ({ weight: { path, shape }, axis }) => m - keptOfM(bits.get(path)!, shape, axis, plan.structure as NOfMStructure),
  );
  return install(fn, plan, { kept, bits: plan.weights.map(({ path }) => bits.get(path)!), ofM });
}
