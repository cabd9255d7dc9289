import type { Checkpoint, CheckpointTensor } from '@weightkit/checkpoint';
import { checkRange } from '@weightkit/numerics/check';
import { chooseGroups } from '../masks/choose-groups.ts';
import { expand, type GroupMember, type GroupSet } from '../structures/group-set.ts';
import { channelSets, unitSets } from '../structures/layer-sets.ts';
import { reduceScores } from '../structures/reduce-scores.ts';
import { fileModel } from './file-graph.ts';
import { topologyOf } from './file-topology.ts';
import { type FileWeight, fileWeights, isOptimizers } from './file-weights.ts';
import { type GroupZeros, zerosOfGroups } from './group-zeros.ts';
import type { StructuredTensor } from './prune-structures.ts';
import { cleared } from './pruned-tensor.ts';
import { type StoredZeros, storedZeros } from './stored-zeros.ts';

/** The units or channels of a layer, and those that went. */
export interface PrunedGroups {
  /** The layer, by its path. */
  layer: string;
  /** How many it has. */
  groups: number;
  /** Those that are 0 now, in order. */
  pruned: number[];
}

/** What becomes of a file whose units go. */
export interface UnitOutcome {
  tensors: StructuredTensor[];
  groups: PrunedGroups[];
  /** Why chosen tensors stay as they are. */
  without: Map<CheckpointTensor, string>;
}

type Weight = GroupMember['weight'];

/** A weight of a file as what makes groups takes it. */
type Placed = FileWeight & { as: Weight };

/** Writes the code of 0 over the entries that go. */
const maskedTensor = (stored: StoredZeros, bits: Uint8Array): CheckpointTensor =>
  cleared(stored, (entries, zero, from) => {
    for (let i = 0; i < entries.length; i++) if (bits[from + i] === 0) entries[i] = zero;
  });

function scoresOf({ groups, members }: GroupSet, byPath: ReadonlyMap<string, Placed>): Float32Array {
  const voters = members.filter(({ votes }) => votes);
  const scored = voters.map(({ weight, of }) => ({ scores: byPath.get(weight.path)!.values.map(Math.abs), of: of! }));
  return reduceScores(scored, groups, 'mean');
}

function outcome(fn: string, { tensor, values }: Placed, bits: Uint8Array, threshold: number): StructuredTensor {
  const stored = storedZeros(tensor);
  if (typeof stored === 'string')
    throw new RangeError(
      `${fn}: tensors must be stored so that 0 is exact, for they go with their units (prune before quantizing), got ${tensor.name} as ${stored}`,
    );
  let [before, after] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    if (values[i] === 0) before++;
    if (values[i] === 0 || bits[i] === 0) after++;
  }
  return { stored, tensor: maskedTensor(stored, bits), zeros: [before, after], threshold };
}

/**
 * Prunes the units or the input channels of a LayersModel in its file, by the rules by which `prune` does it to a model.
 *
 * @param chosen - the kernels whose magnitudes count; what goes with them goes too
 */
export async function pruneUnits(
  fn: string,
  checkpoint: Checkpoint,
  chosen: readonly CheckpointTensor[],
  structure: 'unit' | 'channel',
  rule: GroupZeros & { signal: AbortSignal | undefined },
): Promise<UnitOutcome> {
  const model = fileModel(fn, topologyOf(fn, checkpoint).topology);
  const own = checkpoint.tensors.filter((tensor) => !isOptimizers(checkpoint.extras, tensor));
  const loaded = await fileWeights(fn, model, own, rule.signal);
  const placed = loaded.flatMap((one): Placed[] =>
    one.owner === null ? [] : [{ ...one, as: { ...one.weight, owner: one.owner } as unknown as Weight }],
  );
  const byPath = new Map(placed.map((one) => [one.weight.path, one]));
  const names = new Set(chosen);
  const all = placed.map(({ as }) => as);
  const kernels = placed.filter(({ tensor }) => names.has(tensor)).map(({ as }) => as);
  const { sets, without } = structure === 'unit' ? unitSets(all, kernels) : channelSets(all, kernels);
  const members = new Set(sets.flatMap((set) => set.members.map(({ weight }) => weight.path)));
  const reasons = new Map<CheckpointTensor, string>();
  for (const tensor of chosen) {
    const path = placed.find((one) => one.tensor === tensor)?.weight.path;
    if (path === undefined) reasons.set(tensor, 'no layer of the model has it');
    else if (!members.has(path)) reasons.set(tensor, without.get(path)!);
  }
  checkRange(
    sets.length > 0,
    `${fn}: filter must match a kernel that has ${structure}s`,
    [...reasons].slice(0, 3).map(([{ name }, reason]) => `${name}: ${reason}`),
  );
  const scores = sets.map((set) => scoresOf(set, byPath));
  const named = sets.map((set) => ({
    name: set.name,
    groups: set.groups,
    tensors: set.members.flatMap(({ weight, votes }) => (votes ? byPath.get(weight.path)!.tensor.name : [])),
  }));
  const { zeros, rule: how } = zerosOfGroups(fn, named, `${structure}s`, rule);
  const kept = chooseGroups(fn, scores, zeros, how);
  const weights = all.filter(({ path }) => members.has(path));
  const masks = expand(sets, kept, weights, ({ path }) => byPath.get(path)!.values.length);
  const least = new Map<string, number>();
  for (const [s, set] of sets.entries())
    for (const { weight } of set.members)
      for (let g = 0; g < set.groups; g++)
        if (kept[s]![g] === 1)
          least.set(weight.path, Math.min(least.get(weight.path) ?? Number.POSITIVE_INFINITY, scores[s]![g]!));
  return {
    tensors: weights.map(({ path }, i) => outcome(fn, byPath.get(path)!, masks[i]!, least.get(path)!)),
    groups: sets.map(({ name, groups }, s) => ({
      layer: name,
      groups,
      pruned: Array.from({ length: groups }, (_, g) => g).filter((g) => kept[s]![g] === 0),
    })),
    without: reasons,
  };
}
