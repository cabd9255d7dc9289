import * as tf from '@tensorflow/tfjs';
import * as kit from '@weightkit/core';
import { type Refusal, testRefusals } from '../src/refusals.ts';
import { dispose, FLAGS, FUNCTIONS, free, made, withTensors } from './refused.ts';

/** A list may be of anything. */
const LISTS = [
  '[]',
  '[null]',
  "['5']",
  '[NaN]',
  '[-1, 70000, 1.5]',
  '[[1]]',
  'hole',
  'many texts',
  '[variable]',
  '[disposed tensor]',
];
const NUMBERS = ['0', '1', '2', '-1', '0.5', '-0.5', 'NaN', 'Infinity', '-Infinity', '2^53', '1e300'];
const doubled = { forward: (w: tf.Tensor) => tf.mul(w, 2) };
const onModel = (name: string, call: Refusal['call'], right: readonly string[] = ['model', 'layer']): Refusal => ({
  name,
  call,
  args: () => [made()],
  takes: { source: right },
  done: dispose,
});
const kernelOf = (model: tf.LayersModel): kit.Weight => kit.weightsOf(model)[0]!;
// An optimizer is asked for in vain: the model is not compiled.
const saving = { 'options?': [], 'options.includeOptimizer?': ['false'], 'options.rename?': ['false', 'true'] };
const TENSORS = ['tensor', 'scalar', 'empty tensor', 'variable', '[variable]'];
const LABELLED = { model: ['model'], data: [], 'data.x': [], 'data.y': [] };
/** A model without a loss, examples with one, and what to differentiate by. */
const labelled = () => {
  const model = made();
  const data = { x: tf.ones([1, 2]), y: tf.ones([1, 1]), loss: (y: tf.Tensor, z: tf.Tensor) => tf.sub(z, y) };
  return [model, data, kit.weightsOf(model).map(({ variable }) => variable!)] as const;
};
const doneLabelled = (args: readonly unknown[]): void => {
  const { x, y } = args[1] as kit.LabelledData;
  tf.dispose([x, y]);
  dispose([args[0]]);
};
let written: tf.LayersModel | undefined;
const handler = { save: async () => ({ modelArtifactsInfo: {} }) };

testRefusals(
  '@weightkit/core',
  kit,
  [
    {
      name: 'activationMoments',
      call: kit.activationMoments,
      args: () => [Math.tanh, 0, 1],
      takes: {
        f: ['function', 'async function'],
        mean: NUMBERS,
        variance: NUMBERS.filter((label) => !label.startsWith('-')),
      },
      own: ['class'],
    },
    {
      name: 'allDone',
      call: kit.allDone,
      args: () => [[1]],
      takes: { promises: LISTS },
    },
    {
      name: 'ask',
      of: 'batchLoss',
      call: (model: never, data: never, variables: never, temperature: never) => {
        kit.batchLoss('ask', model, data, variables, temperature);
      },
      args: () => [...labelled(), 2],
      takes: {
        ...LABELLED,
        'data.loss': [...FUNCTIONS, 'class'],
        variables: TENSORS,
        'temperature?': ['1', '2', '0.5', '2^53', '1e300'],
      },
      done: doneLabelled,
    },
    {
      name: 'callbackInstance',
      call: kit.callbackInstance,
      args: () => [tf.Callback, kit.stockCallback({})],
      takes: { Base: ['class'], callback: [] },
      own: ['function', 'async function'],
    },
    {
      name: 'capture',
      call: kit.capture,
      args: () => [made(), ['a'], tf.ones([1, 2])],
      takes: {
        model: [],
        'layers?': ['[]'],
        batch: ['tensor', 'int32 tensor', 'bool tensor', 'variable', '[variable]'],
      },
      done: dispose,
      free: (result) => (result as kit.Captured).dispose(),
    },
    {
      name: 'ask',
      of: 'checkIdle',
      call: (weights: readonly kit.Weight[]) => kit.checkIdle('ask', weights),
      args: () => [[]],
      takes: { weights: ['[]'] },
    },
    {
      name: 'ask',
      of: 'checkLayer',
      call: (model: never) => kit.checkLayer('ask', 'model', model),
      args: () => [made()],
      takes: { model: ['model', 'layer'] },
      done: dispose,
    },
    {
      name: 'ask',
      of: 'checkLabelled',
      call: (model: never, data: never) => kit.checkLabelled('ask', model, data),
      args: () => labelled().slice(0, 2),
      takes: { ...LABELLED, 'data.loss?': [...FUNCTIONS, 'class'] },
      done: doneLabelled,
    },
    {
      name: 'ask',
      of: 'checkModel',
      call: (model: unknown) => kit.checkModel('ask', model),
      args: () => [made()],
      takes: { model: ['model'] },
      done: dispose,
    },
    {
      name: 'ask',
      of: 'checkModelAndBatch',
      call: (model: never, x: unknown) => kit.checkModelAndBatch('ask', model, x, 'x'),
      args: () => [made(), tf.ones([1, 2])],
      takes: { model: ['model'], x: ['tensor', 'int32 tensor', 'bool tensor', 'variable', '[variable]'] },
      done: dispose,
    },
    {
      name: 'ask',
      of: 'chosenLayers',
      call: (model: never, wanted: never) => kit.chosenLayers('ask', 'layers', model, wanted),
      args: () => [made(), []],
      takes: { model: ['model', 'layer'], 'wanted?': ['[]'] },
      done: dispose,
    },
    {
      name: 'forEachPart',
      call: kit.forEachPart,
      args: () => [{ count: 0, length: 1, fill: () => {} }, () => {}],
      takes: { patches: [], visit: [...FUNCTIONS] },
    },
    {
      name: 'hasProducts',
      call: kit.hasProducts,
      args: () => {
        const model = made();
        return [kernelOf(model), model];
      },
      takes: { weight: [] },
      done: dispose,
    },
    {
      name: 'kernelProducts',
      call: kit.kernelProducts,
      args: () => {
        const model = made();
        return [kernelOf(model), model];
      },
      takes: { weight: [] },
      done: dispose,
    },
    {
      name: 'ask',
      of: 'checkCalibration',
      call: (model: never, data: never) => kit.checkCalibration('ask', model, data),
      args: () => [made(), { x: tf.ones([1, 2]) }],
      takes: {
        model: ['model'],
        data: [],
        'data.x': ['tensor', 'int32 tensor', 'bool tensor', 'variable', '[variable]'],
      },
      done: (args) => {
        tf.dispose((args[1] as kit.CalibrationData).x);
        dispose(args);
      },
    },
    {
      name: 'ask',
      of: 'checkStateless',
      call: (model: never) => kit.checkStateless('ask', model),
      args: () => [made()],
      takes: { model: ['model'] },
      done: dispose,
    },
    {
      name: 'ask',
      of: 'inCallOrder',
      call: (model: never, weights: never, batch: never) => kit.inCallOrder('ask', model, weights, batch),
      args: () => [made(), [], tf.ones([1, 2])],
      takes: {
        model: ['model'],
        weights: ['[]'],
        batch: ['tensor', 'int32 tensor', 'bool tensor', 'variable', '[variable]'],
      },
      done: dispose,
    },
    {
      name: 'ask',
      of: 'inputGrams',
      call: (model: never, weight: never, batch: never) => kit.inputGrams('ask', model, weight, batch),
      args: () => {
        const model = made();
        return [model, kernelOf(model), tf.ones([1, 2])];
      },
      takes: { model: [], weight: [], batch: ['tensor', 'int32 tensor', 'bool tensor', 'variable', '[variable]'] },
      done: dispose,
    },
    {
      name: 'outputEnergy',
      call: kit.outputEnergy,
      args: () => [Float64Array.of(1), Float64Array.of(1), 1],
      takes: { gram: [], v: [], outputs: ['1'] },
    },
    {
      name: 'ask',
      of: 'visitPatches',
      call: (model: never, weights: never, x: never, visit: never) => kit.visitPatches('ask', model, weights, x, visit),
      args: () => [made(), [], tf.ones([1, 2]), () => {}],
      takes: {
        model: ['model'],
        weights: ['[]'],
        x: ['tensor', 'int32 tensor', 'bool tensor', 'variable', '[variable]'],
        visit: [...FUNCTIONS],
      },
      done: dispose,
    },
    {
      name: 'gradientsOf',
      call: kit.gradientsOf,
      args: () => [(x: tf.Tensor) => tf.sum(x), [tf.ones([2])]],
      takes: { f: [], xs: ['[variable]'] },
      own: FUNCTIONS,
      done: dispose,
      free,
    },
    {
      name: 'ask',
      of: 'checkTensor',
      call: (x: unknown) => kit.checkTensor('ask', 'x', x),
      args: () => [tf.ones([2])],
      takes: {
        x: ['tensor', 'scalar', 'empty tensor', 'int32 tensor', 'bool tensor', 'string tensor', 'variable'],
      },
      done: dispose,
    },
    {
      name: 'ask',
      of: 'checkTensors',
      call: (x: unknown) => kit.checkTensors('ask', 'x', x),
      args: () => [tf.ones([2])],
      takes: {
        x: [
          'tensor',
          'scalar',
          'empty tensor',
          'int32 tensor',
          'bool tensor',
          'string tensor',
          'variable',
          '[variable]',
        ],
      },
      done: dispose,
    },
    {
      name: 'checkpointOf',
      call: kit.checkpointOf,
      args: () => [made(), {}],
      takes: {
        source: ['model', 'layer', 'variable', '[variable]', '{ variable }'],
        'options?': [],
        'options.rename?': FLAGS,
      },
      done: dispose,
    },
    {
      name: 'fans',
      call: kit.fans,
      args: () => [[2, 4]],
      takes: {
        target: ['[]'],
        'layout?': [],
        'layout.kind?': [],
        'layout.gates?': ['1', '2'],
        'layout.groups?': ['1', '2'],
      },
    },
    {
      name: 'followingActivation',
      call: kit.followingActivation,
      args: () => [made().layers[0], made().layers[0]],
      takes: {
        layer: ['layer', 'model', 'disposed layer', 'disposed model', 'unbuilt model'],
        'owner?': ['layer', 'model', 'disposed layer', 'disposed model', 'unbuilt model'],
      },
    },
    {
      name: 'gain',
      call: kit.gain,
      args: () => ['leakyRelu', {}],
      takes: {
        activation: [],
        'options?': [],
        'options.slope?': ['0', '1', '2', '-1', '0.5', '-0.5', '2^53', '1e300'],
        'options.convention?': [],
      },
      own: ['class'],
    },
    { name: 'normalCdf', call: kit.normalCdf, args: () => [0], takes: { x: NUMBERS } },
    {
      name: 'ask',
      of: 'checkThawed',
      call: (weight: kit.Weight) => kit.checkThawed('ask', weight),
      args: () => {
        const model = made();
        return [kernelOf(model), model];
      },
      takes: { weight: [] },
      done: dispose,
    },
    {
      name: 'ask',
      of: 'checkUses',
      call: (weight: kit.Weight) => kit.checkUses('ask', weight),
      args: () => {
        const model = made();
        return [kernelOf(model), model];
      },
      takes: { weight: [] },
      done: dispose,
    },
    {
      name: 'ask',
      of: 'exclusively',
      call: (weights: readonly kit.Weight[]) => kit.exclusively('ask', weights, async () => 1),
      args: () => [[]],
      takes: { weights: ['[]'] },
    },
    {
      name: 'fastKernels',
      call: kit.fastKernels,
      args: () => [tf.getBackend()],
      takes: { 'backend?': [] },
      free: (result) => (result as kit.FastKernels).restore(),
    },
    {
      name: 'fillMissingKernels',
      call: kit.fillMissingKernels,
      args: () => [tf.getBackend(), { kernels: ['Add'] }],
      takes: { 'backend?': [], 'options?': ['{}'], 'options.kernels?': ['[]'] },
      free: (result) => (result as kit.FilledKernels).restore(),
    },
    {
      name: 'ask',
      of: 'finiteValues',
      call: (weight: kit.Weight) => kit.finiteValues('ask', weight),
      args: () => {
        const model = made();
        return [kernelOf(model), model];
      },
      takes: { weight: [] },
      done: dispose,
    },
    {
      name: 'ask',
      of: 'keepValues',
      call: (weights: kit.Weight[]) => kit.keepValues('ask', null, weights).dispose(),
      args: () => [[]],
      takes: { weights: ['[]'] },
    },
    {
      name: 'ask',
      of: 'writeAll',
      call: (weights: kit.Weight[], values: Float32Array[]) => kit.writeAll('ask', null, weights, values),
      args: () => [[], []],
      takes: { weights: ['[]'], values: ['[]'] },
    },
    { name: 'foldAll', call: kit.foldAll, args: () => [[]], takes: { parametrizations: ['[]'] } },
    {
      name: 'foldedArtifacts',
      call: kit.foldedArtifacts,
      args: () => [made(), {}],
      takes: { model: ['model'], ...saving },
      done: dispose,
    },
    {
      name: 'ask',
      of: 'foldModel',
      call: (model: never, options: never) => kit.foldModel('ask', model, options),
      args: () => [made(), {}],
      takes: { model: ['model'], ...saving },
      done: dispose,
    },
    {
      name: 'handlerOf',
      call: kit.handlerOf,
      args: () => {
        const model = made();
        return [kit.checkpointOf(model), model];
      },
      takes: { checkpoint: [] },
      done: dispose,
    },
    {
      name: 'isKernel',
      call: kit.isKernel,
      args: () => {
        const model = made();
        return [kernelOf(model), model];
      },
      takes: { weight: [] },
      done: dispose,
    },
    onModel('isParametrized', kit.isParametrized),
    onModel('layersOf', kit.layersOf),
    onModel('parametrizationsOf', kit.parametrizationsOf),
    {
      name: 'optimizerSlots',
      call: kit.optimizerSlots,
      args: () => [tf.train.sgd(1), tf.variable(tf.ones([2]))],
      takes: { optimizer: ['optimizer'], variable: ['variable', 'disposed variable'] },
      done: dispose,
    },
    {
      name: 'parametrize',
      call: kit.parametrize,
      args: () => {
        const model = made();
        return [model.layers[0], 'kernel', doubled, model];
      },
      takes: {
        layer: ['model', 'layer'],
        property: [],
        transform: [],
        'transform.forward': [],
        'transform.rightInverse?': [],
        'transform.variables?': ['{}', 'no prototype'],
        'transform.kind?': ["'5'", "'nonsense'"],
        'transform.moments?': [],
      },
      own: ['class'],
      done: dispose,
      free: (result) => (result as kit.Parametrization).restore(),
    },
    {
      name: 'parametrize',
      call: (weight: kit.Weight, transform: kit.Transform) => kit.parametrize(weight, transform),
      args: () => {
        const model = made();
        return [kernelOf(model), doubled, model];
      },
      takes: { weight: [], transform: [] },
      done: dispose,
      free: (result) => (result as kit.Parametrization).restore(),
    },
    {
      name: 'saveFolded',
      call: kit.saveFolded,
      args: () => [made(), handler, {}],
      takes: { model: ['model'], target: [], ...saving },
      done: dispose,
    },
    {
      name: 'ask',
      of: 'saveHandler',
      call: (target: never) => kit.saveHandler('ask', target),
      args: () => [handler],
      takes: { target: [] },
    },
    {
      name: 'reaching',
      call: kit.reaching,
      args: () => [tf.scalar(1), [tf.ones([2])]],
      takes: {
        loss: ['tensor', 'scalar', 'empty tensor', 'variable'],
        variables: TENSORS,
      },
      done: dispose,
      free,
    },
    {
      name: 'ask',
      of: 'squaredGradients',
      call: (model: never, data: never, variables: never) => kit.squaredGradients('ask', model, data, variables),
      args: () => [...labelled()],
      takes: { ...LABELLED, 'data.loss': [], variables: TENSORS },
      own: ['class'],
      done: doneLabelled,
      free,
    },
    {
      name: 'carryOptimizer',
      call: kit.carryOptimizer,
      args: () => {
        const model = made();
        model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
        return [model, () => {}];
      },
      takes: { model: [], change: FUNCTIONS.filter((label) => label !== 'class') },
      own: ['class'],
      done: dispose,
    },
    {
      name: 'stockCallback',
      call: kit.stockCallback,
      args: () => [{}],
      takes: {
        callback: [
          '{}',
          '{ nonsense }',
          '{ length }',
          'no prototype',
          'cyclic',
          '{ variable }',
          '{ disposed variable }',
        ],
      },
    },
    {
      name: 'sameData',
      call: kit.sameData,
      args: () => [tf.ones([2])],
      takes: { x: ['tensor', 'scalar', 'empty tensor', 'int32 tensor', 'bool tensor', 'string tensor', 'variable'] },
      done: dispose,
      free,
    },
    {
      name: 'valuesAtHand',
      call: kit.valuesAtHand,
      args: () => [tf.ones([2]), { most: 4 }],
      takes: { x: ['tensor', 'scalar', 'empty tensor', 'int32 tensor', 'bool tensor', 'variable'] },
      done: dispose,
    },
    {
      name: 'tensorflowOp',
      call: kit.tensorflowOp,
      args: () => ['MulNoNan', [tf.ones([2]), tf.ones([2])]],
      takes: { name: [], inputs: [], 'numbers?': ['{}', 'no prototype'] },
      done: dispose,
      free,
    },
    {
      name: 'stablePaths',
      call: kit.stablePaths,
      args: () => [['a']],
      takes: { paths: ['[]', "['5']", 'many texts'] },
    },
    {
      name: 'tapOptimizer',
      call: (optimizer: tf.Optimizer, tap: kit.Tap) => kit.tapOptimizer(optimizer, tap)(),
      args: () => [tf.train.sgd(1), { before: () => {}, after: () => {} }],
      takes: {
        optimizer: ['optimizer'],
        tap: [],
        'tap.before?': FUNCTIONS,
        'tap.after?': FUNCTIONS,
      },
    },
    {
      name: 'ask',
      of: 'markConstrained',
      call: (weight: kit.Weight, name: string, kinds: readonly string[]) =>
        kit.markConstrained('ask', weight, name, kinds)(),
      args: () => {
        const model = made();
        return [kernelOf(model), 'unitNorm', ['mask'], model];
      },
      takes: { weight: [], name: ["'nonsense'", "'5'", "''"], kinds: LISTS },
      done: dispose,
    },
    {
      name: 'stockConstraint',
      call: kit.stockConstraint,
      args: () => {
        const model = made();
        return [kernelOf(model), model];
      },
      takes: { weight: [] },
      done: dispose,
    },
    {
      name: 'watchOptimizers',
      call: (watcher: never) => kit.watchOptimizers(watcher)(),
      args: () => [() => {}],
      takes: { watcher: FUNCTIONS },
    },
    {
      name: 'weightsOf',
      call: kit.weightsOf,
      args: () => [made(), '**'],
      takes: { source: ['model', 'layer', 'variable', '[variable]', '{ variable }'], 'filter?': [] },
      own: ['class'],
      done: dispose,
    },
    {
      name: 'write',
      of: 'weightsOf',
      call: (value: tf.Tensor) => kernelOf(written!).write(value),
      args: () => {
        written = made();
        return [tf.ones([2, 2]), written];
      },
      takes: { value: ['tensor', 'variable'] },
      done: dispose,
    },
    {
      name: 'wrapCall',
      call: (layer: never, wrapper: never) => kit.wrapCall(layer, wrapper)(),
      args: () => {
        const model = made();
        return [model.layers[0], () => 0, model];
      },
      takes: { layer: ['model', 'layer', 'unbuilt model'], wrapper: FUNCTIONS },
      done: dispose,
    },
  ],
  withTensors,
);

const matrix = (name: string, call: Refusal['call'], more: readonly string[] = []): Refusal => ({
  name,
  call,
  args: () => [tf.tensor2d([2, 0, 0, 2], [2, 2])],
  takes: { a: ['tensor', 'int32 tensor', 'variable', ...more] },
  done: dispose,
  free,
});
const pair = (name: string, call: Refusal['call'], takes: Refusal['takes'] = {}): Refusal => ({
  name,
  call,
  args: () => [tf.tensor2d([2, 1, 1, 2], [2, 2]), tf.ones([2, 2])],
  takes: {
    a: ['tensor', 'int32 tensor', 'variable'],
    b: ['tensor', 'int32 tensor', 'variable'],
    ...takes,
  },
  done: dispose,
  free,
});

testRefusals(
  'linalg of @weightkit/core',
  kit.linalg,
  [
    matrix('eigh', kit.linalg.eigh),
    matrix('qr', kit.linalg.qr, ['empty tensor']),
    matrix('singularValues', kit.linalg.singularValues, ['empty tensor']),
    matrix('svd', kit.linalg.svd, ['empty tensor']),
    matrix('cholesky', kit.linalg.cholesky),
    pair('solve', kit.linalg.solve),
    pair('leastSquares', kit.linalg.leastSquares),
    pair('solveTriangular', kit.linalg.solveTriangular, {
      'options?': [],
      'options.lower?': FLAGS,
      'options.transposed?': FLAGS,
      'options.unitDiagonal?': FLAGS,
    }),
    {
      name: 'truncatedSvd',
      call: kit.linalg.truncatedSvd,
      args: () => [tf.tensor2d([2, 1, 1, 2], [2, 2]), { rank: 1 }],
      takes: {
        a: ['tensor', 'int32 tensor', 'variable'],
        options: [],
        'options.rank': ['1', '2'],
        'options.oversampling?': ['0', '1', '2'],
        'options.powerIterations?': ['0', '1', '2'],
        'options.seed?': ['0', '1', '2', '-1'],
      },
      done: dispose,
      free,
    },
  ],
  withTensors,
);
