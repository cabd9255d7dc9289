import * as tf from '@tensorflow/tfjs';
import { writeCheckpoint } from '@weightkit/checkpoint';
import { checkpointOf } from '@weightkit/core';
import type { Reviews } from '@weightkit/datasets';
import type { Data } from '@weightkit/lesson';
import { packCheckpoint } from '@weightkit/quantization/checkpoint';
import { FULL, type Start } from './network.ts';
import { open } from './open.ts';
import { accuracyOf, learner, type Training } from './train.ts';

export const START: Start = 'uniform ±0.05';
export const TRAINING: Training = { rate: 0.002, batch: 128, clip: 1, seed: 1 };
/** Reviews to learn from, to choose the pass by at which training stops, and to judge by in the end. */
export const COUNTS = { train: 40_000, choose: 2_000, test: 5_000 } as const;
export const EPOCHS = 3;
/** Unseen reviews by which a test judges the file again. */
const FIRST = 500;

/** What the whole training gives. */
export interface Full {
  /** The file: embedding and kernels in 4 and 8 bits. */
  file: Uint8Array;
  /** By reviews that chose the pass, after each pass. */
  chosen: number[];
  /** Share of unseen reviews right: in float32, and of what the file holds, by all of them and by the first. */
  float: number;
  packed: number;
  first: number;
}

/** The file of a network: 4 bits for the numbers of words, with a scale for each column, and 8 for the kernels. */
export async function pack(net: tf.LayersModel): Promise<Uint8Array> {
  const { checkpoint } = await packCheckpoint(checkpointOf(net), {
    grid: {
      'embedding/*': { dtype: 'int4', granularity: { axis: 1 } },
      'rnn/**/*ernel': { dtype: 'int8', granularity: { axis: 1 } },
    },
  });
  const files = new Map<string, Uint8Array>();
  await writeCheckpoint(checkpoint, files, { format: 'compact' });
  return files.values().next().value!;
}

/** The share of unseen reviews that a file has right: of all, and of those by which a test tells whether it fits what reads it. */
export async function judge(file: Uint8Array, unseen: Reviews): Promise<Pick<Full, 'packed' | 'first'>> {
  const net = await open(file);
  try {
    const first = await accuracyOf(net, { ...unseen, count: FIRST }, FULL);
    return { packed: await accuracyOf(net, unseen, FULL), first };
  } finally {
    net.dispose();
  }
}

/** Trains the network of the page: minutes on tfjs-node. */
export async function trainFully(data: Data, say: (text: string) => void): Promise<Full> {
  const all = await data.reviews({ train: COUNTS.train + COUNTS.choose, test: COUNTS.test });
  const part = (from: number, to: number) => ({
    count: to - from,
    tokens: all.train.tokens.subarray(from * FULL.length, to * FULL.length),
    labels: all.train.labels.subarray(from, to),
  });
  const choose = part(COUNTS.train, COUNTS.train + COUNTS.choose);
  const learning = learner(FULL, START, part(0, COUNTS.train), TRAINING);
  const chosen: number[] = [];
  let best: tf.Tensor[] = [];
  try {
    for (let epoch = 0; epoch < EPOCHS; epoch++) {
      let [sum, steps] = [0, 0];
      await learning.pass(epoch, (loss) => {
        sum += loss;
        steps++;
      });
      const accuracy = await accuracyOf(learning.net, choose, FULL);
      say(`epoch ${epoch + 1}: loss ${(sum / steps).toFixed(4)}, ${(100 * accuracy).toFixed(1)} % right`);
      if (chosen.every((before) => accuracy > before)) {
        tf.dispose(best);
        best = learning.net.getWeights().map((weight) => tf.clone(weight));
      }
      chosen.push(accuracy);
    }
    learning.net.setWeights(best);
    const file = await pack(learning.net);
    const float = await accuracyOf(learning.net, all.test, FULL);
    return { file, chosen, float, ...(await judge(file, all.test)) };
  } finally {
    tf.dispose(best);
    learning.dispose();
  }
}
