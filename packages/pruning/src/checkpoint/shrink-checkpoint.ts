import {
  type Checkpoint,
  type CheckpointTensor,
  checkCheckpoint,
  checkListening,
  computedTensor,
  mapCheckpoint,
  plainCodec,
} from '@weightkit/checkpoint';
import { pathHash } from '@weightkit/numerics';
import { checkOptions, checkRange } from '@weightkit/numerics/check';
import { choiceOf } from '../shrink/choice.ts';
import { linksOf } from '../shrink/graph.ts';
import type { Links } from '../shrink/links.ts';
import { keptOf, planOf, type ShrinkPlan } from '../shrink/plan.ts';
import { type Keep, type Removal, removalFor, type ShrinkMode } from '../shrink/removal.ts';
import { sliced } from '../shrink/sliced.ts';
import { fileModel, filePaths } from './file-graph.ts';
import { type FileLayer, type Json, snake } from './file-layer.ts';
import { topologyOf } from './file-topology.ts';
import { type FileWeight, fileWeights, isOptimizers } from './file-weights.ts';
import { entryCodec } from './stored-zeros.ts';
import { keepByShares, type UnitShares } from './unit-shares.ts';

/** Options of {@link shrinkCheckpoint}. */
export interface ShrinkCheckpointOptions {
  /**
   * As of `planShrink` of `@weightkit/pruning`: `'exact'`, units of which the outputs show nothing; `'absorb'`, units that are constant
   * too, where a bias can take the constant; `'approximate'`, those that `keep` or `sparsity` leave out, or without either all that
   * are constant once they are made.
   *
   * @defaultValue `'exact'`; `'approximate'` with `keep` or `sparsity`
   */
  mode?: ShrinkMode;
  /** The units that stay, by the paths of their layers (those of the plan's `layers`). Layers without a list keep theirs. */
  keep?: Keep;
  /**
   * The share of its units, 0 or more and below 1, that each layer loses, or shares by patterns of paths (`{ 'conv*': 0.5 }`), the
   * first that fits: those whose weights have the smallest mean magnitude. What goes together counts in each of its layers.
   */
  sparsity?: UnitShares;
  /** Stops between tensors. @defaultValue none */
  signal?: AbortSignal;
}

/** What is known of the outputs of a smaller model without running it. */
export interface ShrinkGuarantee {
  /**
   * `'identity'`: in exact arithmetic the outputs are the same for every input; in floats sums are of fewer terms, all of which were 0.
   * `'none'`: units went that were seen, and only a run can say how much the outputs change.
   */
  outputs: 'identity' | 'none';
  /** How many units went, of all. */
  units: number;
  /** Constants that went into biases in place of units; none in mode `'exact'`. */
  absorbed: {
    /** How many biases changed. */
    biases: number;
    /** The largest change of an entry, by magnitude. */
    largest: number;
  };
}

/** What {@link shrinkCheckpoint} returns. */
export interface ShrunkCheckpoint {
  /** The smaller model; what stays is cut out when it is asked for, bit for bit. Closing it closes the source. */
  checkpoint: Checkpoint;
  /** What went, and why the rest stayed: of the model that the file holds what `planShrink` says. */
  plan: ShrinkPlan;
  /** What is known of the outputs. Nothing was run. */
  guarantee: ShrinkGuarantee;
  /** Tensors of an optimizer that was saved with the model; its numbers are of weights that are no more. */
  dropped: string[];
}

const fn = 'shrinkCheckpoint';

/** Writes the numbers of units into the configurations, which are the topology's own. */
function resize(links: Links, { isGone }: Removal): void {
  for (const { layer, keys, atoms } of links.sizes.values()) {
    let at = (layer as FileLayer).config;
    if (at === null || !atoms.some(isGone)) continue;
    const names: (string | number)[] = keys.map((key) => (typeof key === 'string' ? snake(key) : key));
    for (const name of names.slice(0, -1)) at = at?.[name];
    const last = names.at(-1)!;
    if (typeof at?.[last] === 'number') at[last] = atoms.reduce((sum, atom) => sum + (isGone(atom) ? 0 : 1), 0);
  }
}

/** A tensor without what goes; a bias with the constants that it takes is plain float32. */
function smaller(links: Links, removal: Removal, loaded: FileWeight): CheckpointTensor {
  const { tensor, weight, values } = loaded;
  const shift = removal.shifts.get(weight.path);
  const kept = keptOf(links, removal, loaded);
  if (!shift && kept.every((indices) => indices === null)) return tensor;
  const shape = tensor.shape.map((size, axis) => kept[axis]?.length ?? size);
  const count = shape.reduce((all, size) => all * size, 1);
  const { name } = tensor;
  if (shift) {
    const whole = values.map((value, i) => value + shift[i]!);
    const cut = sliced(whole, tensor.shape, kept);
    return computedTensor({
      name,
      shape,
      dtype: 'float32',
      codec: plainCodec('float32'),
      byteLength: count * 4,
      stream: async function* stream() {
        yield new Uint8Array(cut.buffer, cut.byteOffset, cut.byteLength);
      },
    });
  }
  const { dtype, encoding, byteLength } = tensor;
  const width = byteLength / tensor.shape.reduce((all, size) => all * size, 1);
  return computedTensor({
    name,
    shape,
    dtype,
    encoding,
    codec: entryCodec(tensor),
    byteLength: count * width,
    stream: async function* stream() {
      yield sliced(await tensor.bytes(), [...tensor.shape, width], [...kept, null]);
    },
  });
}

const changed = (from: Checkpoint, json: readonly (readonly [string, string])[], topology: Json): Checkpoint => ({
  ...from,
  extras: {
    ...from.extras,
    modelJson: json.map(([key, text]) => [key, key === 'modelTopology' ? JSON.stringify(topology) : text] as const),
  },
});

interface Wanted {
  mode: ShrinkMode;
  keep: Keep | undefined;
}

function wantedOf({ mode, keep, sparsity }: ShrinkCheckpointOptions): Wanted {
  const isChosen = keep !== undefined || sparsity !== undefined;
  checkRange(keep === undefined || sparsity === undefined, `${fn}: keep and sparsity must not both be given`, 'both');
  const choice = choiceOf(fn, {
    mode: mode === undefined ? (isChosen ? 'approximate' : 'exact') : mode,
    ...(keep === undefined ? {} : { keep }),
  });
  checkRange(
    sparsity === undefined || choice.mode === 'approximate',
    `${fn}: mode must be 'approximate' for sparsity`,
    choice.mode,
  );
  return choice;
}

function guaranteeOf({ mode, before, after }: ShrinkPlan, { shifts }: Removal): ShrinkGuarantee {
  let largest = 0;
  for (const sums of shifts.values()) for (const sum of sums) largest = Math.max(largest, Math.abs(sum));
  return {
    outputs: mode === 'approximate' ? 'none' : 'identity',
    units: before.units - after.units,
    absorbed: { biases: shifts.size, largest },
  };
}

/**
 * Takes units out of a LayersModel in its file, without TensorFlow.js: what `shrink` of `@weightkit/pruning` does with the model, with
 * the same plan and the same numbers. Stock TensorFlow.js loads what is written. Layers of which no rule is known keep what flows
 * through them, and so does everything behind a class of layers that is not of TensorFlow.js, for a file does not say what shape it
 * gives.
 *
 * Nothing is run, so there is no difference on probes to show: modes `'exact'` and `'absorb'` take only what the weights prove to be
 * unseen, and `guarantee` says so. To measure the others, load both models and compare them.
 *
 * @example
 * ```js
 * import { openCheckpoint } from '@weightkit/checkpoint';
 * import { shrinkCheckpoint } from '@weightkit/pruning/checkpoint';
 *
 * const dense = (name, units, more) => ({ class_name: 'Dense', config: { name, units, activation: 'relu', ...more } });
 * const layers = [dense('a', 2, { batch_input_shape: [null, 1] }), dense('b', 1)];
 * const source = await openCheckpoint({
 *   modelTopology: { class_name: 'Sequential', config: { name: 'm', layers } },
 *   weightSpecs: [
 *     { name: 'a/kernel', shape: [1, 2], dtype: 'float32' },
 *     { name: 'b/kernel', shape: [2, 1], dtype: 'float32' },
 *   ],
 *   weightData: Float32Array.of(3, 0, 2, 5).buffer, // the second unit of a is 0 for every input
 * });
 * const { checkpoint, plan, guarantee } = await shrinkCheckpoint(source);
 * console.log(plan.layers[0].removed.join(), guarantee.outputs); // -> 1 identity
 * console.log((await checkpoint.tensors[1].values()).join()); // -> 2
 * ```
 *
 * @param checkpoint - of `openCheckpoint`; the result reads from it
 * @param options - see {@link ShrinkCheckpointOptions}
 * @returns the lazy checkpoint, the plan and what is known of the outputs
 * @throws RangeError for a file that is no LayersModel's, weights that are not there under the names by which TensorFlow.js loads them,
 * NaN and infinity, a layer that would have no unit left, patterns and lists that fit nothing, and where no unit can go; TypeError for an
 * unknown option
 */
export async function shrinkCheckpoint(
  checkpoint: Checkpoint,
  options: ShrinkCheckpointOptions = {},
): Promise<ShrunkCheckpoint> {
  checkCheckpoint(fn, 'checkpoint', checkpoint);
  checkOptions(fn, options, ['mode', 'keep', 'sparsity', 'signal']);
  const { sparsity, signal } = options;
  checkListening(fn, options);
  const { mode, keep } = wantedOf(options);
  const { topology, json } = topologyOf(fn, checkpoint);
  const model = fileModel(fn, topology);
  const dropped = checkpoint.tensors.filter((tensor) => isOptimizers(checkpoint.extras, tensor));
  const own = checkpoint.tensors.filter((tensor) => !dropped.includes(tensor));
  const weights = await fileWeights(fn, model, own, signal);
  const links = linksOf(model, filePaths(model), weights);
  const kept = sparsity === undefined ? keep : keepByShares(fn, links, weights, sparsity);
  const removal = removalFor(fn, links, mode, kept);
  const plan = planOf(links, removal, mode, weights);
  const guarantee = guaranteeOf(plan, removal);
  const why = plan.barriers.map(
    ({ path, units, reason }) => `; ${path} keeps ${units.length} that are constant: ${reason}`,
  );
  if (guarantee.units === 0)
    throw new RangeError(`${fn}: model must have a unit that can go, got none${why.slice(0, 3).join('')}`);
  const byTensor = new Map(weights.map((loaded) => [loaded.tensor, smaller(links, removal, loaded)]));
  resize(links, removal);
  const identity = `${fn} ${pathHash(JSON.stringify(plan.layers))}`;
  return {
    checkpoint: changed(
      mapCheckpoint(checkpoint, (tensor) => byTensor.get(tensor) ?? null, { identity }),
      json,
      topology,
    ),
    plan,
    guarantee,
    dropped: dropped.map(({ name }) => name),
  };
}
