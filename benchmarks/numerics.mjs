// numerics against TensorFlow.js (cpu and wasm), ml-matrix, and numpy, scipy and torch where Python has them. `goals` are ratios.
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import {
  cholesky,
  eigh,
  fillNormal,
  fillTruncatedNormal,
  haarOrthogonal,
  histogram,
  kthMagnitude,
  magnitudeMask,
  magnitudePrune,
  moments,
  randomKey,
  singularValues,
  solve,
  svd,
  truncatedSvd,
} from '@weightkit/numerics';
import {
  CholeskyDecomposition,
  EigenvalueDecomposition,
  Matrix,
  SingularValueDecomposition,
  solve as solveOfMlMatrix,
} from 'ml-matrix';
import { numpyRunner, pythonRunner } from './python.mjs';

const N = 10_000_000;
const key = randomKey(0);
const out = new Float32Array(N);
const x = new Float32Array(N);
fillNormal(x, key);

/** Runs tfjs ops on a backend until their values are there. */
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

const d256 = definite(256);
const d1024 = definite(1024);
const tall = fillNormal(new Float32Array(1024 * 512), randomKey(4));
const b256 = square(256, 3).subarray(0, 256);
const right256 = Matrix.from1DArray(256, 1, b256);

/** ml-matrix takes seconds where a matrix is large, and is left out there. */
const singularValueRunners = (rows, cols, withMlMatrix) => {
  const a = fillNormal(new Float32Array(rows * cols), randomKey(rows));
  const m = withMlMatrix ? Matrix.from1DArray(rows, cols, a) : null;
  const valuesAlone = { computeLeftSingularVectors: false, computeRightSingularVectors: false };
  return {
    weightkit: () => singularValues(a, { rows, cols }),
    'ml-matrix': m && (() => new SingularValueDecomposition(m, valuesAlone).diagonal),
    'numpy, float64': numpyRunner(`a = randn(${rows}, ${cols})`, 'numpy.linalg.svd(a, compute_uv=False)'),
  };
};

const orthogonalRunners = (rows, cols) => ({
  weightkit: () => haarOrthogonal(rows, cols, key),
  'numpy QR, float64': numpyRunner('', `numpy.linalg.qr(randn(${rows}, ${cols}))`),
  'torch orthogonal_': pythonRunner('torch', `t = torch.empty(${rows}, ${cols})`, 'torch.nn.init.orthogonal_(t)'),
});

const valuesOf = (n) => `x = numpy.random.default_rng(0).standard_normal(${n}).astype(numpy.float32)`;

const SINGULAR_VALUES = { 'numpy, float64': 1 / 1.2, 'ml-matrix': 15 };

export const tasks = [
  {
    task: 'N(0, 1), 1e7 values',
    rounds: 5,
    goals: { 'tf.randomNormal, cpu': 4, 'numpy, PCG64': 1 },
    runners: {
      weightkit: () => fillNormal(out, key),
      'tf.randomNormal, cpu': ops('cpu', () => tf.randomNormal([N], 0, 1, 'float32', 1)),
      'numpy, PCG64': numpyRunner('g = numpy.random.default_rng(0)', `g.standard_normal(${N}, dtype=numpy.float32)`),
      'torch.randn': pythonRunner('torch', '', `torch.randn(${N})`),
    },
  },
  {
    task: 'truncated normal, 1e7 values',
    rounds: 3,
    goals: { 'tf.truncatedNormal, cpu': 4, 'torch trunc_normal_': 4 },
    runners: {
      weightkit: () => fillTruncatedNormal(out, key),
      'tf.truncatedNormal, cpu': ops('cpu', () => tf.truncatedNormal([N], 0, 1, 'float32', 1)),
      'torch trunc_normal_': pythonRunner('torch', `t = torch.empty(${N})`, 'torch.nn.init.trunc_normal_(t)'),
    },
  },
  {
    task: 'orthogonal 64 x 64',
    rounds: 3,
    goals: { 'tfjs initializer, wasm': 100 },
    runners: {
      weightkit: () => haarOrthogonal(64, 64, key),
      'tfjs initializer, cpu': ops('cpu', () => tf.initializers.orthogonal({ gain: 1, seed: 1 }).apply([64, 64])),
      'tfjs initializer, wasm': ops('wasm', () => tf.initializers.orthogonal({ gain: 1, seed: 1 }).apply([64, 64])),
    },
  },
  {
    task: 'orthogonal 512 x 512',
    rounds: 5,
    goals: { 'torch orthogonal_': 1 / 2 },
    runners: orthogonalRunners(512, 512),
  },
  {
    task: 'orthogonal 4608 x 512',
    rounds: 3,
    goals: { 'torch orthogonal_': 1 / 2 },
    runners: orthogonalRunners(4608, 512),
  },
  {
    task: 'singular values 128 x 128',
    goals: SINGULAR_VALUES,
    rounds: 15,
    runners: singularValueRunners(128, 128, true),
  },
  {
    task: 'singular values 256 x 256',
    goals: SINGULAR_VALUES,
    rounds: 9,
    runners: singularValueRunners(256, 256, true),
  },
  {
    task: 'singular values 512 x 512',
    goals: SINGULAR_VALUES,
    rounds: 5,
    runners: singularValueRunners(512, 512, true),
  },
  {
    task: 'singular values 1024 x 1024',
    goals: SINGULAR_VALUES,
    rounds: 3,
    runners: singularValueRunners(1024, 1024, false),
  },
  {
    task: 'singular values 784 x 64',
    goals: SINGULAR_VALUES,
    rounds: 15,
    runners: singularValueRunners(784, 64, true),
  },
  {
    task: 'singular values 4096 x 1024',
    goals: { 'numpy, float64': 1 / 1.3 },
    rounds: 3,
    runners: singularValueRunners(4096, 1024, false),
  },
  {
    task: 'SVD with vectors 256 x 256',
    rounds: 5,
    runners: {
      weightkit: () => svd(a256, { rows: 256, cols: 256 }),
      'ml-matrix': () => new SingularValueDecomposition(m256),
      'numpy, float64': numpyRunner('a = randn(256, 256)', 'numpy.linalg.svd(a, full_matrices=False)'),
    },
  },
  {
    task: 'symmetric eigenvectors 256 x 256',
    rounds: 5,
    runners: {
      weightkit: () => eigh(d256.a, { rows: 256, cols: 256 }),
      'ml-matrix': () => new EigenvalueDecomposition(d256.m, { assumeSymmetric: true }),
      'numpy, float64': numpyRunner('a = randn(256, 256); a = a.T @ a', 'numpy.linalg.eigh(a)'),
    },
  },
  {
    task: 'truncated SVD, rank 20 of 1024 x 512',
    rounds: 3,
    runners: {
      weightkit: () => truncatedSvd(tall, { rows: 1024, cols: 512 }, { rank: 20 }),
      'numpy, the whole one': numpyRunner('a = randn(1024, 512)', 'numpy.linalg.svd(a, full_matrices=False)'),
    },
  },
  {
    task: 'Cholesky 1024 x 1024',
    rounds: 5,
    goals: { 'ml-matrix': 8, 'numpy, float64': 1 / 2 },
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
    task: 'moments 1 to 4, 1e7 values',
    rounds: 5,
    goals: { 'scipy, float64': 10 },
    runners: {
      weightkit: () => moments(x),
      'scipy, float64': pythonRunner(
        'scipy',
        `import scipy.stats; ${valuesOf(N)}`,
        'y = x.astype(float); y.mean(); y.std(); scipy.stats.skew(y); scipy.stats.kurtosis(y)',
      ),
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
    task: 'histogram, 64 bins, 1e7 values',
    rounds: 5,
    goals: { 'torch.histc': 4 },
    runners: {
      weightkit: () => histogram(x, { bins: 64 }),
      'torch.histc': pythonRunner('torch', `${valuesOf(N)}; t = torch.from_numpy(x)`, 'torch.histc(t, 64)'),
      'tf.bincount, wasm': onTensor('wasm', (t) => {
        const low = tf.min(t);
        const width = tf.div(tf.sub(tf.max(t), low), 63.999);
        return tf.bincount(tf.cast(tf.floor(tf.div(tf.sub(t, low), width)), 'int32'), [], 64);
      }),
    },
  },
  {
    task: 'k-th magnitude (90 %), 1e7 values',
    rounds: 3,
    runners: {
      weightkit: () => kthMagnitude(x, N / 10),
      'tf.topk, wasm': onTensor('wasm', (t) => tf.topk(tf.abs(t), N / 10, false).values),
      'Float32Array.sort': () => x.map(Math.abs).sort()[N - N / 10],
    },
  },
  {
    task: 'magnitude prune to 90 % zeros, 1e7 values',
    rounds: 3,
    goals: { 'tf.topk, mask and product, wasm': 10, 'torch l1_unstructured': 30, 'torch global_unstructured': 30 },
    runners: {
      weightkit: () => magnitudePrune(x, N / 10, { out }),
      'magnitudeMask and a product': () => {
        const mask = magnitudeMask(x, N / 10);
        for (let i = 0; i < N; i++) out[i] = x[i] * mask[i];
      },
      'tf.topk, mask and product, wasm': onTensor('wasm', (t) => {
        const size = tf.abs(t);
        const { values } = tf.topk(size, N / 10);
        return tf.mul(t, tf.cast(tf.greaterEqual(size, tf.min(values)), 'float32'));
      }),
      'torch l1_unstructured': pythonRunner(
        'torch',
        `import torch.nn.utils.prune as p; ${valuesOf(N)}; w = torch.from_numpy(x)`,
        "m = torch.nn.Module(); m.w = torch.nn.Parameter(w); p.l1_unstructured(m, 'w', 0.9)",
      ),
      'torch global_unstructured': pythonRunner(
        'torch',
        `import torch.nn.utils.prune as p; ${valuesOf(N)}; w = torch.from_numpy(x)`,
        "m = torch.nn.Module(); m.w = torch.nn.Parameter(w); p.global_unstructured([(m, 'w')], p.L1Unstructured, amount=0.9)",
      ),
    },
  },
];
