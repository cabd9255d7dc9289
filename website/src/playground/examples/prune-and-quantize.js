// A small network learns, loses four of five weights, and is stored in a byte for each.
import * as tf from '@tensorflow/tfjs';
import { heNormal, initialize } from '@weightkit/initializers';
import { prune } from '@weightkit/pruning';
import { quantizeModel } from '@weightkit/quantization';
import { sizeChart } from '@weightkit/viz';

const x = tf.randomNormal([512, 16], 0, 1, 'float32', 1);
const y = tf.cast(tf.greater(tf.sum(x, 1, true), 0), 'float32');
const model = tf.sequential({
  layers: [
    tf.layers.dense({ units: 32, inputShape: [16], activation: 'relu', name: 'hidden' }),
    tf.layers.dense({ units: 1, activation: 'sigmoid', name: 'out' }),
  ],
});
initialize(model, heNormal(), { seed: 0 });
model.compile({ optimizer: tf.train.adam(0.01), loss: 'binaryCrossentropy', metrics: ['accuracy'] });
await model.fit(x, y, { epochs: 10, shuffle: false, verbose: 0 });

const pruning = await prune(model, { sparsity: 0.8 });
await model.fit(x, y, { epochs: 5, shuffle: false, verbose: 0 }); // what was pruned stays zero
console.log(await pruning.verify());

const quantized = await quantizeModel(model, { dtype: 'uint8' });
const bytes = quantized.artifacts.weightData.byteLength;
console.log(bytes, 'bytes');
console.log(
  sizeChart(
    {
      stages: [
        { name: 'float32', bytes: 4 * model.countParams() },
        { name: 'uint8', bytes },
      ],
    },
    { title: 'Bytes of the weights' },
  ),
);
pruning.restore();
tf.dispose([x, y]);
model.dispose();
