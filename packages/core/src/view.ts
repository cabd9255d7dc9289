import * as tf from '@tensorflow/tfjs-core';
import type { LayerVariableLike } from './types.ts';

/** One transform of a view's stack, with the layer variables that it trains beside the raw one. */
export interface Stage {
  forward(value: tf.Tensor, variables: Readonly<Record<string, tf.Tensor>>): tf.Tensor;
  rightInverse: ((value: tf.Tensor) => tf.Tensor) | undefined;
  variables: Record<string, { initial: (value: tf.Tensor) => tf.Tensor; holder: LayerVariableLike }>;
}

/** The extra variables of parametrizations: they stand in a layer's lists but are no weights of the plain layer. */
export const extraVariables = new WeakSet<LayerVariableLike>();

const BRAND = Symbol.for('@weightkit/core.view');

/**
 * Stands in a layer's property (`layer.kernel`) for the raw LayerVariable, which stays in the layer's lists where the train
 * step finds it. Its value is the stack of transforms over the raw variable.
 */
export class WeightView implements LayerVariableLike {
  readonly [BRAND] = true;
  readonly stages: Stage[] = [];
  readonly raw: LayerVariableLike;
  /** The path in the model, for messages. */
  readonly label: string;
  /** The value during the owner's call: RNN cells read it at every time step. */
  cached: tf.Tensor | undefined;

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

  /** The value after the first `count` stages; all when left out. */
  compute(count = this.stages.length): tf.Tensor {
    return tf.tidy(() => {
      let value: tf.Tensor = this.raw.read();
      for (const { forward, variables } of this.stages.slice(0, count))
        value = forward(value, Object.fromEntries(Object.entries(variables).map(([k, v]) => [k, v.holder.read()])));
      // A forward that returns its argument would hand out the live variable.
      return value instanceof tf.Variable ? tf.clone(value) : value;
    });
  }

  read(): tf.Tensor {
    return this.cached ?? this.compute();
  }

  write(value: tf.Tensor): this {
    this.writeBelow(this.stages.length, value, 'write');
    return this;
  }

  /** Sets the value of the first `count` stages, by their right inverses, newest first. */
  writeBelow(count: number, value: tf.Tensor, fn: string): void {
    const stages = this.stages.slice(0, count).reverse();
    for (const stage of stages)
      if (!stage.rightInverse)
        throw new Error(
          `${fn}: every parametrization below must have a rightInverse, got one without at ${this.label}`,
        );
    tf.tidy(() => {
      let v = value;
      const writes: [LayerVariableLike, tf.Tensor][] = [];
      for (const { rightInverse, variables } of stages) {
        for (const { initial, holder } of Object.values(variables)) writes.push([holder, initial(v)]);
        v = rightInverse!(v);
      }
      writes.push([this.raw, v]);
      for (const [holder, next] of writes) (holder.read() as tf.Variable).assign(next);
    });
  }

  /** Nothing: the layer's lists own the raw variable and dispose it. */
  dispose(): void {}
}

/** Whether a holder is a view; true across copies of this package. */
export const isView = (holder: unknown): holder is WeightView =>
  typeof holder === 'object' && holder !== null && BRAND in holder;

/** The raw LayerVariable behind a holder. */
export const rawOf = (holder: LayerVariableLike): LayerVariableLike => (isView(holder) ? holder.raw : holder);
