import type * as tf from '@tensorflow/tfjs-core';
import { checkTensor } from '@weightkit/core';
import { checkFinite, checkRange } from '@weightkit/numerics/check';
import type { Examples } from './linear-fit.ts';

const float64 = async (tensor: tf.Tensor): Promise<Float64Array> => Float64Array.from(await tensor.data());

/** Rows of a single 1 for each class. */
function oneHot(fn: string, labels: Float64Array, name: string): { y: Float64Array; outputs: number } {
  const ok = labels.every((label) => Number.isInteger(label) && label >= 0);
  checkRange(ok, `${fn}: ${name} must be numbers of classes, integers of 0 or more`, labels);
  const outputs = labels.reduce((most, label) => Math.max(most, label), 0) + 1;
  checkRange(outputs > 1, `${fn}: ${name} must be of two classes or more`, outputs);
  checkRange(
    labels.length * outputs <= 2 ** 28,
    `${fn}: ${name} must be numbers of classes that are counted from 0`,
    outputs - 1,
  );
  const y = new Float64Array(labels.length * outputs);
  for (const [i, label] of labels.entries()) y[i * outputs + label] = 1;
  return { y, outputs };
}

function checkShares(fn: string, y: Float64Array, outputs: number, name: string): void {
  for (let at = 0; at < y.length; at += outputs) {
    const row = y.subarray(at, at + outputs);
    const sum = row.reduce((total, share) => total + share, 0);
    // Shares are float32.
    const ok = row.every((share) => share >= 0) && Math.abs(sum - 1) <= outputs * 2 ** -20;
    checkRange(ok, `${fn}: ${name} must have rows of shares with a sum of 1`, row);
  }
}

/** Numbers of classes or rows of shares, as rows of shares. */
export function sharesOf(
  fn: string,
  values: Float64Array,
  columns: number,
  name = 'targets',
): { y: Float64Array; outputs: number } {
  if (columns === 1) return oneHot(fn, values, name);
  checkShares(fn, values, columns, name);
  return { y: values, outputs: columns };
}

/** Throws unless these are examples by rows, and as many targets. */
export function checkExamples(fn: string, features: tf.Tensor, targets: tf.Tensor): void {
  checkTensor(fn, 'features', features, 'float32');
  checkTensor(fn, 'targets', targets, 'float32', 'int32', 'bool');
  const size = features.size / (features.shape[0] || 1);
  checkRange(
    features.rank >= 2 && features.size > 0,
    `${fn}: features must have shape [examples, ...]`,
    features.shape,
  );
  checkRange(size < 2 ** 31, `${fn}: features must be fewer for each example`, size);
  checkRange(
    (targets.rank === 1 || targets.rank === 2) && targets.size > 0,
    `${fn}: targets must have shape [examples] or [examples, outputs]`,
    targets.shape,
  );
  checkRange(
    targets.shape[0] === features.shape[0],
    `${fn}: targets must be as many as features, ${features.shape[0]}`,
    targets.shape[0],
  );
}

/** Downloads examples; targets of classes become rows of shares. */
export async function examplesOf(
  fn: string,
  features: tf.Tensor,
  targets: tf.Tensor,
  classes: boolean,
): Promise<Examples> {
  checkExamples(fn, features, targets);
  const [rows] = features.shape as [number];
  const [inputs, columns] = [features.size / rows, targets.size / rows];
  const [x, values] = await Promise.all([float64(features), float64(targets)]);
  checkFinite(fn, 'features', 'features', x);
  checkFinite(fn, 'targets', 'targets', values);
  const { y, outputs } = classes ? sharesOf(fn, values, columns) : { y: values, outputs: columns };
  return { x, y, rows, inputs, outputs };
}
