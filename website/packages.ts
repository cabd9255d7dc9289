/** A published package, as the site names it. */
export interface Package {
  /** The folder in `packages/`, and the name after `@weightkit/`. */
  name: string;
  /** What it is for, in a line. */
  what: string;
  /** Whether it stands on TensorFlow.js. */
  tfjs: boolean;
}

/** The published packages in the order in which the site shows them. */
export const packages: readonly Package[] = [
  {
    name: 'initializers',
    what: 'Start right: He, Glorot, LeCun, PyTorch’s default and orthogonal weights that have the variance they state.',
    tfjs: true,
  },
  {
    name: 'weight-metrics',
    what: 'See what weights do: summaries, spectra, histograms, distances and gradients, once or during fit.',
    tfjs: true,
  },
  {
    name: 'pruning',
    what: 'Set most weights to zero: exact counts, per layer or global, on a schedule, through any optimizer.',
    tfjs: true,
  },
  {
    name: 'quantization',
    what: 'Store weights in a byte or two: uint8, uint16 and float16 files that stock TensorFlow.js loads.',
    tfjs: true,
  },
  {
    name: 'weightnorm',
    what: 'Train length and direction apart: weight normalization for layers as they are.',
    tfjs: true,
  },
  {
    name: 'transfer-freeze',
    what: 'Keep weights as they are, bit for bit, BatchNorm and nested models included, with a proof.',
    tfjs: true,
  },
  {
    name: 'viz',
    what: 'Draw it: charts and reports as SVG, HTML and PNG, the same bytes in Node and in browsers.',
    tfjs: false,
  },
  {
    name: 'checkpoint',
    what: 'Open any weight file: TensorFlow.js, safetensors, npz and GGUF as lazy tensors, written in another format.',
    tfjs: false,
  },
  {
    name: 'core',
    what: 'What the others stand on: weight paths, parametrization, an optimizer tap, folded saving, fans.',
    tfjs: true,
  },
  {
    name: 'numerics',
    what: 'Random streams equal to JAX, statistics, selection and singular values, in SIMD WebAssembly.',
    tfjs: false,
  },
];
