// One-shot pruning against its numpy transcription of golden/. `goals` are ratios.
import { fileURLToPath } from 'node:url';
import { fillNormal, matrixProduct, randomKey } from '@weightkit/numerics';
import { numpyRunner } from './python.mjs';

// What `pruneOneShot` calls for a kernel: by itself no export, and without a model there is no backend in the figure.
const { sparseGpt } = await import(new URL('../packages/pruning/dist/one-shot/sparse-gpt.js', import.meta.url).href);
const SETTINGS = { blockSize: 128, dampening: 0.01 };
const GOLDEN = fileURLToPath(new URL('../golden', import.meta.url));

/** A kernel of n inputs and outputs and 2 n examples, which both sides take as 2 XᵀX over their number. */
function runnersOf(n, pattern, options) {
  const normal = (count, seed) => Float64Array.from(fillNormal(new Float32Array(count), randomKey(seed)));
  const x = normal(2 * n * n, 1);
  const h = matrixProduct(x, x, { rows: n, inner: 2 * n, cols: n, transposed: true }).map((v) => v / n);
  const kernel = { w: normal(n * n, 2), inputs: n, outputs: n };
  const setup = [
    `sys.path.insert(0, ${JSON.stringify(GOLDEN)})`,
    'from pruning_one_shot import fasterprune',
    `X, W = randn(${2 * n}, ${n}), numpy.random.default_rng(1).standard_normal((${n}, ${n}))`,
    `H = X.T @ X / ${n}`,
  ].join('\n');
  return {
    weightkit: () => sparseGpt(kernel, h, pattern, SETTINGS),
    'numpy transcription, float64': numpyRunner(setup, `fasterprune(W, H, ${options})`),
  };
}

export const tasks = [
  {
    task: 'SparseGPT 1024 x 1024, 50 %',
    rounds: 5,
    goals: { 'numpy transcription, float64': 0.5 },
    runners: runnersOf(1024, { zerosUpTo: (entries) => Math.round(entries / 2) }, 'sparsity=0.5'),
  },
  {
    task: 'SparseGPT 1024 x 1024, 2:4',
    rounds: 5,
    goals: { 'numpy transcription, float64': 0.5 },
    runners: runnersOf(1024, { n: 2, m: 4, period: 1024 }, 'prunen=2, prunem=4'),
  },
];
