import * as tf from '@tensorflow/tfjs-core';
import type { LayerVariableLike } from './types.ts';

// Marks that hold across copies of this package.
/** What marks a view, which a parametrization puts in the place of a layer variable. */
export const VIEW: unique symbol = Symbol.for('@weightkit/core.view');
const EXTRA = Symbol.for('@weightkit/core.extra');

/** Marks a layer variable as a parametrization's own: it stands in a layer's lists but is no weight of the plain layer. */
export function markExtra(holder: LayerVariableLike): void {
  Object.defineProperty(holder, EXTRA, { value: true });
}

/** Whether a layer variable is a parametrization's own. */
export const isExtra = (holder: LayerVariableLike): boolean => EXTRA in holder;

/** A view, as far as the raw variable behind it goes. */
interface ViewLike extends LayerVariableLike {
  readonly [VIEW]: true;
  readonly raw: LayerVariableLike;
}

const hasRaw = (holder: LayerVariableLike): holder is ViewLike => VIEW in holder;

/** The raw LayerVariable behind a holder. */
export const rawOf = (holder: LayerVariableLike): LayerVariableLike => (hasRaw(holder) ? holder.raw : holder);

/** Where a raw variable's `read` was replaced for the time that it is parametrized: the one below. */
export const RAW_READ: unique symbol = Symbol.for('@weightkit/core.rawRead');

/** The tf.Variable of a LayerVariable, whatever its `read` gives while layers run. */
export function variableOf(raw: LayerVariableLike): tf.Variable {
  let { read } = raw as { read: LayerVariableLike['read'] & { [RAW_READ]?: LayerVariableLike['read'] } };
  while (read[RAW_READ]) read = read[RAW_READ];
  return read.call(raw) as tf.Variable;
}

/** Copies a value into a variable; unlike `Variable.assign`, safe where the value is the variable itself. */
export function assign(variable: tf.Variable, value: tf.Tensor): void {
  tf.tidy(() => variable.assign(tf.clone(value)));
}
