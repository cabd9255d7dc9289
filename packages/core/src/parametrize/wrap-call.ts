import type * as tf from '@tensorflow/tfjs-core';
import { checkType } from '@weightkit/numerics/check';
import { notModel } from '../model/check-model.ts';
import { isLayer, type LayerInternals, type LayerLike } from '../model/types.ts';

/** A layer's `call`, as tfjs makes it: tensor or tensors in, tensor or tensors out. */
export type LayerCall = (inputs: unknown, kwargs: Record<string, unknown>) => tf.Tensor | tf.Tensor[];

/** What runs in place of a layer's call; it calls `call` once, or not at all. */
export type CallWrapper = (
  call: LayerCall,
  inputs: unknown,
  kwargs: Record<string, unknown>,
) => tf.Tensor | tf.Tensor[];

interface Wrapped {
  wrappers: { wrapper: CallWrapper }[];
  ownCall: PropertyDescriptor | undefined;
  call: LayerCall;
}

const wrapped = new WeakMap<LayerLike, Wrapped>();

function install(layer: LayerInternals): Wrapped {
  const original = layer.call;
  const wrappers: { wrapper: CallWrapper }[] = [];
  const nest = (entries: { wrapper: CallWrapper }[]): LayerCall => {
    const [outer, ...inner] = entries;
    if (!outer) return (inputs, kwargs) => original.call(layer, inputs, kwargs);
    return (inputs, kwargs) => outer.wrapper(nest(inner), inputs, kwargs);
  };
  const call: LayerCall = (inputs, kwargs) => nest([...wrappers])(inputs, kwargs);
  const entry = { wrappers, ownCall: Object.getOwnPropertyDescriptor(layer, 'call'), call };
  layer.call = call;
  wrapped.set(layer, entry);
  return entry;
}

/**
 * Wraps the `call` of one layer instance; the one way in which weightkit changes what a layer does. Wrappers nest, the
 * first installed outermost, and may be removed in any order. When the last is gone the layer is as it was.
 *
 * @param layer - the layer; its configuration and what it saves stay as they are
 * @param wrapper - what runs in place of `call`
 * @param fn - the function that asks, for the message of an error
 * @returns a function that removes the wrapper; calling it again does nothing
 * @throws TypeError when `layer` is no layer or `wrapper` no function
 */
export function wrapCall(layer: LayerLike, wrapper: CallWrapper, fn = 'wrapCall'): () => void {
  const target = layer as LayerInternals;
  if (!isLayer(layer)) throw notModel(`${fn}: layer must be a tfjs layer`, layer);
  if (layer._refCount === 0) throw new Error(`${fn}: layer must not be disposed, got ${layer.name}`);
  checkType(typeof wrapper === 'function', `${fn}: wrapper must be a function`, wrapper);
  const present = wrapped.get(layer);
  // Where somebody has put another `call` over ours since, the new wrapper goes on top of theirs.
  const entry = present && target.call === present.call ? present : install(target);
  const own = { wrapper };
  entry.wrappers.push(own);
  return () => {
    const i = entry.wrappers.indexOf(own);
    if (i < 0) return;
    entry.wrappers.splice(i, 1);
    // A `call` that somebody put over ours stays; ours below it then passes everything through.
    if (entry.wrappers.length > 0 || target.call !== entry.call) return;
    if (entry.ownCall) Object.defineProperty(layer, 'call', entry.ownCall);
    else delete (target as { call?: unknown }).call;
  };
}
