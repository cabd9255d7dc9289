import type { LayerLike } from '@weightkit/core';

interface GraphNode {
  outboundLayer: GraphLayer;
  inboundLayers: GraphLayer[];
  inputShapes: (number | null)[][];
}

interface GraphLayer extends LayerLike {
  inboundNodes: GraphNode[];
  outboundNodes: GraphNode[];
  /** Keras 2 writes a list of one, which TensorFlow.js keeps. */
  axis?: number | number[];
  dataFormat?: string;
  activation?: { getClassName?(): string };
}

/** Layers whose outputs depend on the same channel of their input alone. */
const CHANNEL_WISE = new Set([
  'Activation',
  'ReLU',
  'LeakyReLU',
  'PReLU',
  'ELU',
  'ThresholdedReLU',
  'Dropout',
  'SpatialDropout1D',
  'GaussianNoise',
  'GaussianDropout',
  'AlphaDropout',
  'MaxPooling1D',
  'MaxPooling2D',
  'MaxPooling3D',
  'AveragePooling1D',
  'AveragePooling2D',
  'AveragePooling3D',
  'UpSampling2D',
  'ZeroPadding2D',
  'Cropping2D',
]);

const isChannelWise = (layer: GraphLayer): boolean =>
  CHANNEL_WISE.has(layer.getClassName()) && layer.activation?.getClassName?.() !== 'softmax';

/**
 * The BatchNorm layers that see nothing but one layer's outputs, unit by unit: directly behind it, or behind layers that treat each
 * channel by itself. Found in the graph of the model that the layer stands in; one that is called twice is none.
 *
 * @param layer - a layer of a graph
 */
export function batchNormsAfter(layer: LayerLike): LayerLike[] {
  const first = layer as GraphLayer;
  const found = new Set<GraphLayer>();
  const seen = new Set<GraphLayer>([first]);
  // A Set yields what is added while it is walked.
  for (const one of seen)
    for (const { outboundLayer: next, inboundLayers, inputShapes } of one.outboundNodes ?? []) {
      if (inboundLayers.length !== 1 || next.inboundNodes.length !== 1) continue;
      if (isChannelWise(next)) seen.add(next);
      if (next.getClassName() !== 'BatchNormalization') continue;
      const rank = inputShapes[0]!.length;
      const axis = ([next.axis ?? -1].flat()[0]! + rank) % rank;
      if (axis === (first.dataFormat === 'channelsFirst' ? 1 : rank - 1)) found.add(next);
    }
  return [...found];
}
