import * as tf from '@tensorflow/tfjs';
import * as kit from '@weightkit/quantization';
import { testContracts } from '../src/contracts.ts';
import { artifactsOf, loadStock, withTwinBackend } from '../src/index.ts';
import { EXACT, HOST, input, predict, withModel, withTensors } from './fixtures.ts';

const fake = (values: number[], options?: kit.FakeQuantizeOptions) =>
  withTensors([tf.tensor1d(values)], (w) => kit.fakeQuantize(w, options));

const quantized = (then: (model: kit.QuantizedModel) => unknown) =>
  withModel(async (model) => then(await kit.quantizeModel(model, { dtype: 'uint16' })));

/** What stock TensorFlow.js predicts after the quantized model is saved and loaded. */
async function predictStock(model: kit.QuantizedModel): Promise<tf.Tensor> {
  const stock = await loadStock(await artifactsOf((handler) => kit.save(model, handler)));
  const result = predict(stock);
  stock.dispose();
  return result;
}

/** What a model that was made anew predicts; it is disposed. */
async function predictAnew({ model }: { model: tf.LayersModel }): Promise<tf.Tensor> {
  const result = predict(model);
  model.dispose();
  return result;
}

/** A dense layer and a batch normalization that doubles what is left of it above 1: [[1, 2, 3]] gives 2 (6 - 1) + 3. */
async function withNorm<T>(run: (model: tf.Sequential) => Promise<T>): Promise<T> {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 1, inputShape: [3], useBias: false, name: 'a' }),
      tf.layers.batchNormalization({ epsilon: 0, name: 'norm' }),
    ],
  });
  tf.tidy(() => {
    model.layers[0]!.setWeights([tf.ones([3, 1])]);
    model.layers[1]!.setWeights([[4], [3], [1], [4]].map((values) => tf.tensor1d(values)));
  });
  try {
    return await run(model);
  } finally {
    model.dispose();
  }
}

/** The model of two dense layers with a ReLU on the first. */
async function withReLU<T>(run: (model: tf.Sequential) => Promise<T>): Promise<T> {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 2, inputShape: [3], activation: 'relu', name: 'a' }),
      tf.layers.dense({ units: 1, name: 'b' }),
    ],
  });
  try {
    return await withModel((plain) => {
      model.setWeights(plain.getWeights());
      return run(model);
    });
  } finally {
    model.dispose();
  }
}

/** Two rows of int4. */
const twoBlocks = (): kit.QuantizedValues => ({
  dtype: 'int4',
  shape: [2, 2],
  block: [1, 2],
  codes: Int8Array.of(-8, 6, -8, 7),
  scales: Float32Array.of(0.25, 1),
  zeroPoints: null,
});

/** 1, -2, 2^-14, 65504, infinity and 1/3 as IEEE 754 halves. */
const HALVES = [0x3c00, 0xc000, 0x0400, 0x7bff, 0x7c00, 0x3555];

testContracts('@weightkit/quantization', kit, [
  {
    name: 'adaRound',
    title: 'rounds each layer by what the rounded ones before it give: here nothing, for they are on the grid',
    value: () =>
      withModel((model) =>
        withTensors([input()], async (x) => {
          const { layers, skipped } = await kit.adaRound(model, { x }, { dtype: 'int3' });
          return [
            predict(model),
            layers.map(({ path, error, moved, bytes }) => [path, error, moved, bytes]),
            skipped.length,
          ];
        }),
      ),
    reference: [
      [12],
      [
        ['a/kernel', 0, 0, 3 + 8],
        ['b/kernel', 0, 0, 1 + 4],
      ],
      2,
    ],
    tolerance: EXACT,
    rejects: [
      [
        () =>
          withTensors([input()], (x) => withModel((model) => kit.adaRound(model, { x }, { dtype: 'nf4' as never }))),
        'adaRound: dtype must be of integers, int2 to int8, uint2 to uint8 or uint16, got "nf4"',
      ],
      [
        () => withTensors([tf.fill([1, 3], Number.NaN)], (x) => withModel((model) => kit.adaRound(model, { x }))),
        'adaRound: activations must be finite, got NaN at the input of a/kernel[0]',
      ],
    ],
  },
  {
    name: 'adaRoundValues',
    title: 'lets one of two equal inputs have both',
    value: () =>
      kit.adaRoundValues(Float32Array.of(0.45, 0.3, 7), [3, 1], Float64Array.of(1, 1, 0, 1, 1, 0, 0, 0, 1)).quantized
        .codes,
    reference: [1, 0, 7],
    tolerance: EXACT,
    rejects: [
      [
        () => kit.adaRoundValues(Float32Array.of(1), [1, 1], Float64Array.of(-1)),
        'adaRoundValues: hessian must have 0 or more at row 0, got -1',
      ],
    ],
  },
  {
    name: 'awq',
    title: 'rounds each layer by what the rounded ones before it give: here nothing, for they are on the grid',
    value: () =>
      withModel((model) =>
        withTensors([input()], async (x) => {
          const { layers, skipped } = await kit.awq(model, { x }, { dtype: 'int3' });
          return [predict(model), layers.map(({ path, error, bytes }) => [path, error, bytes]), skipped.length];
        }),
      ),
    reference: [
      [12],
      [
        ['a/kernel', 0, 3 + 8 + 12],
        ['b/kernel', 0, 1 + 4 + 8],
      ],
      2,
    ],
    tolerance: EXACT,
    rejects: [
      [
        () => withTensors([input()], (x) => withModel((model) => kit.awq(model, { x }, { steps: 0 }))),
        'awq: steps must be an integer from 1 to 1000, got 0',
      ],
      [
        () => withTensors([tf.fill([1, 3], Number.NaN)], (x) => withModel((model) => kit.awq(model, { x }))),
        'awq: activations must be finite, got NaN at the input of a/kernel[0]',
      ],
    ],
  },
  {
    name: 'awqValues',
    title: 'leaves the weight of a large input where it was, which the nearest code would not',
    value: () =>
      kit.awqValues(
        Float32Array.of(0.4, 7),
        [2, 1],
        { hessian: Float64Array.of(10000, 0, 0, 1), magnitudes: Float64Array.of(100, 1) },
        { clip: false, steps: 2 },
      ).values,
    // α = 1/2: factors √10 and 1 / √10, a scale of 1 / √10, codes 4 and 7.
    reference: [0.4, 7],
    tolerance: { atMost: 2 ** -20, because: 'four roundings to float32 of numbers up to 7' },
    rejects: [
      [
        () =>
          kit.awqValues(Float32Array.of(1), [1, 1], {
            hessian: Float64Array.of(1),
            magnitudes: Float64Array.of(-1),
          }),
        'awqValues: magnitudes must be 0 or more, got -1',
      ],
    ],
  },
  {
    name: 'calibrate',
    title: 'says what layers are given and give: [1, 2, 3], [4, -4] and 12',
    value: () =>
      withModel((model) =>
        withTensors([input()], async (x) => {
          const { layers, examples } = await kit.calibrate(model, { x }, { observer: 'minMax' });
          return [
            examples,
            layers.map(({ path, calls, inputs, outputs }) => [path, calls, inputs[0]!.max, outputs[0]!.min]),
          ];
        }),
      ),
    reference: [
      1,
      [
        ['a', 1, [3], [-4]],
        ['b', 1, [4], [12]],
      ],
    ],
    tolerance: EXACT,
    rejects: [
      [() => withModel((model) => kit.calibrate(model, [])), 'calibrate: data must have one batch or more, got 0'],
      [
        () => withTensors([tf.fill([1, 3], Number.NaN)], (x) => withModel((model) => kit.calibrate(model, { x }))),
        'calibrate: activations must be finite, got NaN at batch 0, the input of a[0]',
      ],
      [
        () => withTensors([input()], (x) => withModel((model) => kit.calibrate(model, { x }, { layers: ['c'] }))),
        'calibrate: layers must be in the model (there are a, b), got "c"',
      ],
    ],
  },
  {
    name: 'clippingRange',
    title: 'leaves out as much above as below, numpy.quantile of 0 to 100 at .05 and .95',
    value: () =>
      kit.clippingRange(
        Float32Array.from({ length: 101 }, (_, i) => i),
        { method: 'percentile', percentile: 90 },
      ),
    reference: { min: 0, max: 95 },
    tolerance: { atMost: 2 ** -44, because: 'fewer than 4 float64 roundings of numbers up to 100' },
    rejects: [
      [
        () => kit.clippingRange(Float32Array.of(1, Number.NaN), { method: 'mse' }),
        'clippingRange: values must be finite, got NaN at values[1]',
      ],
      [() => kit.clippingRange(new Float32Array(0), { method: 'mse' }), 'clippingRange: values must not be empty'],
      [
        () => kit.clippingRange(Float32Array.of(1, 2), { method: 'entropy', bits: 9 }),
        'clippingRange: bits must be an integer from 2 to 8, got 9',
      ],
    ],
  },
  {
    name: 'convert',
    title: 'rounds weights and activations to codes: with steps of 1 here, beyond 4 of which the input of b is cut',
    value: () =>
      withModel((model) =>
        withTensors([input()], async (x) => {
          const calibration = await kit.calibrate(model, { x }, { observer: 'minMax', dtype: 'int4' });
          for (const one of calibration.layers.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]))
            Object.assign(one!, { scales: [one!.max[0] === 12 ? 5 : 1], zeroPoints: [one!.max[0] === 4 ? 3 : 0] });
          const converted = await kit.convert(model, calibration, { weights: { dtype: 'float16' } });
          const found = predict(model);
          converted.restore();
          return [found, predict(model), converted.layers.length];
        }),
      ),
    // [4, -4] has codes 4 + 3 and -4 + 3 within -8..7: 4 - 2 (-4) is 12, 2.4 steps of 5.
    reference: [[10], [12], 2],
    tolerance: EXACT,
    rejects: [
      [
        () => withModel((model) => kit.convert(model, {} as never)),
        'convert: calibration must be what calibrate returned',
      ],
    ],
  },
  {
    name: 'correctBias',
    title: 'takes back by how much rounded kernels shift what layers give: here by nothing, for they are on the grid',
    value: () => withModel((model) => withTensors([input()], (x) => kit.correctBias(model, x).then(predictAnew))),
    reference: [12],
    tolerance: { atMost: 2 ** -18, because: 'fewer than 8 float32 roundings of numbers up to 8: 8 · 8 · 2^-24' },
    rejects: [
      [() => withModel((model) => kit.correctBias(model, { c: {} as never })), 'correctBias: statistics must be those'],
      [() => withModel((model) => kit.correctBias(model, 1 as never)), 'correctBias: data must be'],
    ],
  },
  {
    name: 'compareBackends',
    title: 'finds no change between a backend and its twin, and goes back to the one from before',
    value: () =>
      withTwinBackend('twin', async (twin) => {
        const load = () => tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] });
        const backend = tf.getBackend();
        // The same weights each time.
        const weights = load().getWeights();
        const again = () => {
          const model = load();
          model.setWeights(weights);
          return model;
        };
        const effects = await kit.compareBackends(again, [backend, twin], { probes: 2 });
        tf.dispose(weights);
        const { relative, largest, firstDiverging } = effects[twin]!;
        return [Object.keys(effects).join(), relative, largest, firstDiverging, tf.getBackend() === backend];
      }),
    reference: ['twin', 0, 0, null, true],
    tolerance: EXACT,
    rejects: [
      [
        () => kit.compareBackends(() => ({}) as never, [tf.getBackend(), 'twin']),
        'compareBackends: model must be a LayersModel',
      ],
      [
        () => kit.compareBackends(() => ({}) as never, ['abacus', 'cpu']),
        'compareBackends: backends must be among those',
      ],
      [
        () => kit.compareBackends(() => ({}) as never, ['cpu']),
        'compareBackends: backends must be two or more, each once',
      ],
    ],
  },
  {
    name: 'compareOutputs',
    title: 'counts the rows whose top class stays, and how far numbers go',
    value: () =>
      withModel((before) =>
        withModel((after) =>
          withTensors([tf.ones([2, 3])], async (probes) => {
            const {
              agree,
              relative,
              largest,
              from,
              probes: count,
            } = await kit.compareOutputs(before, after, { probes });
            return [agree, relative, largest, from, count];
          }),
        ),
      ),
    reference: [null, 0, 0, 'given', 2],
    tolerance: EXACT,
    rejects: [
      [
        () => withModel((model) => kit.compareOutputs(model, {} as never)),
        'compareOutputs: model must be a LayersModel',
      ],
      [
        () => withModel((model) => kit.compareOutputs(model, model, { probes: 0 })),
        'compareOutputs: probes must be tensors, or how many are to be made',
      ],
    ],
  },
  {
    name: 'dequantize',
    title: 'is codes · scale + min',
    value: () => kit.dequantize({ dtype: 'uint8', codes: new Uint8Array([0, 4, 255]), scale: 0.25, min: -1 }),
    reference: [-1, 0, 62.75],
    tolerance: EXACT,
    rejects: [
      [
        () => kit.dequantize({ dtype: 'uint8', codes: new Uint16Array(1), scale: 1, min: 0 }),
        'dequantize: codes of uint8 must be a Uint8Array',
      ],
    ],
  },
  {
    name: 'equalize',
    title: 'leaves what the model gives, and gives units one range: √3 is the factor of 3 : 1',
    value: () => withModel((model) => kit.equalize(model).then(predictAnew)),
    reference: [12],
    tolerance: { atMost: 2 ** -18, because: '8 float32 roundings of numbers up to 8: 8 · 8 · 2^-24' },
    rejects: [
      [() => withModel((model) => kit.equalize(model, { tolerance: 0 })), 'equalize: tolerance must be'],
      [() => kit.equalize({} as never), 'equalize: model must be a LayersModel'],
    ],
  },
  {
    name: 'dequantizeTensor',
    title: 'is (codes - zero point) · scale of each block',
    value: () => kit.dequantizeTensor(twoBlocks()),
    reference: [-2, 1.5, -8, 7],
    tolerance: EXACT,
    rejects: [
      [
        () => kit.dequantizeTensor({ ...twoBlocks(), shape: [5] }),
        'dequantizeTensor: shape must have 4 entries, got 5',
      ],
    ],
  },
  {
    name: 'dequantizeValues',
    title: 'is (codes - zero point) · scale of each block',
    value: () => kit.dequantizeValues(twoBlocks()),
    reference: [-2, 1.5, -8, 7],
    tolerance: EXACT,
    rejects: [
      [
        () => kit.dequantizeValues({ ...twoBlocks(), scales: Float32Array.of(1) }),
        'dequantizeValues: scales must have length 2, got 1',
      ],
    ],
  },
  {
    name: 'fakeQuantize',
    title: 'rounds to the grid of 3 steps between -1 and 2, with 0 on it',
    value: () => fake([-1, 0, 0.4, 0.7, 2], { bits: 2 }),
    reference: [-1, 0, 0, 1, 2],
    // No entry is near to a tie, so that the codes are the same in any arithmetic.
    tolerance: { atMost: 2 ** -19, because: '2^-20 of the largest magnitude, as documented' },
    gradient: {
      value: () =>
        withTensors([tf.tensor1d([-1, 0.4, 2]), tf.tensor1d([1, -2, 3])], (w, dy) =>
          tf.grad((x) => kit.fakeQuantize(x, { bits: 2 }))(w, dy),
        ),
      reference: [1, -2, 3],
      tolerance: EXACT,
    },
    rejects: [
      [() => fake([1], { bits: 1 }), 'fakeQuantize: bits must be an integer in 2..16, got 1'],
      [() => fake([1], { bits: 8, dtype: 'uint8' }), 'fakeQuantize: options must be dtype or bits, not both'],
      [
        () => fake([1], { bits: 8, grid: { dtype: 'int8' } }),
        'fakeQuantize: options must be grid alone, or dtype or bits',
      ],
    ],
  },
  {
    name: 'float16Bits',
    title: 'rounds to the nearest half',
    value: () => kit.float16Bits(new Float32Array([1, -2, 2 ** -14, 65504, 65520, 1 / 3])),
    reference: HALVES,
    tolerance: EXACT,
    rejects: 'every float32 has a nearest half',
  },
  {
    name: 'foldBatchNorm',
    title: 'gives what the model gives without the batch normalization',
    value: () => withNorm((model) => kit.foldBatchNorm(model).then(predictAnew)),
    reference: [13],
    tolerance: EXACT,
    rejects: [[() => kit.foldBatchNorm({} as never), 'foldBatchNorm: model must be a LayersModel']],
  },
  {
    name: 'fromFloat16Bits',
    title: 'is the value of each half',
    value: () => kit.fromFloat16Bits(new Uint16Array(HALVES)),
    reference: [1, -2, 2 ** -14, 65504, Number.POSITIVE_INFINITY, 1365 / 4096],
    tolerance: EXACT,
    rejects: 'every pattern of 16 bits is a half',
  },
  {
    name: 'fromGgufBlocks',
    title: 'is code · d in Q8_0',
    value: () => kit.fromGgufBlocks(Uint8Array.of(0, 0x38, 1, 254, ...new Uint8Array(30)), 'Q8_0').slice(0, 3),
    reference: [0.5, -1, 0],
    tolerance: EXACT,
    rejects: [
      [() => kit.fromGgufBlocks(new Uint8Array(1), 'Q8_0'), 'fromGgufBlocks: length must be a multiple of 34, got 1'],
    ],
  },
  {
    name: 'ggufBlocks',
    title: 'begins with the scale as float16 in Q8_0: 127 gives 1',
    value: () => kit.ggufBlocks(Float32Array.of(127, -2.5, ...new Float32Array(30)), 'Q8_0').slice(0, 5),
    reference: [0, 0x3c, 127, 253, 0],
    tolerance: EXACT,
    rejects: [
      [() => kit.ggufBlocks(new Float32Array(5), 'Q4_0'), 'ggufBlocks: length must be a multiple of 32, got 5'],
    ],
  },
  {
    name: 'initialStep',
    title: 'is twice the mean magnitude where the last code is 1',
    value: () => withTensors([tf.tensor1d([1, -3])], (w) => kit.initialStep(w, { dtype: 'int2' })),
    reference: [4],
    tolerance: EXACT,
    rejects: [
      [
        () => withTensors([tf.zeros([0])], (w) => kit.initialStep(w)),
        'initialStep: w must have an entry or more, got [0]',
      ],
    ],
  },
  {
    name: 'learnedStep',
    title: 'rounds to steps of a half, from -8 of them to 7',
    value: () =>
      withTensors([tf.tensor1d([-5, 0.2, 0.6, 9]), tf.scalar(0.5)], (w, step) =>
        kit.learnedStep(w, step, { dtype: 'int4' }),
      ),
    reference: [-4, 0, 0.5, 3.5],
    tolerance: EXACT,
    gradient: {
      value: () =>
        withTensors([tf.tensor1d([-5, 0.2, 0.6, 9]), tf.scalar(0.5)], (w, step) =>
          tf.grad((x) => kit.learnedStep(x, step, { dtype: 'int4' }))(w),
        ),
      reference: [0, 1, 1, 0],
      tolerance: EXACT,
    },
    rejects: [
      [
        () => withTensors([tf.ones([2]), tf.ones([2])], (w, step) => kit.learnedStep(w, step)),
        'learnedStep: step must have shape [], got [2]',
      ],
    ],
  },
  {
    name: 'matMulNBits',
    title: 'has the codes of an output in one row, low nibbles first, 8 for 0',
    value: () => kit.matMulNBits(Float32Array.of(7, 0, -8, 4), [2, 2], { blockSize: 16 }),
    reference: {
      K: 2,
      N: 2,
      bits: 4,
      block_size: 16,
      B: [0x0f, 0, 0, 0, 0, 0, 0, 0, 0xf8, 0, 0, 0, 0, 0, 0, 0],
      scales: [1, Math.fround(4 / 7)],
      zero_points: null,
    },
    tolerance: EXACT,
    rejects: [[() => kit.matMulNBits(new Float32Array(5), [2, 2]), 'matMulNBits: shape must have 5 entries, got 4']],
  },
  {
    name: 'gptq',
    title: 'rounds each layer by what the rounded ones before it give: here nothing, for they are on the grid',
    value: () =>
      withModel((model) =>
        withTensors([input()], async (x) => {
          // int3 without clipping has 3, -2 and 1 at scale 1 and all of the others in the same columns.
          const { layers, skipped } = await kit.gptq(model, { x }, { dtype: 'int3' });
          return [predict(model), layers.map(({ path, error, bytes }) => [path, error, bytes]), skipped.length];
        }),
      ),
    reference: [
      [12],
      [
        ['a/kernel', 0, 3 + 8],
        ['b/kernel', 0, 1 + 4],
      ],
      2,
    ],
    tolerance: EXACT,
    rejects: [
      [
        () =>
          withTensors([input()], (x) => withModel((model) => kit.gptq(model, { x }, { dtype: 'float16' as never }))),
        'gptq: dtype must have scales, got "float16"',
      ],
      [
        () => withTensors([tf.fill([1, 3], Number.NaN)], (x) => withModel((model) => kit.gptq(model, { x }))),
        'gptq: activations must be finite, got NaN at the input of a/kernel[0]',
      ],
    ],
  },
  {
    name: 'gptqValues',
    title: 'gives the second of two equal inputs what the first loses',
    value: () =>
      kit.gptqValues(Float32Array.of(0.4, 0.4, 7), [3, 1], Float64Array.of(1, 1, 0, 1, 1, 0, 0, 0, 1)).quantized.codes,
    reference: [0, 1, 7],
    tolerance: EXACT,
    rejects: [
      [
        () => kit.gptqValues(Float32Array.of(1), [1, 1], Float64Array.of(-1)),
        'gptqValues: hessian must have 0 or more at row 0, got -1',
      ],
    ],
  },
  {
    name: 'histogramObserver',
    title: 'keeps where values lie, and chooses a range that may leave some out',
    value: () => {
      const observer = kit.histogramObserver({ range: 'percentile', percentile: 50, bins: 16 });
      observer.observe(Float32Array.of(0, 16));
      observer.observe(Float32Array.from({ length: 15 }, (_, i) => i + 1));
      const { min, max, clipped } = observer.parameters();
      return [observer.count, min, max, clipped];
    },
    // 0 to 16 in bins of 1, the last two in one; the quantile 3/4 of their middles, and 0, which stays. Four and a half lie above.
    reference: [17, [0], [12.5], 4.5 / 17],
    tolerance: HOST,
    rejects: [
      [() => kit.histogramObserver({ bins: 8 }), 'histogramObserver: bins must be an integer from 16 to 65536, got 8'],
      [
        () => kit.histogramObserver({ range: 'l1' as never }),
        'histogramObserver: range must be among l2,minmax,percentile,mse,entropy,octav, got "l1"',
      ],
      [
        () => kit.histogramObserver({ percentile: 99 }),
        'histogramObserver: percentile must come with the range percentile',
      ],
    ],
  },
  {
    name: 'hqq',
    title: 'puts zero points where errors are least: here nowhere else, for groups of one are exact',
    value: () =>
      withModel(async (model) => {
        const { layers, bytes } = await kit.hqq(model, { bits: 2, group: 1 });
        return [predict(model), layers.map(({ path, error }) => [path, error]), bytes];
      }),
    reference: [
      [12],
      [
        ['a/kernel', 0],
        ['b/kernel', 0],
      ],
      2 + 6 * 8 + 1 + 2 * 8,
    ],
    tolerance: EXACT,
    rejects: [[() => withModel((model) => kit.hqq(model, { bits: 1 })), 'hqq: bits must be an integer']],
  },
  {
    name: 'hqqValues',
    title: 'leaves the codes of two values at the ends',
    value: () => kit.hqqValues(Float32Array.of(-2, 5), [2, 1], { bits: 3 }).values,
    reference: [-2, 5],
    tolerance: EXACT,
    rejects: [
      [
        () => kit.hqqValues(Float32Array.of(1, Number.NaN), [2, 1]),
        'hqqValues: values must be finite, got NaN at values[1]',
      ],
    ],
  },
  {
    name: 'minMaxObserver',
    title: 'keeps the least and the greatest value of each channel',
    value: () => {
      const observer = kit.minMaxObserver({ axis: -1 });
      observer.observe(Float32Array.of(0, 1, -255, 3), [2, 2]);
      observer.observe(Float32Array.of(255, -1), [1, 2]);
      const { min, max, scales, zeroPoints } = observer.parameters();
      return [min, max, scales[0], zeroPoints];
    },
    reference: [[-255, -1], [255, 3], 2, [128, 64]],
    tolerance: EXACT,
    rejects: [
      [() => kit.minMaxObserver({ axis: 0.5 }), 'minMaxObserver: axis must be an integer from -8 to 7, got 0.5'],
      [
        () => kit.minMaxObserver().observe(Float32Array.of(Number.NaN)),
        'minMaxObserver.observe: values must be finite, got NaN at values[0]',
      ],
    ],
  },
  {
    name: 'mixedPrecision',
    title: 'gives each kernel the fewest bits that change nothing: here it is on a grid',
    value: () =>
      withModel((model) =>
        withTensors([input()], async (x) => {
          const grids = [{ dtype: 'int2' }, { dtype: 'int3' }, { dtype: 'int8' }] as const;
          const { layers, bytesBefore, bytesAfter, effect } = await kit.mixedPrecision(
            model,
            { x },
            { grids, agree: 1 },
          );
          return [
            predict(model),
            layers.map(({ path, grid, bytes, change }) => [path, grid.dtype, bytes, change]),
            [bytesBefore, bytesAfter, effect.relative],
          ];
        }),
      ),
    reference: [
      [12],
      [
        ['a/kernel', 'int3', 3 + 8, 0],
        ['b/kernel', 'int2', 1 + 4, 0],
      ],
      [44, 28, 0],
    ],
    tolerance: EXACT,
    rejects: [
      [
        () => withTensors([input()], (x) => withModel((model) => kit.mixedPrecision(model, { x }, { bytes: 20 }))),
        'mixedPrecision: bytes must be 27 or more for this model, got 20',
      ],
      [
        () => withTensors([input()], (x) => withModel((model) => kit.mixedPrecision(model, { x }, { grids: [] }))),
        'mixedPrecision: grids must have one or more, got []',
      ],
    ],
  },
  {
    name: 'movingAverageObserver',
    title: 'goes a part of the way to the extremes of each batch',
    value: () => {
      const observer = kit.movingAverageObserver({ constant: 0.25 });
      for (const top of [4, 8, 1]) observer.observe(Float32Array.of(-top, top));
      const { min, max } = observer.parameters();
      return [min, max];
    },
    // 4, 4 + 4 / 4, 5 - 4 / 4
    reference: [[-4], [4]],
    tolerance: EXACT,
    rejects: [
      [
        () => kit.movingAverageObserver({ constant: 0 }),
        'movingAverageObserver: constant must be above 0, 1 at most, got 0',
      ],
    ],
  },
  {
    name: 'observerFrom',
    title: 'goes on from what another has seen',
    value: () => {
      const observer = kit.observerFrom({ kind: 'minMax', axis: null, count: 2, min: [0], max: [2] });
      observer.observe(Float32Array.of(3));
      return [observer.count, observer.parameters().max];
    },
    reference: [3, [3]],
    tolerance: EXACT,
    rejects: [
      [
        () => kit.observerFrom({ kind: 'all' } as never),
        'observerFrom: state.kind must be among minMax,movingAverage,histogram, got "all"',
      ],
    ],
  },
  {
    name: 'pact',
    title: 'clips at alpha and rounds to four values from 0 to it',
    value: () =>
      withTensors([tf.tensor1d([-1, 0.6, 1.4, 5]), tf.scalar(3)], (x, alpha) => kit.pact(x, alpha, { bits: 2 })),
    reference: [0, 1, 1, 3],
    tolerance: EXACT,
    gradient: {
      value: () =>
        withTensors([tf.tensor1d([-1, 0.6, 1.4, 5]), tf.scalar(3)], (x, alpha) =>
          tf.grad((a) => kit.pact(x, a, { bits: 2 }))(alpha),
        ),
      reference: [1],
      tolerance: EXACT,
    },
    rejects: [
      [
        () => withTensors([tf.ones([2]), tf.ones([1])], (x, alpha) => kit.pact(x, alpha)),
        'pact: alpha must be a scalar, got [1]',
      ],
    ],
  },
  {
    name: 'prepare',
    title: 'observes the layers with a kernel over several runs, and converts by them',
    value: () =>
      withModel((model) =>
        withTensors([input(), tf.tensor2d([[2, 4, 6]])], async (x, y) => {
          const prepared = kit.prepare(model, { observer: 'minMax' });
          await prepared.calibrate([x]);
          const { layers, batches } = await prepared.calibrate({ x: y });
          return [prepared.layers, batches, layers.map(({ inputs }) => inputs[0]!.max)];
        }),
      ),
    reference: [['a', 'b'], 2, [[6], [8]]],
    tolerance: EXACT,
    rejects: [
      [
        () => withModel((model) => kit.prepare(model, { observer: 'none' as never })),
        'prepare: observer must be among minMax,movingAverage,histogram, or a function, got "none"',
      ],
      [
        () => withModel((model) => kit.prepare(model).convert()),
        'prepare: calibrate must come before convert, got 0 batches',
      ],
    ],
  },
  {
    name: 'quantize',
    title: 'gives 0 a code of its own',
    value: () => kit.quantize(new Float32Array([-1, 0, 2]), { dtype: 'uint8' }),
    reference: { dtype: 'uint8', codes: [0, 85, 255], scale: 3 / 255, min: -1 },
    tolerance: { atMost: 2 ** -52, because: 'float64, one rounding each of numbers up to 1' },
    rejects: [
      [() => kit.quantize(new Float32Array([1, Number.NaN])), 'quantize: values must be finite, got NaN at values[1]'],
    ],
  },
  {
    name: 'quantizeModel',
    title: 'takes 2 bytes instead of 4 and keeps its bound',
    value: () =>
      quantized(({ report: { bytesBefore, bytesAfter, skipped, certificate } }) => [
        bytesBefore,
        bytesAfter,
        skipped,
        certificate <= 1,
      ]),
    reference: [44, 22, [], true],
    tolerance: EXACT,
    rejects: [
      [
        () => withModel((model) => kit.quantizeModel(model, { filter: 'none' })),
        'quantizeModel: filter must match a weight',
      ],
      [() => kit.quantizeModel({} as never), 'quantizeModel: model must be a LayersModel'],
    ],
  },
  {
    name: 'quantizeTensor',
    title: 'gives the codes of int4, by rows',
    value: async () => {
      const w = tf.tensor2d([-2, 1.5, -8, 7], [2, 2]);
      const made = await kit.quantizeTensor(w, { dtype: 'int4', granularity: { axis: 0 } });
      w.dispose();
      return made;
    },
    reference: {
      dtype: 'int4',
      shape: [2, 2],
      block: [1, 2],
      codes: [-8, 6, -8, 7],
      scales: [0.25, 1],
      zeroPoints: null,
    },
    tolerance: EXACT,
    rejects: [
      [
        () => withTensors([tf.tensor1d([1])], (w) => kit.quantizeTensor(w, { dtype: 'int9' as never })),
        'quantizeTensor: dtype must be among int2 to int8',
      ],
    ],
  },
  {
    name: 'quantizeValues',
    title: 'gives the codes of int4, by rows',
    value: () =>
      kit.quantizeValues(Float32Array.of(-2, 1.5, -8, 7), [2, 2], { dtype: 'int4', granularity: { axis: 0 } }),
    reference: {
      dtype: 'int4',
      shape: [2, 2],
      block: [1, 2],
      codes: [-8, 6, -8, 7],
      scales: [0.25, 1],
      zeroPoints: null,
    },
    tolerance: EXACT,
    rejects: [
      [
        () => kit.quantizeValues(new Float32Array(4), [3], { dtype: 'int4' }),
        'quantizeValues: shape must have 4 entries, got 3',
      ],
    ],
  },
  {
    name: 'save',
    title: 'writes what stock TensorFlow.js loads',
    value: () => quantized(predictStock),
    reference: [12],
    tolerance: {
      atMost: 2 ** -10,
      because: 'entries are off by half of 5 / 65535 at most: 2^-14.6 (6 · 3 + 8) with room for float32',
    },
    rejects: [
      [() => quantized((model) => kit.save(model, {})), 'save: target must be a URL or a handler with save'],
      [() => kit.save({} as never, {}), 'save: quantized must be what quantizeModel returned'],
    ],
  },
  {
    name: 'smoothQuant',
    title: 'moves the size of activations into the weights that read them: here by 4, the largest of both units',
    value: () =>
      withModel((model) =>
        withTensors([input()], async (x) => {
          const { smoothed, skipped, difference } = await kit.smoothQuant(model, { x }, { alpha: 1 });
          return [
            predict(model),
            smoothed.map(({ from, to, factors, spread }) => [from, to, factors, spread.before, spread.after]),
            skipped.map(({ path }) => path),
            difference,
            tf.clone(model.layers[1]!.getWeights()[0]!),
          ];
        }),
      ),
    reference: [[12], [['a', ['b'], [4, 4], 1, 1]], ['a'], 0, [4, -8]],
    tolerance: EXACT,
    rejects: [
      [
        () => withTensors([input()], (x) => withModel((model) => kit.smoothQuant(model, { x }, { alpha: 2 }))),
        'smoothQuant: alpha must be a number in 0..1, got 2',
      ],
      [
        () => withTensors([tf.fill([1, 3], Number.NaN)], (x) => withModel((model) => kit.smoothQuant(model, { x }))),
        'smoothQuant: activations must be finite, got NaN at x[0]',
      ],
    ],
  },
  {
    name: 'trainActivations',
    title: 'clips what a ReLU gives, 4 and 0 here, at a level of 3, which the codes have',
    value: () =>
      withReLU(async (model) => {
        const before = predict(model);
        const training = await kit.trainActivations(model, { bits: 2, alpha: 3 });
        const clipped = predict(model);
        const codes = await training.codes();
        const levels = await training.levels();
        training.restore();
        const grids = codes.map(({ path, outputs }) => [
          path,
          outputs[0]!.dtype,
          outputs[0]!.scales,
          outputs[0]!.zeroPoints,
        ]);
        return [before, clipped, predict(model), levels.a, grids];
      }),
    reference: [[4], [3], [4], 3, [['a', 'uint2', [1], [0]]]],
    tolerance: EXACT,
    rejects: [
      [
        () => withModel((model) => kit.trainActivations(model)),
        'trainActivations: model must have a layer that ends in a ReLU, got ["a", "b"]',
      ],
      [
        () => withReLU((model) => kit.trainActivations(model, { bits: 9 })),
        'trainActivations: bits must be an integer from 2 to 8, got 9',
      ],
    ],
  },
  {
    name: 'trainQuantized',
    title: 'lets layers compute with codes, of a step of 3 here, and has the same values in the file',
    value: () =>
      withModel(async (model) => {
        const training = await kit.trainQuantized(model, { grid: { dtype: 'int2' }, filter: 'a/kernel' });
        const [value, { codes }] = [training.parametrizations[0]!.value(), (await training.codes())['a/kernel']!];
        const { report } = await training.quantized();
        training.restore();
        return [value, [...codes], report.weights.map(({ dtype, maxError }) => [dtype, maxError])];
      }),
    reference: [[3, 0, 0, 0, 0, -3], [1, 0, 0, 0, 0, -1], [['uint8', 0]]],
    tolerance: EXACT,
    rejects: [
      [
        () => withModel((model) => kit.trainQuantized(model, { grid: { dtype: 'nf4' }, learned: true })),
        'trainQuantized: dtype with learned steps must be int2 to int8, got "nf4"',
      ],
    ],
  },
]);
