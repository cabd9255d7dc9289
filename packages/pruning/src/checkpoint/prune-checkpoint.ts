import {
  type Checkpoint,
  type CheckpointTensor,
  checkCheckpoint,
  checkListening,
  mapCheckpoint,
  type TensorFilter,
  tensorMatcher,
} from '@weightkit/checkpoint';
import { compareMagnitudes, extent, type MagnitudeComparison, pathHash } from '@weightkit/numerics';
import { checkInteger, checkOptions, checkRange } from '@weightkit/numerics/check';
import { checkModelAmount, isByPattern, type ModelAmount, zerosAmong } from '../masks/amount.ts';
import { type BlockStructure, checkStructure, hasGroups, isNOfM, type NOfMStructure } from '../structures/structure.ts';
import { type AmountOf, amountReader } from './file-amount.ts';
import { pruneBlocks, pruneNOfM } from './prune-structures.ts';
import { type PrunedGroups, pruneUnits } from './prune-units.ts';
import { prunedTensor } from './pruned-tensor.ts';
import { readInPlace } from './read-in-place.ts';
import { selectMagnitude } from './select-magnitude.ts';
import { type StoredZeros, storedZeros, whyNoFloats } from './stored-zeros.ts';
import { type Walk, walkOver } from './walk.ts';

/** Whether entries are compared with those of their own tensor, or all with all. */
export type FileScope = 'tensor' | 'global';

/** What goes as one in a file: entries, units or input channels of layers, blocks of a tensor, or m - n of m neighbors. */
export type FileStructure = 'entry' | 'unit' | 'channel' | BlockStructure | NOfMStructure;

/** Options of {@link pruneCheckpoint}: where zeros go, and who is told. */
export interface PruneFileRule {
  /**
   * `'tensor'`: each tensor gets the amount. `'global'`: all chosen tensors together do, by one threshold, so that tensors of
   * small values lose more.
   *
   * @defaultValue `'tensor'`
   */
  scope?: FileScope;
  /**
   * What goes as one. Of blocks those of the smallest mean magnitude go, amounts count blocks, and one of each tensor stays. So it is
   * of `'unit'`, all that makes an output of a layer, with its bias and the BatchNorm behind it, and of `'channel'`, all that reads an
   * input of a layer, which need a LayersModel's model.json and take what `prune` takes of the model; one of each layer stays. Of
   * `{ n, m }`, which says itself how many, neighbors lie along `axis`; left out, that is -2 in files of TensorFlow.js and 1 in
   * safetensors and GGUF, where dense and convolution kernels have their inputs.
   *
   * @defaultValue `'entry'`
   */
  structure?: FileStructure;
  /**
   * What the number of units, channels or blocks that stay is a multiple of, as 4 or 8: an integer of 1 or more. More stay to get
   * there, or all. Not for entries and `{ n, m }`.
   *
   * @defaultValue 1
   */
  multipleOf?: number;
  /**
   * Which tensors are pruned. One that matches no float tensor is an error.
   *
   * @defaultValue float tensors of rank 2 or more: no biases, scales or statistics
   */
  filter?: TensorFilter;
  /**
   * Called after each reading of a tensor, of which there are up to three; a promise is waited for.
   *
   * @defaultValue nothing
   */
  onProgress?: (progress: { tensor: string; done: number; total: number }) => void | Promise<void>;
  /** Stops between pieces. @defaultValue none */
  signal?: AbortSignal;
}

/** A rule whose structure says how many entries are kept. */
export interface NOfMFileRule extends PruneFileRule {
  /** Of m neighbors n are kept. */
  structure: NOfMStructure;
  /** The structure says it. */
  sparsity?: never;
  /** The structure says it. */
  count?: never;
}

/** Options of {@link pruneCheckpoint}: how many zeros, and where. */
export type PruneCheckpointOptions = (ModelAmount & PruneFileRule) | NOfMFileRule;

/** What becomes of a tensor. */
export interface PrunedTensorReport {
  /** Its name. */
  name: string;
  /** Number of entries. */
  parameters: number;
  /** Entries that are 0, before and after: more than were asked for where there were more before. */
  zeros: [before: number, after: number];
  /** The smallest magnitude that is kept, of blocks the smallest mean; of those equal to it the first ones are. Null when none is kept, and for n of m. */
  threshold: number | null;
}

/** A tensor that stays as it is. */
export interface UnprunedTensor {
  /** Its name. */
  name: string;
  /** Why. */
  reason: string;
}

/** What {@link pruneCheckpoint} makes of each tensor. */
export interface PruneCheckpointReport {
  /** Tensors with more zeros. */
  pruned: PrunedTensorReport[];
  /** Tensors that stay as they are. */
  skipped: UnprunedTensor[];
  /** Entries of the pruned tensors. */
  parameters: number;
  /** Entries of them that are 0, before and after. */
  zeros: [before: number, after: number];
  /** The units or channels of each layer that went; empty for other structures. */
  groups: PrunedGroups[];
}

/** What {@link pruneCheckpoint} returns. */
export interface PrunedCheckpoint {
  /** The tensors; zeros are written into them when they are asked for. Closing it closes the source. */
  checkpoint: Checkpoint;
  /** What becomes of each tensor. */
  report: PruneCheckpointReport;
}

const fn = 'pruneCheckpoint';

/** Tensors that share a threshold, and how many of their entries are kept. */
interface Group {
  tensors: StoredZeros[];
  keep: number;
}

interface Outcome {
  tensor: CheckpointTensor;
  report: PrunedTensorReport;
}

/** The number of zeros; refuses NaN and infinity. */
function zerosOf(values: Float32Array | Float64Array, name: string, from: number): number {
  const { zeros, nonFinite } = extent(values);
  if (nonFinite === 0) return zeros;
  const i = values.findIndex((value) => !Number.isFinite(value));
  throw new RangeError(
    `${fn}: values must be finite (leave the tensor out by filter) at ${name}[${from + i}], got ${values[i]}`,
  );
}

/** Zeros before, by tensor, of a reading that also refuses NaN and infinity. */
function counting(tensors: readonly StoredZeros[], walk: Walk): { walk: Walk; zeros: number[] } {
  const zeros = tensors.map(() => 0);
  let first = true;
  return {
    zeros,
    walk: async (visit) => {
      const check = first;
      first = false;
      await walk((values, place, from) => {
        if (check) zeros[place]! += zerosOf(values, tensors[place]!.tensor.name, from);
        visit(values, place, from);
      });
    },
  };
}

/** How many entries are below the threshold, and how many are at it; of a threshold of float64, one by one. */
function comparison(values: Float32Array | Float64Array, threshold: number): MagnitudeComparison {
  if (values instanceof Float32Array && Math.fround(threshold) === threshold)
    return compareMagnitudes(values, threshold);
  let [below, at] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const magnitude = Math.abs(values[i]!);
    if (magnitude < threshold) below++;
    else if (magnitude === threshold) at++;
  }
  return { below, at };
}

/** How many entries of each tensor are below the threshold, and how many are at it. */
async function countBelow(walk: Walk, tensors: number, threshold: number): Promise<MagnitudeComparison[]> {
  const counts = Array.from({ length: tensors }, () => ({ below: 0, at: 0 }));
  await walk((values, place) => {
    const { below, at } = comparison(values, threshold);
    counts[place]!.below += below;
    counts[place]!.at += at;
  });
  return counts;
}

async function pruneGroup({ tensors, keep }: Group, read: Walk): Promise<Outcome[]> {
  const { walk, zeros } = counting(tensors, read);
  const wide = tensors.some(({ tensor }) => tensor.dtype === 'float64');
  const { threshold, larger, equal } = await selectMagnitude(walk, keep, wide ? 64 : 32);
  const entries = tensors.reduce((sum, { parameters }) => sum + parameters, 0);
  // Of one tensor everything is known already, but for its zeros when nothing is kept.
  const counts =
    tensors.length === 1 && keep > 0
      ? [{ below: entries - larger - equal, at: equal }]
      : await countBelow(walk, tensors.length, threshold);
  let left = keep - larger;
  return tensors.map((stored, place) => {
    const { below, at } = counts[place]!;
    const ties = Math.min(at, left);
    left -= ties;
    const after = Math.max(zeros[place]!, below + at - ties);
    const report: PrunedTensorReport = {
      name: stored.tensor.name,
      parameters: stored.parameters,
      zeros: [zeros[place]!, after],
      threshold: keep === 0 ? null : threshold,
    };
    return { tensor: prunedTensor(stored, { threshold, ties }), report };
  });
}

/** The tensors to prune, and why the others are left. Nothing is read. */
function choose(
  tensors: readonly CheckpointTensor[],
  filter: TensorFilter | undefined,
  amountOf: AmountOf,
): { chosen: StoredZeros[]; skipped: Map<CheckpointTensor, string> } {
  const allowed = filter === undefined ? undefined : tensorMatcher(fn, filter);
  const chosen: StoredZeros[] = [];
  const skipped = new Map<CheckpointTensor, string>();
  const obstacleTo = (tensor: CheckpointTensor): string | undefined => {
    if (allowed && !allowed(tensor)) return 'left out by filter';
    if (!amountOf([tensor.name])) return 'no pattern of the sparsities matches it';
    const obstacle = whyNoFloats(tensor);
    if (obstacle !== undefined || allowed || tensor.shape.length >= 2) return obstacle;
    return `rank ${tensor.shape.length}: without a filter only tensors of rank 2 or more are pruned`;
  };
  for (const tensor of tensors) {
    const reason = obstacleTo(tensor);
    if (reason !== undefined) {
      skipped.set(tensor, reason);
      continue;
    }
    const stored = storedZeros(tensor);
    if (typeof stored === 'string')
      throw new RangeError(
        `${fn}: tensors must be stored so that 0 is exact (leave the tensor out by filter, or prune before quantizing), got ${tensor.name} as ${stored}`,
      );
    chosen.push(stored);
  }
  const shown = [...skipped].slice(0, 3).map(([{ name }, reason]) => `${name}: ${reason}`);
  checkRange(chosen.length > 0, `${fn}: filter must match a tensor that can be pruned`, shown);
  return { chosen, skipped };
}

function groupsOf(chosen: StoredZeros[], amountOf: AmountOf, scope: FileScope): Group[] {
  if (scope === 'tensor')
    return chosen.map((stored) => {
      const { parameters, tensor } = stored;
      return {
        tensors: [stored],
        keep: parameters - zerosAmong(fn, amountOf([tensor.name])!, parameters, tensor.name),
      };
    });
  const entries = chosen.reduce((sum, { parameters }) => sum + parameters, 0);
  return [{ tensors: chosen, keep: entries - zerosAmong(fn, amountOf([])!, entries, 'all chosen tensors') }];
}

/** The structure; checks that how many go is said once. */
function structureOf(options: PruneCheckpointOptions): FileStructure {
  const { structure = 'entry', multipleOf } = options ?? {};
  checkStructure(fn, structure);
  checkRange(
    typeof structure === 'string' || 'block' in structure || isNOfM(structure),
    `${fn}: structure must be 'entry', 'unit', 'channel', { block } or { n, m } in files`,
    structure,
  );
  if (!hasGroups(structure))
    checkRange(multipleOf === undefined, `${fn}: multipleOf must be left out where no groups are pruned`, multipleOf);
  if (!isNOfM(structure)) {
    checkModelAmount(fn, options as ModelAmount);
    checkRange(
      !isByPattern(options.sparsity) || options.scope !== 'global',
      `${fn}: scope must be 'tensor' for sparsities by pattern`,
      options.scope,
    );
  } else {
    const { sparsity, count, scope } = options;
    checkRange(
      sparsity === undefined && count === undefined,
      `${fn}: amount must be left out for { n, m }, which says it`,
      sparsity ?? count,
    );
    checkRange(scope !== 'global', `${fn}: scope must be 'tensor' for { n, m }`, scope);
  }
  return structure as FileStructure;
}

/** How often the tensors of a group are read. */
const readingsOf = ({ tensors, keep }: Group): number => {
  if (keep === 0) return 1;
  const digits = tensors.some(({ tensor }) => tensor.dtype === 'float64') ? 4 : 2;
  return digits + (tensors.length > 1 ? 1 : 0);
};

/**
 * Prunes the float tensors of a checkpoint, whatever it was opened from: the entries of smallest magnitude become exactly 0.
 * Counts are exact: `sparsity * n`, rounded half to even, of each tensor or of all. Of equal magnitudes the first is kept: of the
 * first tensor in the file's order, at the lowest index.
 *
 * With a `structure` whole units, channels or blocks go, and amounts count those, or entries to 2 of 4 neighbors. Units and channels are
 * those of the layers that a model.json describes, and what goes is what `prune` of `@weightkit/pruning` takes of the model, to the
 * bit; `shrinkCheckpoint` takes them out then. They hold the model's weights in memory.
 *
 * Each tensor keeps its dtype and encoding, float16 and bfloat16 too. One that TensorFlow.js's converter quantized gets the code
 * of 0 where that decodes to exactly 0, as it does in the converter's own files when their values lie on both sides of 0; others
 * are refused. Integers, strings, complex numbers and floats of 8 bits and less stay as they are, with the reason.
 *
 * The source is read two or three times, piece by piece, and once more when the result is written, so memory stays at a few
 * megabytes whatever the size; float64 takes two readings more. Blocks and neighbors take one reading, and hold 12 bytes for each block of
 * the tensors that are compared, or m lines of a tensor.
 *
 * Han, Pool, Tran and Dally 2015, https://arxiv.org/abs/1506.02626
 *
 * @example
 * ```js
 * import { openCheckpoint } from '@weightkit/checkpoint';
 * import { pruneCheckpoint } from '@weightkit/pruning/checkpoint';
 *
 * const weightSpecs = [{ name: 'w', shape: [2, 2], dtype: 'float32' }];
 * const source = await openCheckpoint({ weightSpecs, weightData: Float32Array.of(3, -1, 2, -4).buffer });
 * const { checkpoint, report } = await pruneCheckpoint(source, { sparsity: 0.5 });
 * console.log(report.zeros, [...(await checkpoint.tensors[0].values())]); // -> [ 0, 2 ] [ 3, 0, 0, -4 ]
 * ```
 *
 * @param checkpoint - of `openCheckpoint` or `mapCheckpoint`; the result reads from it
 * @param options - `sparsity`, also by patterns of names (`{ 'conv*\/kernel': 0.5 }`, the first that fits), or `count`, and see {@link PruneCheckpointOptions}
 * @returns the lazy checkpoint and the report
 * @throws RangeError that names tensor and index of a NaN or infinity, an amount out of range, a filter that matches nothing to
 * prune, a tensor that cannot store 0; TypeError for an unknown option, or both or neither of sparsity and count
 */
export async function pruneCheckpoint(
  checkpoint: Checkpoint,
  options: PruneCheckpointOptions,
): Promise<PrunedCheckpoint> {
  checkCheckpoint(fn, 'checkpoint', checkpoint);
  checkOptions(fn, options, [
    'sparsity',
    'count',
    'scope',
    'structure',
    'multipleOf',
    'filter',
    'onProgress',
    'signal',
  ]);
  const structure = structureOf(options);
  const { scope = 'tensor', multipleOf = 1, filter, onProgress, signal } = options;
  checkInteger(fn, 'multipleOf', multipleOf, 1);
  checkRange(scope === 'tensor' || scope === 'global', `${fn}: scope must be 'tensor' or 'global'`, scope);
  checkListening(fn, options);
  const amountOf = isNOfM(structure)
    ? () => ({ count: 0 })
    : amountReader(fn, options as ModelAmount, checkpoint.tensors);
  const { chosen, skipped } = choose(checkpoint.tensors, filter, amountOf);
  readInPlace();
  const outcomes = new Map<string, Outcome>();
  const groups: PrunedGroups[] = [];
  if (structure === 'entry') {
    const together = groupsOf(chosen, amountOf, scope);
    const total = together.reduce((sum, group) => sum + group.tensors.length * readingsOf(group), 0);
    let done = 0;
    for (const group of together) {
      const walk = walkOver(group.tensors, signal, (tensor) => onProgress?.({ tensor, done: ++done, total }));
      for (const outcome of await pruneGroup(group, walk)) outcomes.set(outcome.report.name, outcome);
    }
  } else {
    let done = 0;
    const onTensor = (tensor: string) => onProgress?.({ tensor, done: ++done, total: chosen.length });
    const reading = { fn, signal, zerosOf, onTensor };
    const how = { amountOf, scope, multipleOf };
    const structured = async () => {
      if (typeof structure === 'string') {
        const tensors = chosen.map(({ tensor }) => tensor);
        const units = await pruneUnits(fn, checkpoint, tensors, structure, { ...how, signal });
        for (const [tensor, reason] of units.without) skipped.set(tensor, reason);
        for (const { tensor } of units.tensors) {
          skipped.delete(checkpoint.tensors.find(({ name }) => name === tensor.name)!);
          await onTensor(tensor.name);
        }
        groups.push(...units.groups);
        return units.tensors;
      }
      return isNOfM(structure)
        ? pruneNOfM(chosen, structure, checkpoint.format, reading)
        : pruneBlocks(chosen, structure, how, reading);
    };
    const found = await structured();
    for (const { stored, tensor, zeros, threshold } of found) {
      const { name } = tensor;
      outcomes.set(name, { tensor, report: { name, parameters: stored.parameters, zeros, threshold } });
    }
  }
  const pruned = [...outcomes.values()].map(({ report }) => report);
  const sum = (of: (report: PrunedTensorReport) => number) => pruned.reduce((so, report) => so + of(report), 0);
  // Which of equal entries are kept follows from these and the source.
  const identity = `${fn} ${pathHash(JSON.stringify(structure === 'entry' ? pruned : [structure, pruned, groups]))}`;
  return {
    checkpoint: mapCheckpoint(checkpoint, (tensor) => outcomes.get(tensor.name)?.tensor ?? tensor, { identity }),
    report: {
      pruned,
      skipped: [...skipped].map(([{ name }, reason]) => ({ name, reason })),
      parameters: sum(({ parameters }) => parameters),
      zeros: [sum(({ zeros }) => zeros[0]), sum(({ zeros }) => zeros[1])],
      groups,
    },
  };
}
