import type * as tf from '@tensorflow/tfjs-core';
import type { ModelLike } from '@weightkit/core';
import { checkRange } from '@weightkit/numerics/check';
import {
  type CallNode,
  callAgain,
  callOf,
  callsBehind,
  connectionsOf,
  type GraphLayer,
  type GraphOfLayers,
  inputsOf,
  isInput,
  isMasked,
  layerOf,
  layersBehind,
  modelClass,
  type SymbolicTensorLike,
} from '../transfer/layer-graph.ts';

/** A place at which a model can be cut in two. */
export interface CutPlace {
  /** The name of the last layer below. */
  name: string;
  /** What that layer gives. */
  tensor: SymbolicTensorLike;
  /** The calls above, each after those that it needs. */
  above: CallNode[];
}

/** Every tensor that the outputs are computed from. */
function tensorsBehind(outputs: readonly SymbolicTensorLike[]): Set<SymbolicTensorLike> {
  const seen = new Set<SymbolicTensorLike>();
  const open = [...outputs];
  for (let tensor = open.pop(); tensor; tensor = open.pop()) {
    if (seen.has(tensor)) continue;
    seen.add(tensor);
    open.push(...inputsOf(callOf(tensor)));
  }
  return seen;
}

/** What a layer of a model gives: of a Sequential by place, for a nested model that comes first is no call there. */
function tensorsOf(model: GraphOfLayers, until: string): SymbolicTensorLike[] {
  if (model.getClassName() !== 'Sequential')
    return [...tensorsBehind(model.outputs)].filter(({ sourceLayer }) => sourceLayer.name === until);
  const place = model.layers.findIndex(({ name }) => name === until);
  if (place < 0) return [];
  let tensor = model.outputs[0]!;
  for (let i = model.layers.length - 1; i > place; i--) [tensor] = callOf(tensor).inputTensors as [SymbolicTensorLike];
  return [tensor];
}

/** Why a model cannot be cut behind a layer, or the place. */
function placeOrReason(model: GraphOfLayers, until: string): CutPlace | string {
  const [tensor, ...more] = tensorsOf(model, until);
  if (!tensor) return `be one of the model's layers`;
  const own = callOf(tensor);
  if (more.length > 0 || own.outputTensors.length > 1) return 'be a layer that is called once and gives one tensor';
  if (isInput(own)) return 'be a layer that computes something';
  const above = callsBehind(model.outputs, tensor);
  if (above.length === 0 || model.outputs.includes(tensor)) return 'have layers above it';
  const other = above.find(isInput);
  if (other) return `be a layer that everything goes through (${layerOf(other).name} is used above it as well)`;
  const below = layersBehind([tensor]);
  const ids = new Set([...below].flatMap(({ weights }) => weights.map(({ id }) => id)));
  const shared = above.map(layerOf).find((layer) => below.has(layer) || layer.weights.some(({ id }) => ids.has(id)));
  if (shared) return `share no layer or weight with what is above it (${shared.name} does)`;
  if (isMasked(tensor)) return 'be a layer whose outputs have no mask';
  return { name: until, tensor, above };
}

/**
 * The place behind a layer.
 *
 * @throws RangeError where the model cannot be cut there
 */
export function placeAt(fn: string, model: GraphOfLayers, until: string, name = 'until'): CutPlace {
  const place = placeOrReason(model, until);
  if (typeof place === 'string') checkRange(false, `${fn}: ${name} must ${place}`, until);
  return place as CutPlace;
}

/** Every place at which a model can be cut, the lowest first. */
export function placesIn(model: GraphOfLayers): CutPlace[] {
  const places = model.layers.map(({ name }) => placeOrReason(model, name));
  return places
    .filter((place): place is CutPlace => typeof place !== 'string')
    .sort((a, b) => b.above.length - a.above.length);
}

/** A model of what lies below places, with an output for each. It is to be forgotten, not disposed: it holds nothing of its own. */
export function bodyOf(model: GraphOfLayers, places: readonly CutPlace[]): ModelLike {
  const outputs = places.map(({ tensor }) => tensor);
  return new (modelClass(model))({ inputs: model.inputs, outputs, name: 'body' }) as unknown as ModelLike;
}

/** The layers above a place as a model of their own, with the variables that they have. */
export function headOf(model: GraphOfLayers, { tensor, above }: CutPlace): ModelLike {
  const undo = connectionsOf(above.map(layerOf));
  try {
    const InputLayer = model.inputs[0]!.sourceLayer.constructor as new (config: object) => GraphLayer;
    const start = new InputLayer({ batchInputShape: tensor.shape, dtype: tensor.dtype, name: 'features' });
    const made = new Map([[tensor, start.inboundNodes[0]!.outputTensors[0]!]]);
    for (const call of above) {
      const inputs = call.inputTensors.map((one) => made.get(one)!);
      const given = callAgain(call, inputs);
      for (const [i, one] of given.entries()) made.set(call.outputTensors[i]!, one);
    }
    const outputs = model.outputs.map((one) => made.get(one)!);
    const inputs = start.inboundNodes[0]!.outputTensors[0]!;
    return new (modelClass(model))({ inputs, outputs, name: `${model.name}_head` }) as unknown as ModelLike;
  } catch (error) {
    undo();
    throw error;
  }
}

/** The data type of what a place gives. */
export const dtypeOf = ({ tensor }: CutPlace): tf.DataType => tensor.dtype;
