import { notModel } from '../model/check-model.ts';
import { isLayer, type LayerLike } from '../model/types.ts';

/** An activation by the name that {@link gain} knows it by, or by that of TensorFlow.js where it does not. */
export interface ActivationName {
  /** The name; `linear` where there is none. */
  name: string;
  /** The slope below 0; of leakyRelu only. */
  slope?: number;
}

/** The activation that a layer's output goes through, and where. */
export interface FollowingActivation extends ActivationName {
  /** The layer that applies it; the one that was asked about where there is none. */
  layer: LayerLike;
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

const nameOf = (layer: LayerLike): string => {
  const { activation } = layer as LayerLike & { activation?: { getClassName(): string } | null };
  return (activation?.getClassName() ?? 'linear').replace('gelu_new', 'geluNew');
};

function ofLayer(layer: Consumed): ActivationName | undefined {
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
 * The activation that a layer's output goes through: its own, or that of the one Activation, ReLU, LeakyReLU, PReLU, ELU or Softmax
 * layer that takes the output, behind normalization, dropout and noise too.
 *
 * @example
 * console.log(followingActivation(tf.layers.dense({ units: 2, activation: 'relu' })).name); // -> relu
 *
 * @param layer - a layer
 * @param owner - the layer around it whose output that is, as a TimeDistributed
 * @returns its name, `linear` where there is none or several layers take the output, and the layer that applies it
 * @throws TypeError when either is no layer
 */
export function followingActivation(layer: LayerLike, owner: LayerLike = layer): FollowingActivation {
  if (!isLayer(layer)) throw notModel('followingActivation: layer must be a tfjs layer', layer);
  if (!isLayer(owner)) throw notModel('followingActivation: owner must be a tfjs layer', owner);
  const own = nameOf(layer);
  if (own !== 'linear') return { name: own, layer };
  const takers = new Set(((owner as LayerLike as Consumed).outboundNodes ?? []).map((node) => node.outboundLayer));
  const [next] = takers;
  if (next === undefined || takers.size > 1) return { name: 'linear', layer };
  if (PASSED.includes(next.getClassName())) return followingActivation(next);
  const found = ofLayer(next);
  return found ? { ...found, layer: next } : { name: 'linear', layer };
}
