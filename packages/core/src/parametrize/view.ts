import * as tf from '@tensorflow/tfjs-core';
import { checkRange } from '@weightkit/numerics/check';
import { sameData } from '../model/at-hand.ts';
import { VIEW, variableOf } from '../model/raw-variable.ts';
import type { LayerVariableLike } from '../model/types.ts';
import type { Parametrization } from './parametrization.ts';
import type { MomentMap } from './transform.ts';

/** One transform of a view's stack, with the layer variables that it trains beside the raw one. */
export interface Stage {
  forward(value: tf.Tensor, variables: Readonly<Record<string, tf.Tensor>>): tf.Tensor;
  rightInverse: ((value: tf.Tensor) => tf.Tensor) | undefined;
  variables: Record<string, { initial: (value: tf.Tensor) => tf.Tensor; holder: LayerVariableLike }>;
  moments: MomentMap | undefined;
  /** What the caller of `parametrize` holds. */
  handle: Parametrization;
}

/**
 * Stands in a layer's property (`layer.kernel`) for the raw LayerVariable, which stays in the layer's lists where the train
 * step finds it. Its value is the stack of transforms over the raw variable.
 */
export class WeightView implements LayerVariableLike {
  readonly [VIEW] = true;
  readonly stages: Stage[] = [];
  readonly raw: LayerVariableLike;
  /** The path in the model, for messages. */
  readonly label: string;
  /** The value during the owner's call: RNN cells read it at every time step. */
  cached: tf.Tensor | undefined;
  /** Takes the view out of the layers; set when it is installed. */
  release: () => void = () => {};

  constructor(raw: LayerVariableLike, label: string) {
    this.raw = raw;
    this.label = label;
  }

  get id() {
    return this.raw.id;
  }
  get dtype() {
    return this.raw.dtype;
  }
  get shape() {
    return this.raw.shape;
  }
  get name() {
    return this.raw.name;
  }
  get originalName() {
    return this.raw.originalName;
  }
  get trainable() {
    return this.raw.trainable;
  }
  set trainable(trainable: boolean) {
    this.raw.trainable = trainable;
    for (const stage of this.stages)
      for (const { holder } of Object.values(stage.variables)) holder.trainable = trainable;
  }

  /** The value after the first `count` stages; all when left out. A new tensor, whatever the transforms return. */
  compute(count = this.stages.length): tf.Tensor {
    return tf.tidy(() => {
      let value: tf.Tensor = variableOf(this.raw);
      for (const { forward, variables } of this.stages.slice(0, count))
        value = forward(value, Object.fromEntries(Object.entries(variables).map(([k, v]) => [k, v.holder.read()])));
      return sameData(value);
    });
  }

  /** What the value is made of above the raw variable: transforms, and what is in their variables. */
  stamp(): unknown[] {
    return this.stages.flatMap(({ handle, variables }) => [
      handle,
      ...Object.values(variables).map(({ holder }) => variableOf(holder).dataId),
    ]);
  }

  read(): tf.Tensor {
    return this.cached ?? this.compute();
  }

  write(value: tf.Tensor): this {
    this.writeBelow(this.stages.length, value, 'write');
    this.cached = undefined;
    return this;
  }

  /** Sets the value of the first `count` stages, by their right inverses, newest first; all of it or nothing. */
  writeBelow(count: number, value: tf.Tensor, fn: string): void {
    const stages = this.stages.slice(0, count).reverse();
    for (const { rightInverse } of stages)
      if (!rightInverse)
        throw new Error(
          `${fn}: every parametrization below must have a rightInverse, got one without at ${this.label}`,
        );
    tf.tidy(() => {
      let v = value;
      const writes: [tf.Variable, tf.Tensor][] = [];
      for (const { rightInverse, variables } of stages) {
        for (const { initial, holder } of Object.values(variables))
          writes.push([holder.read() as tf.Variable, tf.clone(initial(v))]);
        v = rightInverse!(v);
      }
      writes.push([variableOf(this.raw), tf.clone(v)]);
      for (const [variable, next] of writes)
        checkRange(
          tf.util.arraysEqual(variable.shape, next.shape) && variable.dtype === next.dtype,
          `${fn}: ${this.label} must get ${variable.dtype} of shape [${variable.shape}]`,
          `${next.dtype} [${next.shape}]`,
        );
      for (const [variable, next] of writes) variable.assign(next);
    });
  }

  /** Nothing: the layer's lists own the raw variable and dispose it. */
  dispose(): void {}
}

/** Whether a holder is a view. */
export const isView = (holder: unknown): holder is WeightView =>
  typeof holder === 'object' && holder !== null && VIEW in holder;
