import type { Checkpoint, Extras } from '@weightkit/checkpoint';
import { checkBoolean, checkOptions } from '@weightkit/numerics/check';
import { checkModel, isModel } from '../model/check-model.ts';
import { type ConstraintLike, constraintOf } from '../model/stock-constraint.ts';
import type { GraphModelInternals, LayerInternals, ModelLike } from '../model/types.ts';
import { type ReadSource, readSource, variableIn, type WeightSource } from '../model/weight-source.ts';
import { weightsOf } from '../model/weights-of.ts';
import { viewsOf } from '../parametrize/parametrizations-of.ts';
import { fileTopology } from './file-topology.ts';
import type { Renamed } from './file-weights.ts';
import { type LiveWeight, liveTensor } from './live-tensor.ts';
import { dropConstraints } from './mend-topology.ts';
import { pathsOf } from './paths-of.ts';
import { checkConfig } from './stock-text.ts';
import { stockTopology } from './stock-topology.ts';

/** Options of {@link checkpointOf}. */
export interface CheckpointOfOptions {
  /**
   * Whether weights of a LayersModel may have other names in the checkpoint where stock TensorFlow.js could not tell them apart,
   * as `saveFolded` does it.
   *
   * @defaultValue `false`: an error
   */
  rename?: boolean;
}

/** The weights of a model as a checkpoint. */
export interface ModelCheckpoint extends Checkpoint {
  /** What it was read from: memory, in the form of TensorFlow.js's files. */
  readonly format: 'tfjs';
  /** The path of each tensor's weight in the model, in the order of `tensors`: names are those of files. */
  readonly paths: readonly string[];
  /** Weights whose names are not those in the model. */
  readonly renamed: readonly Renamed[];
  /** Paths of weights whose constraints are left out: stock TensorFlow.js would change them by these when it loads a file. */
  readonly unconstrained: readonly string[];
}

type Parts = Pick<ModelCheckpoint, 'renamed' | 'unconstrained'> & { weights: LiveWeight[]; extras: Extras };

/** Entries of a model.json as JSON text; what JSON has no text for is left out. */
const textsOf = (entries: readonly (readonly [string, unknown])[]): [string, string][] =>
  entries.flatMap(([key, value]): [string, string][] => {
    const text: string | undefined = JSON.stringify(value);
    return text === undefined ? [] : [[key, text]];
  });

/** The beginning of a model.json as stock writes it; it names its version in the topology too. */
function headOf(model: ModelLike, topology: object): [string, string][] {
  const { keras_version: version } = topology as { keras_version?: unknown };
  return textsOf([
    ['modelTopology', topology],
    ['format', 'layers-model'],
    ['generatedBy', `TensorFlow.js ${String(version).replace(' ', ' v')}`],
    ['convertedBy', null],
    ['userDefinedMetadata', (model as { userDefinedMetadata?: unknown }).userDefinedMetadata],
  ]);
}

function ofModel(fn: string, model: LayerInternals & ModelLike, rename: boolean): Parts {
  checkModel(fn, model);
  const views = new Map(viewsOf(model, fn).map((view) => [view.raw, view]));
  checkConfig(fn, (model as unknown as { getConfig(): unknown }).getConfig());
  const { topology, node, weights, renamed } = fileTopology(fn, model, rename);
  const pathOf = pathsOf(model, fn);
  const constraints = new Set<ConstraintLike>();
  const unconstrained: string[] = [];
  const live = weights.map(({ variable, name }): LiveWeight => {
    const path = pathOf(variable);
    const constraint = constraintOf(variable);
    if (constraint) {
      constraints.add(constraint);
      unconstrained.push(path);
    }
    const held = variableIn(fn, path, variable);
    return { name, path, current: () => held, view: views.get(variable) };
  });
  dropConstraints(model, node, constraints);
  return {
    weights: live,
    extras: { modelJson: headOf(model, stockTopology(topology)) },
    renamed,
    unconstrained,
  };
}

/** What a GraphModel was loaded from, but for the weights, which may have been written since. */
const textsOfGraph = ({ artifacts = {} }: GraphModelInternals): [string, string][] =>
  textsOf(Object.entries(artifacts).filter(([key]) => !['weightSpecs', 'weightData', 'getWeightStream'].includes(key)));

/** The weights of what is no LayersModel, under their paths. */
function weightsIn(fn: string, source: WeightSource, read: ReadSource): LiveWeight[] {
  if (read.kind === 'graph') return read.slots.map(({ path, get }) => ({ name: path, path, current: get }));
  if (read.kind === 'layers') {
    const views = new Map(viewsOf(read.root, fn).map((view) => [variableIn(fn, view.label, view.raw), view]));
    return weightsOf(source, undefined, fn).map(({ path, variable }) => ({
      name: path,
      path,
      current: () => variable!,
      view: views.get(variable!),
    }));
  }
  return read.named.map(([path, tensor]) => ({ name: path, path, current: () => tensor }));
}

function partsOf(fn: string, source: WeightSource, rename: boolean): Parts {
  const read = readSource(fn, source);
  if (read.kind === 'layers' && isModel(read.root)) return ofModel(fn, read.root, rename);
  return {
    weights: weightsIn(fn, source, read),
    extras: read.kind === 'graph' ? { modelJson: textsOfGraph(read.graph) } : {},
    renamed: [],
    unconstrained: [],
  };
}

/** {@link checkpointOf} for another function, by whose name errors begin. */
export function modelCheckpoint(fn: string, source: WeightSource, rename = false): ModelCheckpoint {
  const { weights, extras, renamed, unconstrained } = partsOf(fn, source, rename);
  return {
    format: 'tfjs',
    tensors: weights.map((weight) => liveTensor(fn, weight)),
    paths: weights.map(({ path }) => path),
    extras,
    renamed,
    unconstrained,
    close: async () => {},
  };
}

/**
 * The weights of a model in memory as a checkpoint: for `writeCheckpoint` in any format, and for every function of
 * `@weightkit/checkpoint` and of the packages' `/checkpoint` entries. Parametrizations are folded in; the model is not changed.
 *
 * Nothing is downloaded before a tensor is asked for, and nothing is held: there is nothing to close. The checkpoint is the model
 * of this moment: once a weight has been trained or written, reading it is an error. (What a transform takes from outside, as a
 * mask, is not watched.)
 *
 * A LayersModel and a GraphModel bring their topology: written as TensorFlow.js's files, they load in stock TensorFlow.js and
 * predict the same. The names are then those of `saveFolded`. Constraints are left out, for stock applies them to what it
 * loads; `saveFolded` keeps those that would change nothing. What a GraphModel was loaded from may have been quantized: its
 * weights are float32 in memory, and here.
 *
 * @example
 * const { tensors } = checkpointOf(model); // writeCheckpoint(checkpointOf(model), 'model.safetensors') writes them
 * console.log((await tensors[0].values()).length === weightsOf(model)[0].variable.size); // -> true
 *
 * @param source - a built LayersModel or layer, a GraphModel, a map of tensors, or tf.Variables by name or in a list
 * @param options - see {@link CheckpointOfOptions}
 * @returns the checkpoint, of format `tfjs`; without a topology where the source has none
 * @throws TypeError for another source; for a LayersModel as {@link foldedArtifacts}
 */
export function checkpointOf(source: WeightSource, options: CheckpointOfOptions = {}): ModelCheckpoint {
  const fn = 'checkpointOf';
  checkOptions(fn, options, ['rename']);
  const { rename = false } = options;
  checkBoolean(fn, 'rename', rename);
  return modelCheckpoint(fn, source, rename);
}
