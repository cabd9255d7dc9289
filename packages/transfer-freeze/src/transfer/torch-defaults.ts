import type { LayerLike } from '@weightkit/core';

interface Configured extends LayerLike {
  getConfig?(): Readonly<Record<string, unknown>>;
}

/** PyTorch's, of all normalizations. */
const EPSILON = 1e-5;

/**
 * What a layer computes otherwise than PyTorch does where nothing else is said, with the same weights.
 *
 * @param layer - of a built model
 * @returns a sentence; null where there is nothing to say
 */
export function otherThanTorch(layer: LayerLike): string | null {
  const config = (layer as Configured).getConfig?.() ?? {};
  const kind = layer.getClassName();
  const { epsilon, recurrentActivation } = config;
  if ((kind === 'BatchNormalization' || kind === 'LayerNormalization') && epsilon !== EPSILON)
    return `its epsilon is ${epsilon}; PyTorch's is ${EPSILON} where nothing else is said`;
  if (kind === 'LSTMCell' && recurrentActivation !== 'sigmoid')
    return `its recurrentActivation is ${recurrentActivation}; PyTorch's is sigmoid`;
  return null;
}
