import { checkRange } from '@weightkit/numerics/check';
import { expand } from '../structures/group-set.ts';
import { keptOfM, nOfM } from '../structures/n-of-m.ts';
import { checkStructure, isNOfM, type NOfMStructure, type Structure } from '../structures/structure.ts';
import { type MasksJSON, plainStructure, unpackBits } from './masks-json.ts';
import { type Plan, sizeOf } from './plan.ts';
import type { Selection } from './select.ts';

/** Which groups the masks keep; throws where a group is kept in part. */
function keptBy(fn: string, plan: Plan, bits: ReadonlyMap<string, Uint8Array>): Uint8Array[] {
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
function checkNeighbors(
  fn: string,
  { neighbors }: Plan,
  structure: NOfMStructure,
  bits: ReadonlyMap<string, Uint8Array>,
): void {
  for (const { weight, axis } of neighbors) {
    const given = bits.get(weight.path)!;
    const allowed = nOfM(Float32Array.from(given), weight.shape, axis, structure);
    const at = given.findIndex((bit, i) => bit > allowed[i]!);
    checkRange(at === -1, `${fn}: masks must keep at most n of m neighbors`, `${weight.path}[${at}]`);
  }
}

/** A structure as text, of m neighbors without the number that is kept. */
const textOf = (structure: Structure): string => {
  const plain = plainStructure(structure);
  return JSON.stringify(isNOfM(plain) ? { ...plain, n: undefined } : plain);
};

/** Throws unless masks are of the structure and scope of a plan; how many of m neighbors they keep may differ. */
export function checkSameRule(fn: string, plan: Plan, { structure, scope }: MasksJSON): void {
  checkStructure(fn, structure);
  checkRange(
    textOf(structure) === textOf(plan.structure),
    `${fn}: masks must have the structure of the options`,
    structure,
  );
  checkRange(scope === plan.scope, `${fn}: masks must have the scope of the options`, scope);
}

/**
 * The masks of a plan's weights from plain data; throws unless they are those of all of them.
 *
 * @param fn - the function that was called, for messages
 */
export function readMasks(fn: string, plan: Plan, masks: MasksJSON): Selection {
  const strange = Object.keys(masks.masks).find((path) => plan.weights.every((weight) => weight.path !== path));
  checkRange(strange === undefined, `${fn}: masks must be of weights that their structure has a place for`, strange);
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
  // How many of m are kept the masks say: an update may have changed it.
  const structure = masks.structure as NOfMStructure;
  checkNeighbors(fn, plan, structure, bits);
  const kept = plan.neighbors.length > 0 ? [] : keptBy(fn, plan, bits);
  const ofM = plan.neighbors.map(
    ({ weight: { path, shape }, axis }) => structure.m - keptOfM(bits.get(path)!, shape, axis, structure),
  );
  return { kept, bits: plan.weights.map(({ path }) => bits.get(path)!), ofM };
}
