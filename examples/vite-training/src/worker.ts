// Trains, and posts after every epoch what the page draws.
import * as tf from '@tensorflow/tfjs';
import { heNormal, initialize } from '@weightkit/initializers';
import { histograms } from '@weightkit/weight-metrics';
import { type Backend, startBackend } from './backend.ts';
import { spirals } from './spirals.ts';

const EPOCHS = 40;
const SIDE = 40;

export interface Progress {
  backend: Backend;
  epoch: number;
  epochs: number;
  loss: number;
  /** Of points that it has not learned from: their loss, and how many it has right, in percent. */
  newLoss: number;
  accuracy: number;
  /** What the network says at each place of the plane, from -1.2 to 1.2 both ways. */
  plane: Float32Array;
  side: number;
  /** How the weights between the hidden layers are spread. */
  weights: { edges: Float64Array; counts: Uint32Array };
  /** When it is over: tensors that are left, which must be none. */
  left?: number;
}

const wanted = await new Promise<string | null>((resolve) => {
  addEventListener('message', ({ data }) => resolve(data), { once: true });
});
const backend = await startBackend(wanted);
const before = tf.memory().numTensors;
const [known, fresh] = [spirals(400, 1), spirals(400, 2)].map(({ points, classes }) => ({
  x: tf.tensor2d(points, [classes.length, 2]),
  y: tf.tensor2d(classes, [classes.length, 1]),
}));
const grid = tf.tidy(() => {
  const steps = tf.linspace(-1.2, 1.2, SIDE);
  return tf.stack(tf.meshgrid(steps, steps), 2).reshape([SIDE * SIDE, 2]) as tf.Tensor2D;
});

const model = tf.sequential({
  layers: [
    tf.layers.dense({ units: 32, activation: 'relu', inputShape: [2], name: 'one' }),
    tf.layers.dense({ units: 32, activation: 'relu', name: 'two' }),
    tf.layers.dense({ units: 1, activation: 'sigmoid', name: 'out' }),
  ],
});
initialize(model, heNormal(), { seed: 3 });
const optimizer = tf.train.adam(0.02);
model.compile({ optimizer, loss: 'binaryCrossentropy', metrics: ['accuracy'] });

/** What the page draws after an epoch. */
async function progressOf(epoch: number, logs: tf.Logs): Promise<Progress> {
  const said = model.predict(grid) as tf.Tensor;
  const plane = (await said.data()) as Float32Array;
  said.dispose();
  const [spread] = await histograms(model, { filter: 'two/kernel', bins: 30, range: [-1.5, 1.5] });
  const { edges, counts } = spread!;
  const { loss, val_loss, val_acc } = logs as Record<'loss' | 'val_loss' | 'val_acc', number>;
  const numbers = { epoch, epochs: EPOCHS, loss, newLoss: val_loss, accuracy: 100 * val_acc };
  return { backend, ...numbers, plane, side: SIDE, weights: { edges, counts } };
}

let last: Progress | undefined;
await model.fit(known!.x, known!.y, {
  epochs: EPOCHS,
  batchSize: 100,
  shuffle: false, // it is shuffled, by the seed
  validationData: [fresh!.x, fresh!.y],
  verbose: 0,
  yieldEvery: 'never', // nothing else waits in a worker
  callbacks: {
    onEpochEnd: async (epoch, logs) => {
      last = await progressOf(epoch + 1, logs!);
      postMessage(last);
    },
  },
});
tf.dispose([grid, known!.x, known!.y, fresh!.x, fresh!.y]);
model.dispose();
optimizer.dispose();
postMessage({ ...last!, left: tf.memory().numTensors - before });
