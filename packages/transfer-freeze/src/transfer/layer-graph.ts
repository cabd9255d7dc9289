import type * as tf from '@tensorflow/tfjs-core';
import type { LayerLike } from '@weightkit/core';

/** The fields of tfjs's symbolic tensors that are read here. */
export interface SymbolicTensorLike {
  sourceLayer: GraphLayer;
  nodeIndex: number;
  shape: (number | null)[];
  dtype: tf.DataType;
}

/** One call of a layer in a graph. */
export interface CallNode {
  inputTensors: SymbolicTensorLike[];
  outputTensors: SymbolicTensorLike[];
  callArgs?: object;
}

/** The fields of tfjs's layers that say how they are connected. */
export interface GraphLayer extends LayerLike {
  built: boolean;
  inboundNodes: CallNode[];
  outboundNodes: unknown[];
  weights: { id: number }[];
  /** How many models and calls hold it. */
  _refCount: number | null;
  apply(input: SymbolicTensorLike): SymbolicTensorLike;
  supportsMasking: boolean;
  dispose(): unknown;
}

/** A model with its graph. */
export interface GraphOfLayers extends GraphLayer {
  layers: GraphLayer[];
  inputs: SymbolicTensorLike[];
  outputs: SymbolicTensorLike[];
  /** Models within, which are disposed once more. */
  internalContainerRefs: GraphLayer[];
}

/** The call that a tensor comes from. */
export const callOf = ({ sourceLayer, nodeIndex }: SymbolicTensorLike): CallNode =>
  sourceLayer.inboundNodes[nodeIndex]!;

/** The layers that tensors are computed by. */
export function layersBehind(tensors: readonly SymbolicTensorLike[]): Set<GraphLayer> {
  const calls = new Set<CallNode>();
  const layers = new Set<GraphLayer>();
  const open = [...tensors];
  for (let tensor = open.pop(); tensor; tensor = open.pop()) {
    const call = callOf(tensor);
    if (calls.has(call)) continue;
    calls.add(call);
    layers.add(tensor.sourceLayer);
    open.push(...call.inputTensors);
  }
  return layers;
}

/** An input comes from a call of its own that takes and gives it. */
export const isInput = ({ inputTensors, outputTensors }: CallNode): boolean =>
  inputTensors.length === 0 || inputTensors[0] === outputTensors[0];

/** What a call takes from others. */
export const inputsOf = (call: CallNode): SymbolicTensorLike[] => (isInput(call) ? [] : call.inputTensors);

/** The layer that is called. */
export const layerOf = (call: CallNode): GraphLayer => call.outputTensors[0]!.sourceLayer;

type ModelMaker = new (config: object) => GraphOfLayers;

/** The class of functional models, which Sequential extends. */
export const modelClass = (model: GraphOfLayers): ModelMaker =>
  (model.getClassName() === 'Sequential' ? Object.getPrototypeOf(model.constructor) : model.constructor) as ModelMaker;

/** The calls that outputs are computed by, in the order in which they can be made, as far down as a tensor. */
export function callsBehind(outputs: readonly SymbolicTensorLike[], cut?: SymbolicTensorLike): CallNode[] {
  const calls = new Set<CallNode>();
  const visit = (tensor: SymbolicTensorLike): void => {
    const call = callOf(tensor);
    if (tensor === cut || calls.has(call)) return;
    for (const input of inputsOf(call)) visit(input);
    calls.add(call);
  };
  for (const output of outputs) visit(output);
  return [...calls];
}

/** Whether a mask comes with a tensor. */
export function isMasked(tensor: SymbolicTensorLike): boolean {
  const { sourceLayer } = tensor;
  const layer = sourceLayer as GraphLayer & Partial<GraphOfLayers> & Record<string, unknown>;
  if (layer.getClassName() === 'Masking' || layer.maskZero === true) return true;
  if (Array.isArray(layer.layers) && layer.outputs!.some(isMasked)) return true;
  if (!inputsOf(callOf(tensor)).some(isMasked)) return false;
  const sequences =
    layer.returnSequences ?? (layer.forwardLayer as Record<string, unknown> | undefined)?.returnSequences;
  return sequences === undefined ? layer.supportsMasking || Array.isArray(layer.layers) : sequences === true;
}

/** Makes a call again on other inputs. */
export function callAgain(call: CallNode, inputs: readonly SymbolicTensorLike[]): SymbolicTensorLike[] {
  const layer = layerOf(call);
  const apply = layer.apply as (inputs: unknown, args?: object) => SymbolicTensorLike | SymbolicTensorLike[];
  // States and constants of an RNN are among the inputs, and tfjs does not take them twice.
  const { initialState, constants, ...args } = (call.callArgs ?? {}) as Record<string, unknown>;
  return [apply.call(layer, inputs.length === 1 ? inputs[0] : inputs, args)].flat();
}

/** Notes how layers are connected and held; gives that back. */
export function connectionsOf(layers: readonly GraphLayer[]): () => void {
  const before = layers.map(
    (layer) => [layer, layer.inboundNodes.length, layer.outboundNodes.length, layer._refCount] as const,
  );
  return () => {
    for (const [layer, inbound, outbound, count] of before) {
      layer.inboundNodes.length = inbound;
      layer.outboundNodes.length = outbound;
      layer._refCount = count;
    }
  };
}
