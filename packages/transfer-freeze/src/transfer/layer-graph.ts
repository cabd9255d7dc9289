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
