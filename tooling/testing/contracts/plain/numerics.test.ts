import * as kit from '@weightkit/numerics';
import { type Refusal, testRefusals } from '../../src/refusals.ts';
import { FLAGS } from './opened.ts';

const KEY = [0, 1] as const;
const offset = { 'options.offset?': ['0', '1', '2'] };
const floats = ['Float32Array', 'Float64Array'];
const anyFloats = [...floats, 'Float32Array of NaN'];
const identity = () => Float64Array.of(1, 0, 0, 1);
const square = { 'shape.rows': ['2'], 'shape.cols': ['2'] };
const sizes = { 'shape.size': ['2'], 'shape.cols?': ['1'] };

const fill = (
  name: string,
  call: Refusal['call'],
  out: () => unknown,
  right: string[],
  own: Refusal['takes'],
): Refusal => ({
  name,
  call,
  args: () => [out(), KEY],
  takes: { out: right, key: [], 'options?': [], ...own, ...offset },
});

const matrix = (name: string, call: Refusal['call']): Refusal => ({
  name,
  call,
  args: () => [identity(), { rows: 2, cols: 2 }],
  takes: { a: [], shape: [], ...square },
});

const mask = (name: string, call: Refusal['call']): Refusal => ({
  name,
  call,
  args: () => [Float32Array.of(1, 2), 1],
  takes: { x: ['Float32Array'], keep: ['0', '1', '2'] },
});

const parts = { input: [], 'input.re': floats, 'input.im?': floats };
const spectrum = (name: string, call: Refusal['call']): Refusal => ({
  name,
  call,
  args: () => [{ re: Float64Array.of(1, 2) }],
  takes: parts,
});

testRefusals('@weightkit/numerics', kit, [
  {
    name: 'affineCodes',
    call: kit.affineCodes,
    args: () => [Float32Array.of(0, 1), new Uint8Array(2), { scale: 1, min: 0, max: 1 }],
    takes: {
      x: ['Float32Array', 'Float32Array of NaN'],
      codes: ['Uint8Array'],
      grid: [],
      'grid.scale': ['1', '2', '0.5', '2^53', '1e300'],
      'grid.min': ['0', '1', '-1', '0.5', '-0.5'],
      'grid.max': ['0', '1', '2', '0.5'],
      'grid.law?': [],
    },
  },
  {
    name: 'assignment',
    call: kit.assignment,
    args: () => [identity(), { rows: 2, cols: 2 }],
    takes: { cost: [], shape: [], ...square, 'options?': [], 'options.maximize?': FLAGS },
  },
  matrix('cholesky', kit.cholesky),
  {
    name: 'blockAxes',
    call: kit.blockAxes,
    args: () => [[2], [1]],
    takes: { shape: [], block: [] },
  },
  {
    name: 'blockCount',
    call: kit.blockCount,
    args: () => [[2], [1]],
    takes: { shape: [], block: [] },
  },
  {
    name: 'compareMagnitudes',
    call: kit.compareMagnitudes,
    args: () => [Float32Array.of(1, 2), 1],
    takes: {
      x: ['Float32Array', 'Float32Array of NaN'],
      threshold: ['0', '1', '2', '0.5', 'Infinity', '2^53'],
    },
  },
  {
    name: 'countMagnitudes',
    call: kit.countMagnitudes,
    args: () => [1],
    takes: { 'upper?': ['0', '1', '2'] },
  },
  { name: 'pieceBuffer', call: kit.pieceBuffer, args: () => [], takes: {} },
  matrix('eigh', kit.eigh),
  matrix('inverseFactor', kit.inverseFactor),
  matrix('qr', kit.qr),
  matrix('singularValues', kit.singularValues),
  matrix('svd', kit.svd),
  { name: 'extent', call: kit.extent, args: () => [Float32Array.of(1, 2)], takes: { x: anyFloats } },
  spectrum('fft', kit.fft),
  spectrum('ifft', kit.ifft),
  fill('fillBernoulli', kit.fillBernoulli, () => new Uint8Array(2), ['Uint8Array'], {
    'options.p?': ['0', '1', '0.5'],
  }),
  fill('fillBits', kit.fillBits, () => new Uint32Array(2), ['Uint32Array'], {}),
  {
    name: 'blockExtents',
    call: kit.blockExtents,
    args: () => [Float32Array.of(1, 2), { shape: [2], block: [1] }],
    takes: {
      x: ['Float32Array', 'Float32Array of NaN'],
      blocks: [],
      'blocks.shape': [],
      'blocks.block': [],
    },
  },
  {
    name: 'integerCodes',
    call: kit.integerCodes,
    args: () => [
      Float32Array.of(1, 2),
      new Int8Array(2),
      { shape: [2], block: [1], scales: Float32Array.of(1, 2), zeroPoints: Int32Array.of(0, 1), least: 0, most: 7 },
    ],
    takes: {
      x: ['Float32Array', 'Float32Array of NaN'],
      codes: ['Uint8Array'],
      grid: [],
      'grid.shape': [],
      'grid.block': [],
      'grid.scales': ['Float32Array'],
      'grid.zeroPoints?': ['null', 'Int32Array'],
      'grid.least': ['0', '1', '2', '-1'],
      'grid.most': ['0', '1', '2'],
    },
  },
  {
    name: 'integerValues',
    call: kit.integerValues,
    args: () => [
      Uint8Array.of(1, 2),
      { shape: [2], block: [1], scales: Float32Array.of(1, 2), zeroPoints: Int32Array.of(0, 1) },
    ],
    takes: {
      codes: ['Uint8Array'],
      grid: [],
      'grid.shape': [],
      'grid.block': [],
      'grid.scales': ['Float32Array', 'Float32Array of NaN'],
      'grid.zeroPoints?': ['null', 'Int32Array'],
      'grid.out?': ['Float32Array', 'Float32Array of NaN'],
    },
  },
  {
    name: 'decodeCodes',
    call: kit.decodeCodes,
    args: () => [
      Uint8Array.of(1, 2),
      { shape: [2], block: [1], scales: Float32Array.of(1, 2), zeroPoints: Int32Array.of(0, 1) },
    ],
    takes: {
      codes: ['Uint8Array'],
      blocks: [],
      'blocks.shape': [],
      'blocks.block': [],
      'blocks.scales': ['Float32Array', 'Float32Array of NaN'],
      'blocks.zeroPoints?': ['null', 'Int32Array', 'Float32Array', 'Float32Array of NaN'],
      'blocks.codebook?': ['null'],
      'blocks.from?': ['0'],
    },
  },
  {
    name: 'fillIntegers',
    call: kit.fillIntegers,
    args: () => [new Int32Array(2), KEY, { max: 3 }],
    takes: {
      out: ['Int32Array', 'Uint32Array'],
      key: [],
      options: [],
      'options.max': ['1', '2'],
      'options.min?': ['0', '1', '2', '-1'],
      ...offset,
    },
  },
  fill('fillNormal', kit.fillNormal, () => new Float32Array(2), ['Float32Array', 'Float32Array of NaN'], {
    'options.mean?': ['0', '1', '2', '-1', '0.5', '-0.5', '2^53'],
    'options.std?': ['0', '1', '2', '0.5', '2^53'],
  }),
  fill(
    'fillTruncatedNormal',
    kit.fillTruncatedNormal,
    () => new Float32Array(2),
    ['Float32Array', 'Float32Array of NaN'],
    {
      'options.mean?': ['0', '1', '2', '-1', '0.5', '-0.5', '2^53'],
      'options.std?': ['0', '1', '2', '0.5', '2^53'],
      'options.lower?': ['0', '1', '-1', '0.5', '-0.5', '-Infinity'],
      'options.upper?': ['0', '1', '2', '-1', '0.5', '-0.5', 'Infinity', '2^53', '1e300'],
    },
  ),
  fill('fillUniform', kit.fillUniform, () => new Float32Array(2), ['Float32Array', 'Float32Array of NaN'], {
    'options.min?': ['0', '1', '-1', '0.5', '-0.5'],
    'options.max?': ['0', '1', '2', '0.5', '2^53'],
  }),
  {
    name: 'float16Bits',
    call: kit.float16Bits,
    args: () => [Float32Array.of(1, 2), { out: new Uint16Array(2) }],
    takes: { values: ['Float32Array', 'Float32Array of NaN'], 'options?': [], 'options.out?': [] },
  },
  {
    name: 'foldIn',
    call: kit.foldIn,
    args: () => [KEY, 1],
    takes: { key: [], data: ['0', '1', '2'] },
  },
  {
    name: 'fromFloat16Bits',
    call: kit.fromFloat16Bits,
    args: () => [Uint16Array.of(1)],
    takes: { codes: [] },
  },
  {
    name: 'haarOrthogonal',
    call: kit.haarOrthogonal,
    args: () => [2, 2, KEY],
    takes: { rows: ['0', '1', '2'], cols: ['0', '1', '2'], key: [] },
  },
  {
    name: 'histogram',
    call: kit.histogram,
    args: () => [Float32Array.of(1, 2)],
    takes: { x: anyFloats, 'options?': [], 'options.bins?': ['1', '2'], 'options.range?': [] },
  },
  {
    name: 'kthMagnitude',
    call: kit.kthMagnitude,
    args: () => [Float32Array.of(1, 2), 1],
    takes: { x: ['Float32Array'], k: ['1', '2'] },
  },
  mask('largestMask', kit.largestMask),
  mask('magnitudeMask', kit.magnitudeMask),
  {
    name: 'leastSquares',
    call: kit.leastSquares,
    args: () => [identity(), Float64Array.of(1, 2), { rows: 2, cols: 2 }],
    takes: { a: [], b: floats, shape: [], ...square, 'shape.targets?': ['1'] },
  },
  {
    name: 'magnitudePrune',
    call: kit.magnitudePrune,
    args: () => [Float32Array.of(1, 2), 1, {}],
    takes: {
      x: ['Float32Array'],
      keep: ['0', '1', '2'],
      'options?': [],
      'options.out?': ['Float32Array', 'Float32Array of NaN'],
    },
  },
  {
    name: 'matrixProduct',
    call: kit.matrixProduct,
    args: () => [Float64Array.of(1, 2), Float64Array.of(3, 4), { rows: 1, inner: 2, cols: 1 }],
    takes: {
      a: floats,
      b: floats,
      shape: [],
      'shape.rows': ['1'],
      'shape.inner': ['2'],
      'shape.cols': ['1'],
      'shape.transposed?': ['true', 'false'],
    },
  },
  {
    name: 'mergeMoments',
    call: kit.mergeMoments,
    args: () => [kit.moments(Float32Array.of(1, 2)), kit.moments(Float32Array.of(3))],
    takes: { a: [], b: [], 'a.count': ['0', '1', '2'], 'b.zeros': ['0', '1', '2'] },
  },
  {
    name: 'moments',
    call: kit.moments,
    args: () => [Float32Array.of(1, 2)],
    takes: { x: anyFloats },
  },
  {
    name: 'packCodes',
    call: kit.packCodes,
    args: () => [Uint8Array.of(0, 1), 2],
    takes: { codes: ['Uint8Array'], bits: ['1', '2'] },
  },
  {
    name: 'packedBytes',
    call: kit.packedBytes,
    args: () => [3, 4],
    takes: { length: ['0', '1', '2'], bits: ['1', '2'] },
  },
  { name: 'pathHash', call: kit.pathHash, args: () => ['a'], takes: { path: ["''", "'5'", "'nonsense'"] } },
  { name: 'permutation', call: kit.permutation, args: () => [3, KEY], takes: { n: ['0', '1', '2'], key: [] } },
  {
    name: 'quantiles',
    call: kit.quantiles,
    args: () => [Float32Array.of(1, 2), [0.5]],
    takes: { x: floats, ps: ['[]'] },
  },
  {
    name: 'randomKey',
    call: kit.randomKey,
    args: () => [1],
    takes: { seed: ['0', '1', '2', '-1'], 'path?': ["''", "'5'", "'nonsense'"] },
  },
  {
    name: 'normalCdf',
    call: kit.normalCdf,
    args: () => [0],
    takes: { x: ['0', '1', '2', '-1', '0.5', '-0.5', 'NaN', 'Infinity', '-Infinity', '2^53', '1e300'] },
  },
  {
    name: 'roundHalfEven',
    call: kit.roundHalfEven,
    args: () => [1],
    takes: { x: ['0', '1', '2', '-1', '0.5', '-0.5', 'NaN', 'Infinity', '-Infinity', '2^53', '1e300'] },
  },
  {
    name: 'solve',
    call: kit.solve,
    args: () => [identity(), Float64Array.of(1, 2), { size: 2 }],
    takes: { a: [], b: floats, shape: [], ...sizes },
  },
  {
    name: 'solveTriangular',
    call: kit.solveTriangular,
    args: () => [identity(), Float64Array.of(1, 2), { size: 2 }],
    takes: {
      t: [],
      b: floats,
      shape: [],
      ...sizes,
      'shape.lower?': ['true', 'false'],
      'shape.transposed?': ['true', 'false'],
      'shape.unitDiagonal?': ['true', 'false'],
    },
  },
  {
    name: 'threefry2x32',
    call: kit.threefry2x32,
    args: () => [KEY, 0, 1],
    takes: { key: [], x0: ['0', '1', '2', '-1'], x1: ['0', '1', '2', '-1'] },
  },
  {
    name: 'truncatedSvd',
    call: kit.truncatedSvd,
    args: () => [identity(), { rows: 2, cols: 2 }, { rank: 1 }],
    takes: {
      a: [],
      shape: [],
      ...square,
      options: [],
      'options.rank': ['1', '2'],
      'options.oversampling?': ['0', '1', '2'],
      'options.powerIterations?': ['0', '1', '2'],
      'options.seed?': ['0', '1', '2', '-1'],
    },
  },
  {
    name: 'unpackCodes',
    call: kit.unpackCodes,
    args: () => [Uint8Array.of(1, 2), { bits: 4, length: 4 }],
    takes: {
      bytes: ['Uint8Array'],
      layout: [],
      'layout.bits': [],
      'layout.length': [],
      'layout.signed?': FLAGS,
    },
  },
  {
    name: 'zeroSmaller',
    call: kit.zeroSmaller,
    args: () => [Float32Array.of(1, 2), { threshold: 1, ties: 1 }],
    takes: {
      x: ['Float32Array', 'Float32Array of NaN'],
      options: [],
      'options.threshold': ['0', '1', '2', '0.5', 'Infinity', '2^53'],
      'options.ties': ['0', '1', '2'],
      'options.out?': ['Float32Array', 'Float32Array of NaN'],
    },
  },
]);
