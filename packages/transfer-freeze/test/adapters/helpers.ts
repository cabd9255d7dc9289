import * as tf from '@tensorflow/tfjs';
import type { Checkpoint } from '@weightkit/checkpoint';
import { weightsOf } from '@weightkit/core';
import { type Adapters, dora, ia3, lora, pissa } from '@weightkit/transfer-freeze';
import { floatTensor } from '../../src/transfer/float-tensor.ts';

/** A tensor as goldens have it. */
export interface Listed {
  shape: readonly number[];
  values: readonly number[];
}

/** Every kind of adapter by the call that puts it beside a model's weights; factors of rank 2. */
export const KINDS: Readonly<
  Record<string, (model: tf.LayersModel, options?: { train?: string; filter?: string[] }) => Promise<Adapters>>
> = {
  lora: async (model, options) => lora(model, { rank: 2, alpha: 3, ...options }),
  dora: async (model, options) => dora(model, { rank: 2, alpha: 3, ...options }),
  pissa: (model, options) => pissa(model, { rank: 2, alpha: 3, ...options }),
  ia3: async (model, options) => ia3(model, options),
};

export async function valuesOf(model: tf.LayersModel): Promise<number[][]> {
  const read = weightsOf(model).map((weight) => weight.read());
  const values = await Promise.all(read.map(async (tensor) => [...(await tensor.data())]));
  tf.dispose(read);
  return values;
}

export async function predicted(model: tf.LayersModel, x: tf.Tensor): Promise<number[]> {
  const y = model.predict(x) as tf.Tensor;
  const values = [...(await y.data())];
  y.dispose();
  return values;
}

/** Steps of gradient descent on all examples at once. */
export async function train(model: tf.LayersModel, x: tf.Tensor, y: tf.Tensor, steps: number): Promise<void> {
  const optimizer = tf.train.sgd(0.03125);
  model.compile({ optimizer, loss: 'meanSquaredError' });
  await model.fit(x, y, { epochs: steps, batchSize: x.shape[0]!, shuffle: false, verbose: 0 });
  optimizer.dispose();
}

/** A checkpoint of these tensors. */
export const fileOf = (tensors: Record<string, Listed>, metadata: Record<string, string> = {}): Checkpoint => ({
  format: 'safetensors',
  tensors: Object.entries(tensors).map(([name, { shape, values }]) =>
    floatTensor(name, shape, Float32Array.from(values)),
  ),
  extras: { metadata },
  close: async () => {},
});

/** The tensors of a checkpoint. */
export const listed = async ({ tensors }: Checkpoint): Promise<Record<string, Listed>> =>
  Object.fromEntries(
    await Promise.all(
      tensors.map(
        async ({ name, shape, values }) =>
          [name, { shape: [...shape], values: [...((await values()) as Float32Array)] }] as const,
      ),
    ),
  );
