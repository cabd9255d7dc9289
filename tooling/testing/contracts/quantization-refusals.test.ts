import * as tf from '@tensorflow/tfjs';
import * as kit from '@weightkit/quantization';
import { withTwinBackend } from '../src/index.ts';
import { testRefusals } from '../src/refusals.ts';
import { dispose, FLAGS, free, made, withTensors } from './refused.ts';

const PROBES = ['1', '2', 'tensor', 'int32 tensor', 'bool tensor', 'variable', '[variable]'];

const handler = { save: async () => ({ modelArtifactsInfo: {} }) };

/** A shape may be a typed array. */
const LISTED = ['Float32Array', 'Float64Array', 'Int32Array', 'Uint8Array', 'Uint32Array'];
const ON_GRID = {
  'options.dtype?': [],
  'options.group?': ['1', '2', '2^53-1'],
  'options.scheme?': [],
  'options.narrow?': FLAGS,
};
const OF_HQQ = {
  'options.bits?': ['2'],
  'options.group?': ['1', '2', '2^53-1'],
  'options.p?': ['0.5', '1'],
  'options.beta?': ['0.5', '1', '2', '2^53', '1e300'],
  'options.kappa?': ['1', '2', '2^53', '1e300'],
  'options.iterations?': ['0', '1', '2'],
};
const OF_ADA_ROUND = {
  'options.iterations?': ['1', '2'],
  'options.learningRate?': ['0.5', '1', '2', '2^53', '1e300'],
  'options.regularization?': ['0', '0.5', '1', '2', '2^53', '1e300'],
};
const OF_AWQ = {
  'options.clip?': FLAGS,
  'options.steps?': ['1', '2'],
};
const OF_GPTQ = {
  'options.actOrder?': FLAGS,
  'options.blockSize?': ['1', '2', '2^53-1'],
  'options.dampening?': ['0.5', '1', '2', '2^53', '1e300'],
};

const onGrid = () => kit.quantizeValues(Float32Array.of(-1, 2, 3), [3], { dtype: 'uint8' });

const histogramState = () => {
  const observer = kit.histogramObserver({ bins: 16 });
  observer.observe(Float32Array.of(0.5, 1));
  return observer.toJSON();
};

const codes = () => ({
  dtype: 'uint8' as const,
  narrow: false,
  min: [0],
  max: [1],
  scales: [2 ** -8],
  zeroPoints: [0],
  clipped: 0,
  axis: null,
  count: 2,
  state: { kind: 'minMax' as const, axis: null, count: 2, min: [0], max: [1] },
});
const calibrated = (): kit.Calibration => ({
  layers: [{ path: 'a', calls: 1, inputs: [codes()], outputs: [codes()] }],
  skipped: [],
  batches: 1,
  examples: 1,
});

testRefusals(
  '@weightkit/quantization',
  kit,
  [
    {
      name: 'adaRound',
      call: async (...args: Parameters<typeof kit.adaRound>) => (await kit.adaRound(...args)).restore(),
      args: () => [made(), { x: tf.ones([1, 2]) }, {}],
      takes: {
        model: ['model'],
        data: [],
        'data.x': ['tensor', 'int32 tensor', 'bool tensor', 'variable', '[variable]'],
        'options?': [],
        ...ON_GRID,
        ...OF_ADA_ROUND,
        'options.filter?': [],
        'options.resume?': ['[]'],
        'options.onLayer?': ['function', 'async function'],
      },
      own: ['class'],
      done: (args) => {
        tf.dispose((args[1] as kit.CalibrationData).x);
        dispose(args);
      },
    },
    {
      name: 'adaRoundValues',
      call: kit.adaRoundValues,
      args: () => [Float32Array.of(1, 2), [1, 2], Float64Array.of(1), {}],
      takes: { values: ['Float32Array'], shape: LISTED, hessian: [], 'options?': [], ...ON_GRID, ...OF_ADA_ROUND },
    },
    {
      name: 'awq',
      call: async (...args: Parameters<typeof kit.awq>) => (await kit.awq(...args)).restore(),
      args: () => [made(), { x: tf.ones([1, 2]) }, {}],
      takes: {
        model: ['model'],
        data: [],
        'data.x': ['tensor', 'int32 tensor', 'bool tensor', 'variable', '[variable]'],
        'options?': [],
        ...ON_GRID,
        ...OF_AWQ,
        'options.filter?': [],
        'options.resume?': ['[]'],
        'options.onLayer?': ['function', 'async function'],
      },
      own: ['class'],
      done: (args) => {
        tf.dispose((args[1] as kit.CalibrationData).x);
        dispose(args);
      },
    },
    {
      name: 'awqValues',
      call: kit.awqValues,
      args: () => [Float32Array.of(1, 2), [1, 2], { hessian: Float64Array.of(1), magnitudes: Float64Array.of(1) }, {}],
      takes: {
        values: ['Float32Array'],
        shape: LISTED,
        statistics: [],
        'statistics.hessian': [],
        'statistics.magnitudes': [],
        'options?': [],
        ...ON_GRID,
        ...OF_AWQ,
      },
    },
    {
      name: 'calibrate',
      call: kit.calibrate,
      args: () => [made(), { x: tf.ones([1, 2]) }, {}],
      takes: {
        model: ['model'],
        data: ['tensor', 'int32 tensor', 'bool tensor', 'variable', '[variable]'],
        'data.x': ['tensor', 'int32 tensor', 'bool tensor', 'variable', '[variable]'],
        'options?': [],
        'options.observer?': [],
        'options.layers?': [],
        'options.dtype?': [],
        'options.scheme?': [],
        'options.narrow?': FLAGS,
        'options.batches?': ['1', '2', '2^53-1'],
        'options.onBatch?': ['function', 'async function'],
      },
      own: ['class', 'function', 'async function'],
      done: (args) => {
        tf.dispose((args[1] as kit.CalibrationData).x);
        dispose(args);
      },
    },
    {
      name: 'clippingRange',
      call: kit.clippingRange,
      args: () => [Float32Array.of(1, 2, 3), { method: 'percentile' }],
      takes: {
        values: ['Float32Array'],
        options: [],
        'options.method': [],
        'options.bits?': ['2'],
        'options.symmetric?': FLAGS,
        'options.percentile?': ['1', '2', '0.5'],
      },
    },
    {
      name: 'convert',
      call: async (...args: Parameters<typeof kit.convert>) => (await kit.convert(...args)).restore(),
      args: () => [made(), calibrated(), {}],
      takes: {
        model: [],
        calibration: [],
        'calibration.layers': [],
        'options?': [],
        'options.weights?': ['{}', 'no prototype'],
        'options.activations?': [],
        'options.probes?': PROBES,
      },
      own: ['class'],
      done: dispose,
    },
    {
      name: 'correctBias',
      call: kit.correctBias,
      args: () => [made(), {}, {}],
      takes: {
        model: ['model'],
        data: ['{}', 'no prototype', 'tensor', 'int32 tensor', 'bool tensor', 'variable', '[variable]'],
        'options?': [],
        'options.dtype?': [],
      },
      done: dispose,
      free: (result) => (result as kit.BiasCorrection<tf.Sequential>).model.dispose(),
    },
    {
      name: 'compareBackends',
      call: (...args: Parameters<typeof kit.compareBackends>) =>
        withTwinBackend('twin', () => kit.compareBackends(...args)),
      args: () => [() => made(), [tf.getBackend(), 'twin'], { probes: 2 }],
      takes: {
        load: [],
        backends: [],
        'options?': [],
        'options.probes?': PROBES,
        'options.onProgress?': ['function', 'async function'],
        'options.signal?': [],
      },
      own: ['class'],
    },
    {
      name: 'compareOutputs',
      call: kit.compareOutputs,
      args: () => [made(), made(), { probes: 2 }],
      takes: {
        before: [],
        after: [],
        'options?': [],
        'options.probes?': PROBES,
        'options.onProgress?': ['function', 'async function'],
        'options.signal?': [],
      },
      own: ['class'],
      done: dispose,
    },
    {
      name: 'dequantize',
      call: kit.dequantize,
      args: () => [{ dtype: 'uint8', codes: Uint8Array.of(1), scale: 1, min: 0 }],
      takes: {
        quantized: [],
        'quantized.dtype': [],
        'quantized.codes': ['Uint8Array'],
        'quantized.scale': ['0', '1', '2', '-1', '0.5', '-0.5', '2^53', '1e300'],
        'quantized.min': ['0', '1', '2', '-1', '0.5', '-0.5', '2^53', '1e300'],
      },
    },
    {
      name: 'equalize',
      call: kit.equalize,
      args: () => [made(), {}],
      takes: {
        model: ['model'],
        'options?': [],
        'options.relu6?': [],
        'options.statistics?': ['{}', 'no prototype'],
        'options.tolerance?': ['0.5'],
        'options.sweeps?': ['1', '2'],
        'options.probes?': ['tensor', 'int32 tensor', 'bool tensor', 'variable', '[variable]'],
      },
      done: dispose,
      free: (result) => (result as kit.Equalization<tf.Sequential>).model.dispose(),
    },
    {
      name: 'dequantizeTensor',
      call: kit.dequantizeTensor,
      args: () => [onGrid()],
      takes: {
        quantized: [],
        'quantized.dtype': [],
        'quantized.shape': [],
        'quantized.block': [],
        'quantized.codes': [],
        'quantized.scales': [],
        'quantized.zeroPoints': ['null'],
      },
      done: dispose,
    },
    {
      name: 'dequantizeValues',
      call: kit.dequantizeValues,
      args: () => [onGrid()],
      takes: {
        quantized: [],
        'quantized.dtype': [],
        'quantized.shape': [],
        'quantized.block': [],
        'quantized.codes': [],
        'quantized.scales': [],
        'quantized.zeroPoints': ['null'],
      },
    },
    {
      name: 'fakeQuantize',
      call: kit.fakeQuantize,
      args: () => [tf.ones([2])],
      takes: {
        w: ['tensor', 'scalar', 'empty tensor', 'variable'],
        'options?': [],
        'options.dtype?': [],
        'options.bits?': ['2'],
        'options.grid?': [],
      },
      done: dispose,
      free,
    },
    {
      name: 'float16Bits',
      call: kit.float16Bits,
      args: () => [Float32Array.of(1)],
      takes: { values: ['Float32Array', 'Float32Array of NaN'] },
    },
    {
      name: 'foldBatchNorm',
      call: kit.foldBatchNorm,
      args: () => [made(), {}],
      takes: {
        model: ['model'],
        'options?': [],
        'options.probes?': ['tensor', 'int32 tensor', 'bool tensor', 'variable', '[variable]'],
      },
      done: dispose,
      free: (result) => (result as kit.BatchNormFolding<tf.Sequential>).model.dispose(),
    },
    { name: 'fromFloat16Bits', call: kit.fromFloat16Bits, args: () => [Uint16Array.of(1)], takes: { codes: [] } },
    {
      name: 'fromGgufBlocks',
      call: kit.fromGgufBlocks,
      args: () => [new Uint8Array(34), 'Q8_0'],
      takes: { bytes: [], type: [] },
    },
    {
      name: 'ggufBlocks',
      call: kit.ggufBlocks,
      args: () => [new Float32Array(32), 'Q8_0'],
      takes: { values: [], type: [] },
    },
    {
      name: 'initialStep',
      call: kit.initialStep,
      args: () => [tf.ones([2])],
      takes: {
        w: ['tensor', 'scalar', 'variable'],
        'options?': [],
        'options.dtype?': [],
        'options.axis?': ['null', '0', '-0', '-1'],
      },
      done: dispose,
      free,
    },
    {
      name: 'learnedStep',
      call: kit.learnedStep,
      args: () => [tf.ones([2]), tf.scalar(1)],
      takes: {
        w: ['tensor', 'scalar', 'empty tensor', 'variable'],
        step: ['scalar'],
        'options?': [],
        'options.dtype?': [],
        'options.axis?': ['null'],
      },
      done: dispose,
      free,
    },
    {
      name: 'matMulNBits',
      call: kit.matMulNBits,
      args: () => [new Float32Array(6), [2, 3], {}],
      takes: {
        kernel: [],
        shape: [],
        'options?': [],
        'options.bits?': ['2'],
        'options.blockSize?': [],
        'options.affine?': FLAGS,
      },
    },
    {
      name: 'gptq',
      call: async (...args: Parameters<typeof kit.gptq>) => (await kit.gptq(...args)).restore(),
      args: () => [made(), { x: tf.ones([1, 2]) }, {}],
      takes: {
        model: ['model'],
        data: [],
        'data.x': ['tensor', 'int32 tensor', 'bool tensor', 'variable', '[variable]'],
        'options?': [],
        ...ON_GRID,
        ...OF_GPTQ,
        'options.filter?': [],
        'options.resume?': ['[]'],
        'options.onLayer?': ['function', 'async function'],
      },
      own: ['class'],
      done: (args) => {
        tf.dispose((args[1] as kit.CalibrationData).x);
        dispose(args);
      },
    },
    {
      name: 'gptqValues',
      call: kit.gptqValues,
      args: () => [Float32Array.of(1, 2), [1, 2], Float64Array.of(1), {}],
      takes: { values: ['Float32Array'], shape: LISTED, hessian: [], 'options?': [], ...ON_GRID, ...OF_GPTQ },
    },
    {
      name: 'histogramObserver',
      call: kit.histogramObserver,
      args: () => [{ range: 'percentile' }],
      takes: {
        'options?': ['{}', 'no prototype'],
        'options.range?': [],
        'options.percentile?': ['1', '2', '0.5'],
        'options.bins?': [],
      },
    },
    {
      name: 'hqq',
      call: async (...args: Parameters<typeof kit.hqq>) => (await kit.hqq(...args)).restore(),
      args: () => [made(), {}],
      takes: {
        model: ['model'],
        'options?': [],
        ...OF_HQQ,
        'options.filter?': [],
        'options.onLayer?': ['function', 'async function'],
      },
      own: ['class'],
      done: dispose,
    },
    {
      name: 'hqqValues',
      call: kit.hqqValues,
      args: () => [Float32Array.of(1, 2), [1, 2], {}],
      takes: { values: ['Float32Array'], shape: LISTED, 'options?': [], ...OF_HQQ },
    },
    {
      name: 'minMaxObserver',
      call: kit.minMaxObserver,
      args: () => [{}],
      takes: { 'options?': [], 'options.axis?': ['0', '1', '2', '-1'] },
    },
    {
      name: 'mixedPrecision',
      call: async (...args: Parameters<typeof kit.mixedPrecision>) => (await kit.mixedPrecision(...args)).restore(),
      args: () => [made(), { x: tf.ones([1, 2]) }, {}],
      takes: {
        model: ['model'],
        data: [],
        'data.x': ['tensor', 'int32 tensor', 'bool tensor', 'variable', '[variable]'],
        'options?': [],
        'options.method?': [],
        'options.settings?': ['{}', 'no prototype'],
        'options.grids?': [],
        'options.agree?': ['0', '0.5', '1'],
        'options.bytes?': ['2^53', '1e300'],
        'options.probes?': PROBES,
        'options.filter?': [],
        'options.resume?': ['[]'],
        'options.onLayer?': ['function', 'async function'],
        'options.signal?': [],
      },
      own: ['class'],
      done: (args) => {
        tf.dispose((args[1] as kit.CalibrationData).x);
        dispose(args);
      },
    },
    {
      name: 'movingAverageObserver',
      call: kit.movingAverageObserver,
      args: () => [{}],
      takes: { 'options?': [], 'options.axis?': ['0', '1', '2', '-1'], 'options.constant?': ['0.5', '1'] },
    },
    {
      name: 'observerFrom',
      call: kit.observerFrom,
      args: () => [{ kind: 'minMax', axis: null, count: 2, min: [0], max: [2] }],
      takes: {
        state: [],
        'state.kind': [],
        'state.axis': ['null', '0', '1', '2', '-1'],
        'state.count': ['1', '2', '2^53-1'],
        'state.min': [],
        'state.max': [],
      },
    },
    {
      name: 'observerFrom',
      call: kit.observerFrom,
      args: () => [histogramState()],
      takes: {
        state: [],
        'state.kind': [],
        'state.range': [],
        'state.percentile': ['0.5', '1', '2'],
        'state.count': ['2'],
        'state.low': ['0', '-0', '0.5', '1', '-1', '-0.5'],
        'state.high': ['0.5', '1', '2', '2^53', '2^53-1'],
        'state.counts': [],
      },
    },
    {
      name: 'pact',
      call: kit.pact,
      args: () => [tf.ones([2]), tf.scalar(1)],
      takes: {
        x: ['tensor', 'scalar', 'empty tensor', 'variable'],
        alpha: ['scalar'],
        'options?': [],
        'options.bits?': ['2'],
      },
      done: dispose,
      free,
    },
    {
      name: 'prepare',
      call: kit.prepare,
      args: () => [made(), {}],
      takes: {
        model: ['model'],
        'options?': [],
        'options.observer?': ['function', 'async function', 'class'],
        'options.layers?': [],
        'options.dtype?': [],
        'options.scheme?': [],
        'options.narrow?': FLAGS,
      },
      done: dispose,
    },
    {
      name: 'quantize',
      call: kit.quantize,
      args: () => [Float32Array.of(1), {}],
      takes: { values: ['Float32Array'], 'options?': [], 'options.dtype?': [] },
    },
    {
      name: 'quantizeModel',
      call: kit.quantizeModel,
      args: () => [made(), {}],
      takes: {
        model: ['model'],
        'options?': [],
        'options.dtype?': [],
        'options.filter?': [],
        'options.rename?': FLAGS,
        'options.probes?': PROBES,
        'options.agree?': [],
        'options.among?': [],
        'options.bytes?': [],
        'options.range?': [],
        'options.percentile?': [],
        'options.onProgress?': [],
        'options.signal?': [],
      },
      own: ['class'],
      done: dispose,
    },
    {
      name: 'quantizeTensor',
      call: kit.quantizeTensor,
      args: () => [tf.ones([2]), { dtype: 'int8' }],
      takes: {
        w: ['tensor', 'variable', 'scalar', 'empty tensor'],
        grid: [],
        'grid.dtype': [],
        'grid.granularity?': [],
        'grid.scheme?': [],
        'grid.narrow?': FLAGS,
        'grid.ranges?': [],
        'grid.range?': [],
        'grid.percentile?': [],
      },
      free,
    },
    {
      name: 'quantizeValues',
      call: kit.quantizeValues,
      args: () => [Float32Array.of(1, 2, 3), [3], { dtype: 'int8' }],
      takes: {
        values: [],
        shape: [],
        grid: [],
        'grid.dtype': [],
        'grid.granularity?': [],
        'grid.scheme?': [],
        'grid.narrow?': FLAGS,
        'grid.ranges?': [],
        'grid.range?': [],
        'grid.percentile?': [],
      },
    },
    {
      name: 'save',
      call: kit.save,
      args: async () => {
        const model = made();
        return [await kit.quantizeModel(model), handler, model];
      },
      takes: { quantized: [], target: [] },
      done: dispose,
    },
    {
      name: 'smoothQuant',
      call: async (...args: Parameters<typeof kit.smoothQuant>) => (await kit.smoothQuant(...args)).restore(),
      args: () => [made(), { x: tf.ones([1, 2]) }, {}],
      takes: {
        model: ['model'],
        data: [],
        'data.x': ['tensor', 'int32 tensor', 'bool tensor', 'variable', '[variable]'],
        'options?': [],
        'options.alpha?': ['0', '1', '0.5'],
        'options.filter?': [],
      },
      own: ['class'],
      done: (args) => {
        tf.dispose((args[1] as kit.CalibrationData).x);
        dispose(args);
      },
    },
    {
      name: 'trainActivations',
      call: async (...args: Parameters<typeof kit.trainActivations>) => (await kit.trainActivations(...args)).restore(),
      args: () => [
        tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2], activation: 'relu', name: 'a' })] }),
        { alpha: 1 },
      ],
      takes: {
        model: [],
        'options?': [],
        'options.bits?': ['2'],
        'options.alpha?': ['0.5', '1', '2', '2^53'],
        'options.decay?': ['0', '0.5', '1', '2', '2^53', '1e300'],
        'options.layers?': [],
      },
      own: ['class'],
      done: dispose,
    },
    {
      name: 'trainQuantized',
      call: async (...args: Parameters<typeof kit.trainQuantized>) => (await kit.trainQuantized(...args)).restore(),
      args: () => [made(), {}],
      takes: {
        model: ['model'],
        'options?': [],
        'options.grid?': [],
        'options.learned?': FLAGS,
        'options.filter?': [],
      },
      own: ['class'],
      done: dispose,
    },
  ],
  withTensors,
);
