import * as tf from '@tensorflow/tfjs-core';
import type { LabelledData, ModelLike, OutputLoss } from '@weightkit/core';
import { checkRange } from '@weightkit/numerics/check';

/** Σ y z: its gradient is that of one number of the output where y is 1 there and 0 elsewhere. */
const chosen: OutputLoss = (y, z) => tf.sum(tf.mul(y, z));

/** The shape of each output for a batch. */
function shapesOf(fn: string, model: ModelLike, x: LabelledData['x']): number[][] {
  const outputs = [model.predictOnBatch(x)].flat();
  const shapes = outputs.map(({ shape }) => shape);
  const other = outputs.find(({ dtype }) => dtype !== 'float32');
  tf.dispose(outputs);
  checkRange(
    other === undefined,
    `${fn}: outputs must be of float32 to be means of normal distributions`,
    other?.dtype,
  );
  return shapes;
}

/** 1 / σ at one of the numbers that each example has, and zeros. */
function unit([rows, ...inner]: readonly number[], k: number, sigma: number): tf.Tensor {
  const count = tf.util.sizeFromShape([...inner]);
  const values = new Float32Array(rows! * count);
  for (let at = k; at < values.length; at += count) values[at] = 1 / sigma;
  return tf.tensor(values, [rows!, ...inner]);
}

/**
 * The examples with labels by which squares of gradients add up to the diagonal of the Fisher matrix of normal distributions around the
 * outputs z, Σ (∂z / ∂w)² / σ², one number of the output after another. Labels are made one by one; they live until the next ones are asked for.
 *
 * @param variance - σ²; null for half as many as the numbers of an output, of which the mean of squares is the negative log-likelihood
 */
export async function* gaussianLabels(
  fn: string,
  model: ModelLike,
  x: LabelledData['x'],
  variance: number | null,
): AsyncGenerator<LabelledData> {
  const shapes = shapesOf(fn, model, x);
  for (const [at, shape] of shapes.entries()) {
    const count = tf.util.sizeFromShape(shape.slice(1));
    const sigma = Math.sqrt(variance ?? count / 2);
    for (let k = 0; k < count; k++) {
      const y = shapes.map((own, i) => (i === at ? unit(own, k, sigma) : tf.zeros(own)));
      try {
        yield { x, y, loss: chosen };
      } finally {
        tf.dispose(y);
      }
    }
  }
}
