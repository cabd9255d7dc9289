import * as tf from '@tensorflow/tfjs';
import { linalg } from '@weightkit/core';
import { type Tolerance, testContracts } from '../src/contracts.ts';
import { EXACT, withTensors } from './fixtures.ts';

/** What is computed in float64 on the host and rounded to float32 once. */
const ROUNDED: Tolerance = { atMost: 2 ** -21, because: 'float64 on the host, results below 8 rounded to float32' };

const square = (...values: number[]) => tf.tensor2d(values, [2, 2]);
const ofSquare = <T>(call: (a: tf.Tensor2D) => T, ...values: number[]) => withTensors([square(...values)], call);
const ofSystem = <T>(call: (a: tf.Tensor2D, b: tf.Tensor1D) => T, values: number[], right: number[]) =>
  withTensors([square(...values), tf.tensor1d(right)], call);

testContracts('linalg of @weightkit/core', linalg, [
  {
    name: 'cholesky',
    title: 'factors a positive definite matrix',
    value: () => ofSquare(linalg.cholesky, 4, 2, 2, 10),
    reference: [2, 0, 1, 3],
    tolerance: EXACT,
    rejects: [
      [() => ofSquare(linalg.cholesky, 1, 2, 2, 1), 'cholesky: a must be positive definite (add to its diagonal)'],
      [() => withTensors([tf.ones([2, 3])], linalg.cholesky), 'cholesky: a must be square, got [2, 3]'],
    ],
  },
  {
    name: 'eigh',
    title: 'gives eigenvalues ascending and their vectors',
    value: () => ofSquare(linalg.eigh, 2, 1, 1, 2),
    reference: { values: [1, 3], vectors: [1, 1, -1, 1].map((v) => v * Math.SQRT1_2) },
    tolerance: ROUNDED,
    rejects: [[() => withTensors([tf.ones([2, 3])], linalg.eigh), 'eigh: a must be square, got [2, 3]']],
  },
  {
    name: 'leastSquares',
    title: 'fits a line',
    value: () =>
      withTensors([tf.tensor2d([1, 0, 1, 1, 1, 2], [3, 2]), tf.tensor1d([1, 3, 5])], async (a, b) => {
        const { x, residuals } = await linalg.leastSquares(a, b);
        return { x, residuals };
      }),
    reference: { x: [1, 2], residuals: [0] },
    tolerance: ROUNDED,
    rejects: [
      [() => ofSystem(linalg.leastSquares, [1, 2, 2, 4], [1, 1]), 'leastSquares: a must have independent columns'],
    ],
  },
  {
    name: 'qr',
    title: 'factors with a positive diagonal, and a zero matrix too',
    value: () =>
      withTensors([square(0, 2, 3, 0), tf.zeros([2, 2])], async (a, zero) => [
        await linalg.qr(a),
        (await linalg.qr(zero)) as object,
      ]),
    reference: [
      { q: [0, 1, 1, 0], r: [3, 0, 0, 2] },
      { q: [1, 0, 0, 1], r: [0, 0, 0, 0] },
    ],
    tolerance: EXACT,
    rejects: [
      [() => ofSquare(linalg.qr, 1, Number.NaN, 0, 1), 'qr: entries must be finite, got NaN at a[1]'],
      [() => withTensors([tf.ones([2])], linalg.qr), 'qr: a must have rank 2, got 1'],
    ],
  },
  {
    name: 'singularValues',
    title: 'gives them descending',
    value: () => ofSquare(linalg.singularValues, 0, 2, 3, 0),
    reference: [3, 2],
    tolerance: ROUNDED,
    rejects: [[() => linalg.singularValues([3] as never), 'singularValues: a must be a tensor of float32 or int32']],
  },
  {
    name: 'solve',
    title: 'solves a system that needs its rows swapped',
    value: () => ofSystem(async (a, b) => (await linalg.solve(a, b)).x, [0, 2, 1, 1], [4, 5]),
    reference: [3, 2],
    tolerance: EXACT,
    rejects: [
      [() => ofSystem(linalg.solve, [1, 2, 2, 4], [1, 1]), 'solve: a must be invertible, with a pivot that is not 0'],
      [() => ofSystem(linalg.solve, [1, 0, 0, 1], [1]), 'solve: b must have as many rows as a matrix of [2, 2], got 1'],
    ],
  },
  {
    name: 'solveTriangular',
    title: 'solves with the transpose of a lower triangle',
    value: () => ofSystem((t, b) => linalg.solveTriangular(t, b, { transposed: true }), [2, 9, 1, 4], [4, 8]),
    reference: [1, 2],
    tolerance: EXACT,
    rejects: [
      [
        () => ofSystem(linalg.solveTriangular, [1, 0, 2, 0], [1, 1]),
        'solveTriangular: t must be invertible, without a 0',
      ],
    ],
  },
  {
    name: 'svd',
    title: 'factors a matrix of two directions',
    value: () => ofSquare(linalg.svd, 0, 2, 3, 0),
    reference: { u: [0, 1, 1, 0], s: [3, 2], vt: [1, 0, 0, 1] },
    tolerance: ROUNDED,
    rejects: [[() => ofSquare(linalg.svd, 1, 0, Number.NaN, 1), 'svd: entries must be finite, got NaN at a[2]']],
  },
  {
    name: 'truncatedSvd',
    title: 'gives the leading direction and how much is left',
    value: () => ofSquare((a) => linalg.truncatedSvd(a, { rank: 1 }), 0, 2, 3, 0),
    reference: { u: [0, 1], s: [3], vt: [1, 0], errorBound: 2 },
    tolerance: { atMost: 2 ** -20, because: 'the bound holds 2^-22 of the values for their rounding to float32' },
    rejects: [
      [
        () => ofSquare((a) => linalg.truncatedSvd(a, { rank: 0 }), 1, 0, 0, 1),
        'truncatedSvd: rank must be an integer in',
      ],
    ],
  },
]);
