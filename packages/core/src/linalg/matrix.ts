import * as tf from '@tensorflow/tfjs-core';
import { checkRange } from '@weightkit/numerics/check';
import { allDone } from '../model/all-done.ts';
import { checkTensor } from '../model/check-tensor.ts';

/** A matrix on the host. */
export interface Matrix {
  data: Float32Array | Float64Array;
  rows: number;
  cols: number;
}

/** Throws unless a value is a tensor of numbers, of one of some ranks. */
function checkMatrix(fn: string, name: string, tensor: tf.Tensor, ranks: readonly number[]): void {
  checkTensor(fn, name, tensor, 'float32', 'int32');
  checkRange(ranks.includes(tensor.rank), `${fn}: ${name} must have rank ${ranks.join(' or ')}`, tensor.rank);
}

async function read(tensor: tf.Tensor): Promise<Matrix> {
  const [rows = 0, cols = 1] = tensor.shape;
  const data = await tensor.data();
  return { data: data instanceof Float32Array ? data : Float64Array.from(data), rows, cols };
}

/** Downloads a tensor of rank 2. */
export async function matrixOf(fn: string, name: string, tensor: tf.Tensor): Promise<Matrix> {
  checkMatrix(fn, name, tensor, [2]);
  return read(tensor);
}

/** Downloads a matrix, of rank 2, and a right side of rank 2, or of rank 1 as a column, after both have been checked. */
export function systemOf(fn: string, name: string, a: tf.Tensor, b: tf.Tensor): Promise<[Matrix, Matrix]> {
  checkMatrix(fn, name, a, [2]);
  checkMatrix(fn, 'b', b, [1, 2]);
  return allDone([read(a), read(b)]);
}

/** Throws unless a matrix is square. */
export function checkSquare(fn: string, name: string, { rows, cols }: Matrix): void {
  checkRange(rows === cols, `${fn}: ${name} must be square`, [rows, cols]);
}

/** Throws unless the rows of the right side are those of the matrix. */
export function checkRows(fn: string, a: Matrix, b: Matrix): void {
  checkRange(a.rows === b.rows, `${fn}: b must have as many rows as a matrix of [${a.rows}, ${a.cols}]`, b.rows);
}

/** The values in float32; refuses what float32 cannot hold. */
export function float32Of(fn: string, name: string, values: Float64Array): Float32Array {
  const rounded = Float32Array.from(values);
  const at = rounded.findIndex((value) => !Number.isFinite(value));
  checkRange(at < 0, `${fn}: ${name} must be in the range of float32 at index ${at}`, values[at]);
  return rounded;
}

/** A right side's solution in the right side's rank. */
export function tensorLike(b: tf.Tensor, values: Float32Array, rows: number): tf.Tensor {
  return tf.tensor(values, b.rank === 1 ? [rows] : [rows, b.shape[1]!], 'float32');
}
