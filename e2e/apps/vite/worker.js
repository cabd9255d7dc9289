import * as tf from '@tensorflow/tfjs';
import { heNormal, initialize } from '@weightkit/initializers';
import { prune } from '@weightkit/pruning';
import { quantizeModel } from '@weightkit/quantization';
import { summarize } from '@weightkit/weight-metrics';

async function main() {
  await tf.setBackend('cpu');
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 16, inputShape: [4], activation: 'relu', name: 'hidden' }),
      tf.layers.dense({ units: 1, name: 'out' }),
    ],
  });
  initialize(model, heNormal(), { seed: 1 });
  model.compile({ optimizer: tf.train.adam(0.05), loss: 'meanSquaredError' });
  const x = tf.randomUniform([64, 4], -1, 1, 'float32', 1);
  const y = tf.sum(x, 1, true);
  const losses = [];
  for (let step = 0; step < 10; step++) losses.push(await model.trainOnBatch(x, y));
  const pruning = await prune(model, { sparsity: 0.75, filter: 'hidden/kernel' });
  for (let step = 0; step < 5; step++) losses.push(await model.trainOnBatch(x, y));
  const [hidden] = await summarize(model, { filter: 'hidden/kernel' });
  const { report } = await quantizeModel(model, { dtype: 'uint8' });
  postMessage({
    losses,
    sparsity: hidden.sparsity,
    verified: await pruning.verify(),
    bytes: [report.bytesBefore, report.bytesAfter],
  });
}

main().catch((error) => {
  throw error;
});
