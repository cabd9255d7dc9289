import * as tf from '@tensorflow/tfjs';
import { linalg } from '@weightkit/core';
import { leakOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';

const A = [2, -1, 0.5, 1, 3, -2, 0.25, 1, 4, -1, 2, 1];
const tall = () => tf.tensor2d(A, [4, 3]);

/** The largest difference of two tensors. */
async function distance(a: tf.Tensor, b: tf.Tensor): Promise<number> {
  expect(a.shape).toEqual(b.shape);
  const [x, y] = await Promise.all([a.data(), b.data()]);
  return Array.from(x).reduce((most, v, i) => Math.max(most, Math.abs(v - y[i]!)), 0);
}

/** The product on the host, so that no backend's product is in question. */
async function product(a: tf.Tensor, b: tf.Tensor): Promise<tf.Tensor> {
  const [x, y] = [(await a.array()) as number[][], (await b.array()) as number[][]];
  const [n, cols] = [b.shape[0]!, b.shape[1]!];
  const rows = x.map((row) =>
    Array.from({ length: cols }, (_, j) =>
      Array.from({ length: n }, (_v, k) => row[k]! * y[k]![j]!).reduce((s, v) => s + v, 0),
    ),
  );
  return tf.tensor2d(rows, [x.length, cols]);
}

describe('linalg', () => {
  it('linalg.qr(a) gives float32 factors whose product is a, tall and wide', async () => {
    for (const a of [tall(), tf.tensor2d(A, [3, 4])]) {
      const { q, r } = await linalg.qr(a);
      expect([q.shape, r.shape, q.dtype]).toEqual([[a.shape[0], 3], [3, a.shape[1]], 'float32']);
      // Entries below 5 rounded to float32, three of them in each sum.
      expect(await distance(await product(q, r), a)).toBeLessThan(3 * 5 * 2 ** -23);
    }
  });
  it('linalg.qr(zeros) has orthonormal columns, where tf.linalg.qr has NaN', async () => {
    const { q, r } = await linalg.qr(tf.zeros([3, 2]));
    expect(await q.array()).toEqual([
      [1, 0],
      [0, 1],
      [0, 0],
    ]);
    expect(await r.array()).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });
  it('linalg.cholesky, solveTriangular and solve agree on one system', async () => {
    const gram = await product(tf.transpose(tall()), tall());
    const b = tf.tensor2d([1, 0, 2, -1, 3, 5], [3, 2]);
    const l = await linalg.cholesky(gram);
    const y = await linalg.solveTriangular(l, b);
    const x = await linalg.solveTriangular(l, y, { transposed: true });
    const { x: direct, rcond } = await linalg.solve(gram, b);
    // The condition number is below 10, the entries below 5.
    expect(await distance(x, direct)).toBeLessThan(10 * 5 * 2 ** -23);
    expect(await distance(await product(gram, direct), b)).toBeLessThan(10 * 30 * 2 ** -23);
    expect(rcond).toBeGreaterThan(0.1);
  });
  it('linalg.solve(a, b) takes vectors, int32 and several right sides', async () => {
    const a = tf.tensor2d([0, 2, 1, 1], [2, 2], 'int32');
    const { x } = await linalg.solve(a, tf.tensor1d([4, 5], 'int32'));
    expect([x.shape, x.dtype, Array.from(await x.data())]).toEqual([[2], 'float32', [3, 2]]);
    const many = (await linalg.solve(a, tf.eye(2))).x;
    expect(await many.array()).toEqual([
      [-0.5, 1],
      [0.5, 0],
    ]);
  });
  it('linalg.leastSquares(a, b) gives the line, its residuals and its condition', async () => {
    const a = tf.tensor2d([1, 0, 1, 1, 1, 2], [3, 2]);
    const one = await linalg.leastSquares(a, tf.tensor1d([1, 3, 5]));
    expect(await distance(one.x, tf.tensor1d([1, 2]))).toBeLessThan(2 ** -20);
    const two = await linalg.leastSquares(a, tf.tensor2d([1, 0, 3, 1, 5, 0], [3, 2]));
    expect(two.x.shape).toEqual([2, 2]);
    // 0, 1, 0 is off its mean 1/3 by sqrt(6)/3.
    expect(await distance(two.residuals, tf.tensor1d([0, Math.sqrt(6) / 3]))).toBeLessThan(2 ** -22);
    expect(two.rcond).toBeGreaterThan(0.1);
  });
  it('linalg.singularValues(a) of a diagonal are its magnitudes, descending', async () => {
    const s = await linalg.singularValues(tf.tensor2d([0, -2, 0, 7, 0, 0], [2, 3]));
    expect(Array.from(await s.data())).toEqual([7, 2]);
  });
  it('linalg.svd(a) gives factors whose product is a, tall and wide, with orthonormal vectors', async () => {
    for (const a of [tall(), tf.tensor2d(A, [3, 4])]) {
      const { u, s, vt } = await linalg.svd(a);
      expect([u.shape, s.shape, vt.shape]).toEqual([[a.shape[0], 3], [3], [3, a.shape[1]]]);
      // Values below 6 and vectors rounded to float32, three products of three factors in each sum.
      expect(await distance(await product(tf.mul(u, s), vt), a)).toBeLessThan(9 * 6 * 2 ** -23);
      expect(await distance(await product(vt, tf.transpose(vt)), tf.eye(3))).toBeLessThan(8 * 2 ** -23);
      expect(await distance(await linalg.singularValues(a), s)).toBeLessThan(6 * 2 ** -23);
    }
  });
  it('linalg.eigh(a) gives A V = V diag(values), values ascending', async () => {
    const gram = await product(tf.transpose(tall()), tall());
    const { values, vectors } = await linalg.eigh(gram);
    const scaled = tf.mul(vectors, values);
    // Entries below 30, three in each sum.
    expect(await distance(await product(gram, vectors), scaled)).toBeLessThan(6 * 30 * 2 ** -23);
    const found = Array.from(await values.data());
    expect(found).toEqual([...found].sort((x, y) => x - y));
  });
  it('linalg.truncatedSvd(a, options) stays within its error bound', async () => {
    const a = tall();
    const { u, s, vt, errorBound } = await linalg.truncatedSvd(a, { rank: 2 });
    expect([u.shape, s.shape, vt.shape]).toEqual([[4, 2], [2], [2, 3]]);
    const rest = (await (await product(tf.mul(u, s), vt)).data()) as Float32Array;
    const error = Math.hypot(...rest.map((v, i) => v - A[i]!));
    const third = (await (await linalg.singularValues(a)).data())[2]!;
    // What is left out is the third value; the products above round too.
    expect(Math.abs(error - third)).toBeLessThan(1e-5);
    expect(errorBound).toBeGreaterThan(third * (1 - 2 ** -23));
    expect(errorBound).toBeLessThan(third + 1e-5);
  });
  it('linalg functions of matrices without entries give such', async () => {
    const none = tf.tensor2d([], [0, 3]);
    expect((await linalg.qr(none)).r.shape).toEqual([0, 3]);
    expect((await linalg.cholesky(tf.tensor2d([], [0, 0]))).shape).toEqual([0, 0]);
    expect((await linalg.singularValues(none)).shape).toEqual([0]);
    expect((await linalg.svd(none)).vt.shape).toEqual([0, 3]);
  });
  it('linalg functions borrow their arguments and leave only their results', async () => {
    const [a, b] = [tf.tensor2d([4, 2, 2, 10], [2, 2]), tf.tensor1d([8, 22])];
    const calls = [
      () => linalg.cholesky(a),
      () => linalg.qr(a),
      () => linalg.svd(a),
      () => linalg.eigh(a),
      () => linalg.truncatedSvd(a, { rank: 1 }),
      () => linalg.singularValues(a),
      () => linalg.solve(a, b),
      () => linalg.solveTriangular(a, b),
      () => linalg.leastSquares(a, b),
    ];
    for (const call of calls) {
      const leak = await leakOf(async () => tf.dispose((await call()) as tf.TensorContainer));
      expect(leak).toEqual({ tensors: 0, variables: 0 });
    }
    expect([a.isDisposed, b.isDisposed]).toEqual([false, false]);
  });
  it('linalg functions refuse other ranks, types and shapes, and what float32 cannot hold', async () => {
    const [a, b] = [tf.eye(2), tf.ones([2])];
    await expect(linalg.qr(tf.ones([2, 2, 2]))).rejects.toThrow('qr: a must have rank 2, got 3');
    await expect(linalg.cholesky(tf.ones([2, 3]))).rejects.toThrow('cholesky: a must be square, got [2, 3]');
    await expect(linalg.singularValues([1] as never)).rejects.toThrow(
      'singularValues: a must be a tensor of float32 or int32',
    );
    const flags = tf.tensor2d([true, false], [1, 2], 'bool');
    await expect(linalg.qr(flags)).rejects.toThrow('must be a tensor of float32 or int32, got "bool"');
    await expect(linalg.solve(a, tf.ones([3]))).rejects.toThrow(
      'solve: b must have as many rows as a matrix of [2, 2], got 3',
    );
    await expect(linalg.solve(a, tf.scalar(1))).rejects.toThrow('solve: b must have rank 1 or 2, got 0');
    await expect(linalg.solve(tf.ones([2, 2]), b)).rejects.toThrow('solve: a must be invertible');
    await expect(linalg.solve(tf.mul(a, 1e-30), tf.mul(b, 1e30))).rejects.toThrow(
      'solve: x must be in the range of float32 at index 0, got 1',
    );
    await expect(linalg.solveTriangular(a, b, { upper: true } as never)).rejects.toThrow('options must be among lower');
    await expect(linalg.leastSquares(tf.ones([2, 2]), b)).rejects.toThrow(
      'leastSquares: a must have independent columns',
    );
    await expect(linalg.truncatedSvd(a, { rank: 3 })).rejects.toThrow(
      'truncatedSvd: rank must be an integer in [1, 2]',
    );
    await expect(linalg.eigh(tf.ones([2, 3]))).rejects.toThrow('eigh: a must be square, got [2, 3]');
    await expect(linalg.svd(tf.ones([3]))).rejects.toThrow('svd: a must have rank 2, got 1');
    await expect(linalg.cholesky(tf.neg(a))).rejects.toThrow('cholesky: a must be positive definite');
    await expect(linalg.qr(tf.tensor2d([1, Number.NaN], [1, 2]))).rejects.toThrow(
      'qr: entries must be finite, got NaN at a[1]',
    );
  });
});
