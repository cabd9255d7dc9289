// MNIST for the benchmarks that measure accuracies.
import * as tf from '@tensorflow/tfjs';
import { meanInterval } from '@weightkit/lesson';

/** The digits, or other images, of a part in some order: pixels from 0 to 1 as a tensor, of `shape` each, and what they show. */
export function tensorsOf({ pixels, labels }, order, shape = [784]) {
  const size = tf.util.sizeFromShape(shape);
  const x = new Float32Array(order.length * size);
  for (const [i, at] of order.entries()) for (let k = 0; k < size; k++) x[size * i + k] = pixels[size * at + k] / 255;
  return { x: tf.tensor(x, [order.length, ...shape]), labels: Int32Array.from(order, (at) => labels[at]) };
}

/** The percent of digits that a model names. */
export async function accuracy(model, digits) {
  const found = tf.tidy(() => tf.argMax(model.predict(digits.x, { batchSize: 1000 }), -1));
  const classes = await found.data();
  found.dispose();
  return (100 * classes.filter((c, i) => c === digits.labels[i]).length) / classes.length;
}

/** The mean, and where there are two or more half its 95 % interval by t. */
export function interval(list) {
  if (list.length < 2) return list[0].toFixed(2);
  const { mean, low, high } = meanInterval(list);
  return `${mean.toFixed(2)} ± ${((high - low) / 2).toFixed(2)}`;
}
