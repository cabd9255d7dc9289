import * as tf from '@tensorflow/tfjs';
import { prune } from '@weightkit/pruning';

await tf.setBackend('cpu');
const model = tf.sequential({ layers: [tf.layers.dense({ units: 16, inputShape: [4], name: 'hidden' })] });
model.compile({ optimizer: tf.train.adam(0.05), loss: 'meanSquaredError' });
await prune(model, { sparsity: 0.75 });
const [x, y] = [tf.randomNormal([64, 4]), tf.randomNormal([64, 16])];
const losses = [];
for (let step = 0; step < 10; step++) losses.push(await model.trainOnBatch(x, y));
postMessage(losses);
