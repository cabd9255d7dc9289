import type { LayerLike } from '@weightkit/core';

/** The part of a call of a layer that is followed. */
interface CallNode {
  inboundLayers: FollowedLayer[];
  inputShapes: (number | null)[] | (number | null)[][];
}

interface FollowedLayer extends LayerLike {
  inboundNodes?: CallNode[];
}

/** Layers that give each feature to the next one at its own place. */
const IN_PLACE = [
  'Activation',
  'AlphaDropout',
  'BatchNormalization',
  'Dropout',
  'ELU',
  'GaussianDropout',
  'GaussianNoise',
  'LayerNormalization',
  'LeakyReLU',
  'ReLU',
  'ThresholdedReLU',
];

/**
 * The sizes of the feature map that a layer's inputs were flattened from: TensorFlow.js flattens rows, columns and then channels, PyTorch
 * channels first, so that features stand in another order.
 *
 * @param layer - of a built model
 * @returns `[...spatial, channels]`; null where nothing was flattened, or a vector
 */
export function flattenedBefore(layer: LayerLike): number[] | null {
  const seen = new Set<FollowedLayer>();
  for (let at: FollowedLayer = layer; !seen.has(at); ) {
    seen.add(at);
    const [before, ...others] = at.inboundNodes?.[0]?.inboundLayers ?? [];
    if (!before || others.length > 0) return null;
    if (before.getClassName() === 'Flatten') {
      const [first] = before.inboundNodes?.[0]?.inputShapes ?? [];
      const shape = (Array.isArray(first) ? first : before.inboundNodes?.[0]?.inputShapes) as (number | null)[];
      const sizes = shape.slice(1);
      return sizes.length > 1 && sizes.every((size) => size !== null) ? (sizes as number[]) : null;
    }
    if (!IN_PLACE.includes(before.getClassName())) return null;
    at = before;
  }
  return null;
}
