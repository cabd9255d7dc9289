import type { LayerLike } from '@weightkit/core';
import { activationOf } from './linear-layer.ts';

/** An activation by the name that {@link gain} knows it by, or by that of TensorFlow.js where it does not. */
export interface Named {
  name: string;
  /** Of leakyRelu. */
  slope?: number;
}

interface Consumed extends LayerLike {
  outboundNodes?: { outboundLayer: Consumed }[];
  getConfig(): Record<string, unknown>;
}

/** Layers through which the variance passes, or which set it anew and leave the question to what follows them. */
const PASSED = [
  'BatchNormalization',
  'LayerNormalization',
  'Dropout',
  'SpatialDropout1D',
  'GaussianDropout',
  'GaussianNoise',
];

const nameOf = (layer: LayerLike): string => activationOf(layer).getClassName().replace('gelu_new', 'geluNew');

function ofLayer(layer: Consumed): Named | undefined {
  const config = () => layer.getConfig() as { alpha?: number; maxValue?: number | null };
  switch (layer.getClassName()) {
    case 'Activation':
      return { name: nameOf(layer) };
    case 'ReLU':
      return { name: config().maxValue === 6 ? 'relu6' : 'relu' };
    case 'LeakyReLU':
      return { name: 'leakyRelu', slope: config().alpha! };
    // Its slopes start at 0.
    case 'PReLU':
    case 'ThresholdedReLU':
      return { name: 'relu' };
    case 'ELU':
      return { name: 'elu' };
    case 'Softmax':
      return { name: 'softmax' };
    default:
      return undefined;
  }
}

/**
 * The activation that a layer's output goes through: its own, or that of the one layer that takes the output.
 *
 * @param owner - the layer around it whose output that is, as a TimeDistributed
 */
export function followingActivation(layer: LayerLike, owner: LayerLike = layer): Named {
  const own = nameOf(layer);
  if (own !== 'linear') return { name: own };
  const takers = new Set(((owner as Consumed).outboundNodes ?? []).map((node) => node.outboundLayer));
  const [next] = takers;
  if (next === undefined || takers.size > 1) return { name: 'linear' };
  if (PASSED.includes(next.getClassName())) return followingActivation(next);
  return ofLayer(next) ?? { name: 'linear' };
}
