import { checkModel, type LayerLike, type ModelLike, weightsOf } from '@weightkit/core';
import { checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import { type Cut, headOf } from './head-of.ts';
import { connectionsOf, type GraphLayer, type GraphOfLayers, type SymbolicTensorLike } from './layer-graph.ts';

const FN = 'replaceHead';

/** Options of {@link replaceHead}. */
export interface ReplaceHeadOptions {
  /**
   * The name of the first layer that goes.
   * @defaultValue the last layer with weights
   */
  from?: string;
}

/** What {@link replaceHead} made. */
export interface ReplacedHead<M> {
  /** The new model, not compiled. It has the old one's layers below the head, and so their variables. */
  model: M;
  /** Names of the layers that went, the lowest first. */
  removed: string[];
  /** Names of the layers that came. */
  added: string[];
  /** Paths of the weights that both models have. */
  shared: string[];
}

function checkLayers(layers: unknown, cut: Cut): GraphLayer[] {
  checkType(Array.isArray(layers), `${FN}: layers must be a list of layers`, layers);
  // Not `map`: it passes over holes.
  const all = Array.from(layers as GraphLayer[]);
  checkRange(all.length > 0, `${FN}: layers must be one or more`, all);
  for (const [i, layer] of all.entries()) {
    checkType(
      typeof layer?.getClassName === 'function' && typeof layer.apply === 'function',
      `${FN}: layers must be layers of tfjs`,
      layer,
    );
    checkRange(
      !layer.built && layer.inboundNodes.length === 0 && all.indexOf(layer) === i,
      `${FN}: layers must be new, each once, in no model and with no weights yet`,
      layer.name,
    );
    const taken = [...cut.kept, ...all.slice(0, i)].some(({ name }) => name === layer.name);
    checkRange(!taken, `${FN}: layers must have names of their own`, layer.name);
  }
  return all;
}

type Constructor = new (config: object) => GraphOfLayers;

function build(model: GraphOfLayers, { kept, tensor }: Cut, layers: readonly GraphLayer[]): GraphOfLayers {
  const Model = model.constructor as Constructor;
  const { name } = model;
  if (tensor) {
    const output = layers.reduce<SymbolicTensorLike>((below, layer) => layer.apply(below), tensor);
    const made = new Model({ inputs: model.inputs, outputs: output, name });
    // These were not called anew, which tfjs would have counted. Nested models are disposed twice.
    for (const layer of [...kept, ...made.internalContainerRefs.filter((one) => kept.includes(one))])
      if (layer._refCount !== null) layer._refCount++;
    return made;
  }
  const made = new Model({ layers: [...kept, ...layers], name });
  const [first] = kept;
  if (first!._refCount !== null) first!._refCount++;
  return made;
}

/**
 * Puts new layers in the place of a model's last ones, as a head for other classes: what lies below stays, with its weights. Those are the
 * same variables in both models, not copies: what trains in one has changed in the other, and freezes, adapters and masks on them hold in
 * both. Each model is disposed on its own, and what they share lives until both are.
 *
 * The head is the last layer that has weights and all behind it; a nested model counts as one layer. The new model is of the old one's
 * class, with its name and the names of its layers, so that paths of weights stay.
 *
 * @example
 * const base = tf.sequential({
 *   layers: [
 *     tf.layers.dense({ units: 8, inputShape: [4], activation: 'relu', name: 'body' }),
 *     tf.layers.dense({ units: 10, activation: 'softmax', name: 'classes' }),
 *   ],
 * });
 * const head = tf.layers.dense({ units: 3, activation: 'softmax', name: 'three' });
 * const { model, removed, shared } = replaceHead(base, [head]);
 * console.log(removed.join(), shared.join(), model.outputs[0].shape[1]); // -> classes body/kernel,body/bias 3
 *
 * @param model - a built Sequential, or a functional model with one output
 * @param layers - the new layers, made by `tf.layers` and used nowhere yet; they belong to the new model
 * @param options - see {@link ReplaceHeadOptions}
 * @returns the new model and what it is made of
 * @throws TypeError or RangeError when there is no head or nothing below it, when a layer of the head is used below it as well, when a layer
 * behind it takes other inputs too, and when the new layers are not new, have names of others or do not fit. Nothing has changed then, but new
 * layers that did not fit are disposed
 */
export function replaceHead<M extends ModelLike>(
  model: M,
  layers: readonly LayerLike[],
  options: ReplaceHeadOptions = {},
): ReplacedHead<M> {
  checkOptions(FN, options, ['from']);
  const { from } = options;
  checkType(from === undefined || typeof from === 'string', `${FN}: from must be the name of a layer`, from);
  checkModel(FN, model);
  weightsOf(model, undefined, FN);
  const graph = model as unknown as GraphOfLayers;
  const cut = headOf(FN, graph, from);
  const all = checkLayers(layers, cut);
  const undo = connectionsOf([...cut.kept, ...all]);
  let made: GraphOfLayers;
  try {
    made = build(graph, cut, all);
  } catch (error) {
    for (const layer of all) {
      if (!layer.built) continue;
      // One that failed after it was built has not been counted.
      layer._refCount ||= 1;
      layer.dispose();
    }
    undo();
    throw new RangeError(`${FN}: layers must fit what they are put behind, got: ${(error as Error).message}`);
  }
  const own = new Set(weightsOf(model, undefined, FN).map(({ variable }) => variable));
  const result = made as unknown as M;
  return {
    model: result,
    removed: cut.head.map(({ name }) => name),
    added: all.map(({ name }) => name),
    shared: weightsOf(result, undefined, FN)
      .filter(({ variable }) => own.has(variable))
      .map(({ path }) => path),
  };
}
