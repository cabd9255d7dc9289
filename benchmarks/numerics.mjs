// numerics against TensorFlow.js (cpu and wasm) and ml-matrix.
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import {
  cholesky,
  fillNormal,
  fillTruncatedNormal,
  haarOrthogonal,
  histogram,
  kthMagnitude,
  moments,
  randomKey,
  singularValues,
  solve,
} from '@weightkit/numerics';
import { CholeskyDecomposition, Matrix, SingularValueDecomposition, solve as solveOfMlMatrix } from 'ml-matrix';
import { numpyRunner } from './numpy.mjs';

const N = 1_000_000;
const key = randomKey(0);
const out = new Float32Array(N);
const x = new Float32Array(N);
fillNormal(x, key);

/** Runs tfjs ops on a back end until their values are there. */
const ops = (backend, body) => async () => {
  await tf.setBackend(backend);
  const result = tf.tidy(body);
  await Promise.all([result].flat().map((tensor) => tensor.data()));
  tf.dispose(result);
};

const onTensor = (backend, body) => {
  let tensor;
  return async () => {
    await tf.setBackend(backend);
    tensor ??= tf.tensor1d(x);
    await ops(backend, () => body(tensor))();
  };
};

const square = (n, seed) => {
  const values = new Float32Array(n * n);
  fillNormal(values, randomKey(seed));
  return values;
};

const a128 = square(128, 1);
const m128 = Matrix.from1DArray(128, 128, a128);
const a256 = square(256, 2);
const m256 = Matrix.from1DArray(256, 256, a256);
/** a' a + n, and the same for ml-matrix. */
const definite = (n) => {
  const a = Matrix.from1DArray(n, n, square(n, n));
  const m = a
    .transpose()
    .mmul(a)
    .add(Matrix.eye(n, n, n));
  return { a: Float64Array.from(m.to1DArray()), m };
};

const d1024 = definite(1024);
const b256 = square(256, 3).subarray(0, 256);
const right256 = Matrix.from1DArray(256, 1, b256);
const values = { computeLeftSingularVectors: false, computeRightSingularVectors: false };

export const tasks = [
  {
    task: 'N(0, 1), 1e6 values',
    rounds: 7,
    runners: {
      weightkit: () => fillNormal(out, key),
      'tf.randomNormal, cpu': ops('cpu', () => tf.randomNormal([N], 0, 1, 'float32', 1)),
    },
  },
  {
    task: 'truncated normal, 1e6 values',
    rounds: 7,
    runners: {
      weightkit: () => fillTruncatedNormal(out, key),
      'tf.truncatedNormal, cpu': ops('cpu', () => tf.truncatedNormal([N], 0, 1, 'float32', 1)),
    },
  },
  {
    task: 'orthogonal 64 x 64',
    rounds: 3,
    runners: {
      weightkit: () => haarOrthogonal(64, 64, key),
      'tfjs initializer, cpu': ops('cpu', () => tf.initializers.orthogonal({ gain: 1, seed: 1 }).apply([64, 64])),
      'tfjs initializer, wasm': ops('wasm', () => tf.initializers.orthogonal({ gain: 1, seed: 1 }).apply([64, 64])),
    },
  },
  {
    task: 'singular values 128 x 128',
    rounds: 5,
    runners: {
      weightkit: () => singularValues(a128, { rows: 128, cols: 128 }),
      'ml-matrix': () => new SingularValueDecomposition(m128, values).diagonal,
    },
  },
  {
    task: 'singular values 256 x 256',
    rounds: 5,
    runners: {
      weightkit: () => singularValues(a256, { rows: 256, cols: 256 }),
      'ml-matrix': () => new SingularValueDecomposition(m256, values).diagonal,
    },
  },
  {
    task: 'Cholesky 1024 x 1024',
    rounds: 5,
    runners: {
      weightkit: () => cholesky(d1024.a, { rows: 1024, cols: 1024 }),
      'ml-matrix': () => new CholeskyDecomposition(d1024.m).lowerTriangularMatrix,
      'numpy, float64': numpyRunner(
        'a = randn(1024, 1024); a = a.T @ a + 1024 * numpy.eye(1024)',
        'numpy.linalg.cholesky(a)',
      ),
    },
  },
  {
    task: 'solve 256 x 256',
    rounds: 9,
    runners: {
      weightkit: () => solve(a256, b256, { size: 256 }),
      'ml-matrix': () => solveOfMlMatrix(m256, right256),
    },
  },
  {
    task: 'moments 1 to 4, 1e6 values',
    rounds: 9,
    runners: {
      weightkit: () => moments(x),
      'plain JavaScript': () => {
        let [a, b, c, d] = [0, 0, 0, 0];
        for (let i = 0; i < N; i++) {
          const v = x[i];
          const v2 = v * v;
          a += v;
          b += v2;
          c += v * v2;
          d += v2 * v2;
        }
        return [a, b, c, d];
      },
      'tf.moments (1 and 2 only), wasm': onTensor('wasm', (t) => Object.values(tf.moments(t))),
    },
  },
  {
    task: 'histogram, 64 bins, 1e6 values',
    rounds: 9,
    runners: {
      weightkit: () => histogram(x, { bins: 64 }),
      'tf.bincount, wasm': onTensor('wasm', (t) => {
        const low = tf.min(t);
        const width = tf.div(tf.sub(tf.max(t), low), 63.999);
        return tf.bincount(tf.cast(tf.floor(tf.div(tf.sub(t, low), width)), 'int32'), [], 64);
      }),
    },
  },
  {
    task: 'k-th magnitude (90 %), 1e6 values',
    rounds: 5,
    runners: {
      weightkit: () => kthMagnitude(x, N / 10),
      'tf.topk, wasm': onTensor('wasm', (t) => tf.topk(tf.abs(t), N / 10, false).values),
      'Float32Array.sort': () => x.map(Math.abs).sort()[N - N / 10],
    },
  },
];
