import type * as tf from '@tensorflow/tfjs-core';
import type { LayerInternals, LayerLike } from './types.ts';

/** A layer's `call`, as tfjs makes it: tensor or tensors in, tensor or tensors out. */
export type LayerCall = (inputs: unknown, kwargs: Record<string, unknown>) => tf.Tensor | tf.Tensor[];

/** What runs in place of a layer's call; it calls `call` once, or not at all. */
export type CallWrapper = (
  call: LayerCall,
  inputs: unknown,
  kwargs: Record<string, unknown>,
) => tf.Tensor | tf.Tensor[];

interface Wrapped {
  wrappers: CallWrapper[];
  ownCall: PropertyDescriptor | undefined;
}

const wrapped = new WeakMap<LayerLike, Wrapped>();

function install(layer: LayerInternals): Wrapped {
  const ownCall = Object.getOwnPropertyDescriptor(layer, 'call');
  const original = layer.call;
  const entry: Wrapped = { wrappers: [], ownCall };
  layer.call = (inputs, kwargs) => {
    const run = (i: number): LayerCall => {
      const wrapper = entry.wrappers[i];
      if (!wrapper) return (x, k) => original.call(layer, x, k);
      return (x, k) => wrapper(run(i + 1), x, k);
    };
    return run(0)(inputs, kwargs);
  };
  return entry;
}

/**
 * Wraps the `call` of one layer instance; the one way in which weightkit changes what a layer does. Wrappers nest, the
 * first installed outermost, and may be removed in any order. When the last is gone the layer is as it was.
 *
 * @param layer - the layer; its configuration and what it saves stay as they are
 * @param wrapper - what runs in place of `call`
 * @returns a function that removes the wrapper; calling it again does nothing
 */
export function wrapCall(layer: LayerLike, wrapper: CallWrapper): () => void {
  const target = layer as LayerInternals;
  const entry = wrapped.get(layer) ?? install(target);
  wrapped.set(layer, entry);
  entry.wrappers.push(wrapper);
  return () => {
    const i = entry.wrappers.indexOf(wrapper);
    if (i < 0) return;
    entry.wrappers.splice(i, 1);
    if (entry.wrappers.length > 0 || wrapped.get(layer) !== entry) return;
    wrapped.delete(layer);
    if (entry.ownCall) Object.defineProperty(layer, 'call', entry.ownCall);
    else delete (target as { call?: unknown }).call;
  };
}
