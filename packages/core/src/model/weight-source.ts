import * as tf from '@tensorflow/tfjs-core';
import { checkPlainObject, checkRange, checkType, show } from '@weightkit/numerics/check';
import { type GraphSlot, graphSlots } from './graph-slots.ts';
import { variableOf } from './raw-variable.ts';
import { isArtifacts, isGraphModel, isTensorMap } from './source-remedy.ts';
import { type GraphModelLike, isLayer, type LayerInternals, type LayerLike, type LayerVariableLike } from './types.ts';

/**
 * What has weights: a built LayersModel or layer, a GraphModel, tensors by name as `tf.io.decodeWeights` gives them, or one or more
 * variables by name or in a list.
 */
export type WeightSource =
  | LayerLike
  | GraphModelLike
  | Record<string, tf.Variable>
  | Record<string, tf.Tensor>
  | readonly tf.Variable[];

type Named<T> = readonly (readonly [path: string, T])[];

/** A source told apart. */
export type ReadSource =
  | { kind: 'layers'; root: LayerInternals }
  | { kind: 'variables'; named: Named<tf.Variable> }
  | { kind: 'graph'; graph: GraphModelLike; slots: readonly GraphSlot[] }
  | { kind: 'tensors'; named: Named<tf.Tensor> };

/** The error for a weight that is gone. */
export function disposed(fn: string, path: string): Error {
  return new Error(`${fn}: weights must not be disposed, got ${path}, which is`);
}

function checkAlive<T extends tf.Tensor>(fn: string, named: Named<T>): Named<T> {
  const gone = named.find(([, tensor]) => tensor.isDisposed);
  if (gone) throw disposed(fn, gone[0]);
  return named;
}

function namedVariables(fn: string, named: readonly [string, unknown][]): Named<tf.Variable> {
  for (const [path, variable] of named)
    checkType(variable instanceof tf.Variable, `${fn}: ${path} must be a tf.Variable`, variable);
  return checkAlive(fn, named as unknown as Named<tf.Variable>);
}

function slotsOf(fn: string, model: GraphModelLike): GraphSlot[] {
  let weights: GraphModelLike['weights'] | undefined;
  try {
    ({ weights } = model);
  } catch {
    // The getter of one that is not loaded reads what is not there yet.
  }
  if (!weights) throw new Error(`${fn}: a GraphModel must be loaded, got one without weights; await its load()`);
  const slots = graphSlots(model);
  checkAlive(
    fn,
    slots.map((slot) => [slot.path, slot.get()] as const),
  );
  return slots;
}

/** The variable of a layer's holder; throws when it has been disposed. */
export function variableIn(fn: string, path: string, holder: LayerVariableLike): tf.Variable {
  try {
    return variableOf(holder);
  } catch {
    throw disposed(fn, path);
  }
}

/**
 * What a source of weights is; nothing else decides it. A model without weights is one, an object or a list without any is not,
 * and neither is a promise, a Map or an instance of another class.
 */
export function readSource(fn: string, source: unknown): ReadSource {
  if (isLayer(source)) return { kind: 'layers', root: source };
  if (source instanceof tf.Variable) return { kind: 'variables', named: namedVariables(fn, [[source.name, source]]) };
  if (isGraphModel(source)) return { kind: 'graph', graph: source, slots: slotsOf(fn, source) };
  if (isTensorMap(source)) return { kind: 'tensors', named: checkAlive(fn, Object.entries(source)) };
  if (isArtifacts(source))
    throw new TypeError(
      `${fn}: source must be loaded, got ${show(source)}; load the model, or decode its weights alone: tf.io.decodeWeights(weightData, weightSpecs)`,
    );
  if (Array.isArray(source))
    for (const variable of source)
      checkType(variable instanceof tf.Variable, `${fn}: a list must hold tf.Variables`, variable);
  else
    checkPlainObject(
      `${fn}: source must be a LayersModel, layer, GraphModel, tensors by name, or tf.Variables by name or in a list`,
      source,
    );
  const named: [string, unknown][] = Array.isArray(source)
    ? source.map((variable: tf.Variable) => [variable.name, variable])
    : Object.entries(source);
  checkRange(named.length > 0, `${fn}: source must hold a weight`, source);
  return { kind: 'variables', named: namedVariables(fn, named) };
}
