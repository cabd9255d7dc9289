import * as tf from '@tensorflow/tfjs';
import { valuesOf } from '@weightkit/testing';
import { quantizeModel } from '../../src/index.ts';

export const predict = (model: tf.GraphModel, x: tf.Tensor): Promise<Float32Array> =>
  valuesOf(model.predict(x) as tf.Tensor);

/** ‖a − b‖ / ‖a‖. */
export const distance = (a: Float32Array, b: Float32Array): number =>
  Math.sqrt(
    a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0) / a.reduce((sum, value) => sum + value * value, 0),
  );

/** What the file says in stock TensorFlow.js, with uint8 for kernels and float16 for what is added to units. */
export async function inStock(model: tf.GraphModel, x: tf.Tensor): Promise<Float32Array> {
  const { artifacts } = await quantizeModel(model, { dtype: { '*_k': 'uint8', '**': 'float16' } });
  const stock = await tf.loadGraphModel(tf.io.fromMemory(artifacts));
  const said = await predict(stock, x);
  stock.dispose();
  return said;
}
