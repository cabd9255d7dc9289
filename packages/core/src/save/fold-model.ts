import * as tf from '@tensorflow/tfjs-core';
import { type CheckpointTensor, toArtifacts } from '@weightkit/checkpoint';
import { checkBoolean, checkOptions, checkRange } from '@weightkit/numerics/check';
import { allDone } from '../model/all-done.ts';
import { checkModel } from '../model/check-model.ts';
import { exclusively } from '../model/exclusively.ts';
import { isGraphModel } from '../model/source-remedy.ts';
import { type ConstraintLike, constraintOf } from '../model/stock-constraint.ts';
import type { GraphModelLike, LayerVariableLike, ModelLike } from '../model/types.ts';
import type { SkippedWeight } from '../model/weight.ts';
import { weightsOf } from '../model/weights-of.ts';
import { viewsOf } from '../parametrize/parametrizations-of.ts';
import type { WeightView } from '../parametrize/view.ts';
import type { Compiled } from '../training/compiled.ts';
import { modelCheckpoint } from './checkpoint-of.ts';
import { fileTopology } from './file-topology.ts';
import type { FileWeight, NamedTensor, Renamed } from './file-weights.ts';
import { dropConstraints } from './mend-topology.ts';
import { optimizerState, slotsOf, trainingConfig, unmappable } from './optimizer-state.ts';
import { partsIn, tensorOf } from './parts-in.ts';
import { pathsOf } from './paths-of.ts';
import { checkConfig } from './stock-text.ts';
import { stockTopology } from './stock-topology.ts';

/** Options of {@link saveFolded}. */
export interface SaveFoldedOptions {
  /**
   * Whether the optimizer goes with the model, in the form of stock `model.save`: the loaded model is compiled and trains on
   * where this one stands.
   *
   * @defaultValue `false`
   */
  includeOptimizer?: boolean;
  /**
   * Whether weights may have other names in the file where stock TensorFlow.js could not tell them apart: numbers
   * (`block/0`) where that is enough, else other names of layers in nested models. The model keeps its names.
   *
   * @defaultValue `false`: an error
   */
  rename?: boolean;
}

/** What {@link saveFolded} did beside writing the model as it is. */
export interface SaveReport {
  /** Weights whose names in the file are not those in the model. */
  renamed: Renamed[];
  /** Weights by path whose constraints are not in the file, for stock TensorFlow.js would change the weights by them. */
  unconstrained: SkippedWeight[];
  /** Weights by path whose state in the optimizer begins anew in the file: zero moments. */
  zeroedMoments: SkippedWeight[];
}

/** A folded model: artifacts as `model.save` gives them to a handler, and more. */
export interface FoldedModel {
  /** Topology, weight specs and weight data (one ArrayBuffer; of a GraphModel of more than 1 GiB a list of them). */
  artifacts: tf.io.ModelArtifacts;
  /** The path of each weight of the model, in the order of the weight specs. */
  paths: string[];
  /** The weights as tensors of a checkpoint, in the same order. */
  tensors: readonly CheckpointTensor[];
  /** What was done. */
  report: SaveReport;
}

async function artifactsOf(model: ModelLike): Promise<tf.io.ModelArtifacts> {
  let artifacts: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler(async (given) => {
      artifacts = given;
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    }),
  );
  return artifacts!;
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.byteLength === b.byteLength && a.every((byte, i) => byte === b[i]);

/** What stock would make of constrained weights when it loads them, as tensors. */
function constrained(named: readonly NamedTensor[], weights: readonly FileWeight[]): Map<number, tf.Tensor> {
  const applied = new Map<number, tf.Tensor>();
  for (const [i, { variable }] of weights.entries()) {
    const constraint = constraintOf(variable);
    if (constraint)
      applied.set(
        i,
        tf.tidy(() => tf.clone(constraint.apply(named[i]!.tensor) as tf.Tensor)),
      );
  }
  return applied;
}

function joined(parts: readonly ArrayBuffer[]): ArrayBuffer {
  if (parts.length === 1) return parts[0]!;
  const all = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(new Uint8Array(part), offset);
    offset += part.byteLength;
  }
  return all.buffer;
}

/** A GraphModel with the weights that it has now: its own `save` gives those that it was loaded with. */
async function foldGraph(fn: string, model: GraphModelLike, includeOptimizer: boolean): Promise<FoldedModel> {
  checkRange(!includeOptimizer, `${fn}: includeOptimizer must be left out for a GraphModel, which has none`, true);
  const checkpoint = modelCheckpoint(fn, model);
  return {
    artifacts: (await toArtifacts(checkpoint, fn)) as unknown as tf.io.ModelArtifacts,
    paths: checkpoint.tensors.map(({ name }) => name),
    tensors: checkpoint.tensors,
    report: { renamed: [], unconstrained: [], zeroedMoments: [] },
  };
}

function checkFold(fn: string, model: ModelLike | GraphModelLike, options: SaveFoldedOptions): void {
  checkOptions(fn, options, ['includeOptimizer', 'rename']);
  const { includeOptimizer = false, rename = false } = options;
  for (const [name, value] of Object.entries({ includeOptimizer, rename })) checkBoolean(fn, name, value);
  if (!isGraphModel(model)) checkModel(fn, model);
}

/** {@link foldModel} when nobody else is at work on the model's weights. */
export async function foldInTurn(
  fn: string,
  model: ModelLike | GraphModelLike,
  options: SaveFoldedOptions,
): Promise<FoldedModel> {
  checkFold(fn, model, options);
  if (isGraphModel(model)) return foldModel(fn, model, options);
  return exclusively(fn, weightsOf(model, undefined, fn), () => foldModel(fn, model, options));
}

/**
 * A model's artifacts with every parametrization folded in, for the packages on top of this one: see {@link foldedArtifacts}. What
 * calls it takes its turn by {@link exclusively}.
 *
 * @param fn - the function that asks, for messages
 * @param model - a built LayersModel, or a GraphModel
 * @param options - see {@link SaveFoldedOptions}
 * @returns the artifacts, the weights' paths, and what was done
 * @throws as {@link foldedArtifacts}
 */
export async function foldModel(
  fn: string,
  model: ModelLike | GraphModelLike,
  options: SaveFoldedOptions = {},
): Promise<FoldedModel> {
  checkFold(fn, model, options);
  const { includeOptimizer = false, rename = false } = options;
  if (isGraphModel(model)) return foldGraph(fn, model, includeOptimizer);
  const root = model as unknown as Compiled;
  const viewsNow = () => new Map<LayerVariableLike, WeightView>(viewsOf(model, fn).map((view) => [view.raw, view]));
  checkConfig(fn, (model as unknown as { getConfig(): unknown }).getConfig());
  const config = includeOptimizer ? trainingConfig(fn, root) : undefined;
  const reasons = includeOptimizer ? await unmappable(viewsNow().values()) : new Map<LayerVariableLike, string>();
  const slots = includeOptimizer ? await slotsOf(fn, root) : [];
  const views = viewsNow();

  // From here to the encoding nothing waits, so that no training step comes between topology, weights and the optimizer's state.
  const made: tf.Tensor[] = [];
  const artifacting = artifactsOf(model);
  try {
    const { topology, node, weights, trained, renamed } = fileTopology(fn, root, rename);
    const named = weights.map(({ variable, name }) => {
      const view = views.get(variable);
      if (view) made.push(view.compute());
      return { name, tensor: view ? made.at(-1)! : variable.read() };
    });
    const applied = constrained(named, weights);
    for (const tensor of applied.values()) made.push(tensor);
    const state = includeOptimizer ? optimizerState(fn, root, slots, trained, reasons) : undefined;
    for (const tensor of state?.made ?? []) made.push(tensor);
    const [encoded, encodedState, artifacts, changes] = await allDone([
      tf.io.encodeWeights(named),
      state && tf.io.encodeWeights(state.tensors, 'optimizer'),
      artifacting,
      allDone([...applied].map(async ([i, tensor]) => [i, await tensor.data()] as const)),
    ]);
    const pathOf = pathsOf(model, fn);
    const parts = [...partsIn(encoded.specs, encoded.data)];
    const dropped = changes.flatMap(([i, data]) => {
      const stored = parts[i]!;
      const after = data as Float32Array;
      const same = sameBytes(stored, new Uint8Array(after.buffer, after.byteOffset, after.byteLength));
      return same ? [] : [weights[i]!.variable];
    });
    dropConstraints(root, node, new Set(dropped.map((variable) => constraintOf(variable) as ConstraintLike)));
    return {
      artifacts: {
        ...artifacts,
        ...(config && { trainingConfig: config }),
        modelTopology: stockTopology(topology),
        weightSpecs: [...encoded.specs, ...(encodedState?.specs ?? [])],
        weightData: joined([encoded.data, ...(encodedState ? [encodedState.data] : [])]),
      },
      paths: weights.map(({ variable }) => pathOf(variable)),
      tensors: parts.map((bytes, i) => tensorOf(encoded.specs[i]!, bytes)),
      report: {
        renamed,
        unconstrained: dropped.map((variable) => ({
          path: pathOf(variable),
          reason: `stock TensorFlow.js would change it by ${constraintOf(variable)!.getClassName()}`,
        })),
        zeroedMoments: (state?.zeroed ?? []).map(({ weight, reason }) => ({ path: pathOf(weight.variable), reason })),
      },
    };
  } finally {
    // Stock reads the weights meanwhile: after an error its reading must end before the caller may dispose the model.
    await artifacting.catch(() => undefined);
    tf.dispose(made);
  }
}
