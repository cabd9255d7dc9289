// One run of the sweep: a deep network, an initializer, a seed.
import * as tf from '@tensorflow/tfjs';
import { initialize } from '@weightkit/initializers';
import { permutation, randomKey } from '@weightkit/numerics';
import { digits } from './digits.mjs';

const DEPTH = 6;
const tensors = ({ count, pixels, labels }) => ({
  x: tf.tensor2d(pixels, [count, 784]),
  y: tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(labels, 'int32'), 10), 'float32')),
});

/** The digits of all runs; `dispose()` frees them. */
export function readData() {
  const [train, test] = [tensors(digits('train', 3000)), tensors(digits('t10k', 1000))];
  return { train, test, dispose: () => tf.dispose([train.x, train.y, test.x, test.y]) };
}

const hidden = (i) =>
  tf.layers.dense({ units: 32, activation: 'relu', name: `hidden${i}`, ...(i === 0 && { inputShape: [784] }) });

/**
 * Trains for one pass over the data: the loss of each step, and the accuracy on test digits in percent. The seed decides the weights and
 * the order of the data, so that two initializers with the same seed see the same batches.
 */
export async function run(initializer, seed, { train, test }) {
  const model = tf.sequential({
    layers: [
      ...Array.from({ length: DEPTH }, (_, i) => hidden(i)),
      tf.layers.dense({ units: 10, activation: 'softmax', name: 'out' }),
    ],
  });
  initialize(model, initializer, { seed });
  const optimizer = tf.train.adam(0.002);
  model.compile({ optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] });

  const order = tf.tensor1d(Int32Array.from(permutation(train.x.shape[0], randomKey(seed, 'order'))), 'int32');
  const [x, y] = [tf.gather(train.x, order), tf.gather(train.y, order)];
  const losses = [];
  await model.fit(x, y, {
    batchSize: 30,
    epochs: 1,
    shuffle: false, // it is shuffled, by the seed
    verbose: 0,
    callbacks: { onBatchEnd: (_, { loss }) => losses.push(loss) },
  });
  const scores = model.evaluate(test.x, test.y, { batchSize: 1000, verbose: 0 });
  const [accuracy] = await scores[1].data();
  tf.dispose([order, x, y, scores]);
  model.dispose();
  optimizer.dispose();
  return { losses, accuracy: 100 * accuracy };
}
