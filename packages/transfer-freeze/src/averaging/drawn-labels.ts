import * as tf from '@tensorflow/tfjs-core';
import type { LabelledData, ModelLike, OutputLoss } from '@weightkit/core';
import { fillUniform, randomKey } from '@weightkit/numerics';
import { checkRange } from '@weightkit/numerics/check';

/** Probabilities of classes that a model gives, by rows. */
interface Shares {
  shares: Float64Array;
  rows: number;
  classes: number;
}

/** Smaller probabilities count as this one; their gradient is 0. */
const LEAST = 2 ** -100;

/** −Σ y log p, where one column is the probability of the second of two classes. */
const logLoss: OutputLoss = (y, p) => {
  const shares = p.shape[1] === 1 ? tf.concat([tf.sub(1, p), p], 1) : p;
  return tf.neg(tf.sum(tf.mul(y, tf.log(tf.maximum(shares, LEAST)))));
};

/** What a model with one output says of each example, as probabilities of classes. */
async function sharesOf(fn: string, model: ModelLike, x: LabelledData['x']): Promise<Shares> {
  const outputs = [model.predictOnBatch(x)].flat();
  try {
    checkRange(
      outputs.length === 1 && outputs[0]!.rank === 2,
      `${fn}: model must have one output of shape [examples, classes], or labels be given`,
      outputs.map(({ shape }) => shape),
    );
    const [rows, columns] = outputs[0]!.shape as [number, number];
    const values = await outputs[0]!.data();
    const classes = Math.max(columns, 2);
    const shares = new Float64Array(rows * classes);
    for (let row = 0; row < rows; row++) {
      const own = Array.from(values.subarray(row * columns, (row + 1) * columns));
      const all = columns === 1 ? [1 - own[0]!, own[0]!] : own;
      const sum = all.reduce((total, share) => total + share, 0);
      checkRange(
        // Shares are float32.
        all.every((share) => share >= 0) && Math.abs(sum - 1) <= classes * 2 ** -20,
        `${fn}: outputs must be probabilities of classes, as softmax and sigmoid give them, or labels be given`,
        own,
      );
      shares.set(all, row * classes);
    }
    return { shares, rows, classes };
  } finally {
    tf.dispose(outputs);
  }
}

/** The class of each row that a uniform number falls to. */
function drawn({ shares, rows, classes }: Shares, seed: number): Float32Array {
  const uniforms = fillUniform(new Float32Array(rows), randomKey(seed, 'labels'));
  const y = new Float32Array(rows * classes);
  for (let row = 0; row < rows; row++) {
    let [chosen, below] = [0, 0];
    for (let k = 0; k < classes; k++) {
      const share = shares[row * classes + k]!;
      // The last class that can be has what rounding leaves over.
      if (share > 0) chosen = k;
      below += share;
      if (uniforms[row]! < below) break;
    }
    y[row * classes + chosen] = 1;
  }
  return y;
}

/** √p of one class, and 0 of all others: its squared gradient counts p times then. */
function rooted({ shares, rows, classes }: Shares, k: number): Float32Array {
  const y = new Float32Array(rows * classes);
  for (let at = k; at < rows * classes; at += classes) y[at] = Math.sqrt(shares[at]!);
  return y;
}

/**
 * The examples with labels that the model's own outputs say, and minus the logarithm of their probability as the loss: drawn once for each, or
 * all classes one after another, so weighed that squares of gradients add up to their expectation. Labels are made one by one; they live
 * until the next ones are asked for.
 */
export async function* withOwnLabels(
  fn: string,
  model: ModelLike,
  x: LabelledData['x'],
  seed: number | null,
): AsyncGenerator<LabelledData> {
  const found = await sharesOf(fn, model, x);
  const all = seed === null ? Array.from({ length: found.classes }, (_, k) => k) : [null];
  for (const k of all) {
    const y = tf.tensor2d(k === null ? drawn(found, seed!) : rooted(found, k), [found.rows, found.classes]);
    try {
      yield { x, y, loss: logLoss };
    } finally {
      y.dispose();
    }
  }
}
