import * as tf from '@tensorflow/tfjs';
import * as kit from '@weightkit/transfer-freeze';
import { testRefusals } from '../src/refusals.ts';
import { dispose, FLAGS, FUNCTIONS, made, withTensors } from './refused.ts';

const NUMBERS = ['0', '1', '2', '-1', '0.5', '-0.5', '2^53', '1e300'];
const SEEDS = ['0', '1', '2', '-1'];
const LARGE = ['1', '2', '2^53', '1e300'];

async function adapterFile() {
  const model = made();
  const adapters = kit.lora(model, { rank: 1 });
  try {
    return await adapters.toCheckpoint();
  } finally {
    adapters.remove();
    model.dispose();
  }
}

const SAME = { 'a/kernel': tf.variable(tf.ones([2, 1])) };
const task = await kit.taskVector(SAME, SAME);

const MASKS = { 'a/kernel': tf.ones([2, 1]) };

const HEAD = [tf.layers.dense({ units: 1 })];

const learned = await adapterFile();

testRefusals(
  '@weightkit/transfer-freeze',
  kit,
  [
    {
      name: 'addTaskVector',
      call: kit.addTaskVector,
      args: () => [
        tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2], name: 'a' })] }),
        task,
        { scale: 2 },
      ],
      // Weights of other models have other names.
      takes: { model: [], vector: [], 'options?': [], 'options.scale?': NUMBERS },
      own: ['class'],
      done: dispose,
    },
    {
      name: 'bottleneck',
      call: (...args: Parameters<typeof kit.bottleneck>) => kit.bottleneck(...args).remove(),
      args: () => [
        tf.sequential({
          layers: [tf.layers.dense({ units: 1, inputShape: [2] }), tf.layers.dense({ units: 1, name: 'head' })],
        }),
        {},
      ],
      takes: {
        model: [],
        'options?': [],
        'options.layers?': [],
        'options.size?': ['1', '2'],
        'options.activation?': [],
        'options.parallel?': FLAGS,
        'options.train?': [],
        'options.seed?': SEEDS,
      },
      own: ['class'],
      done: dispose,
    },
    {
      name: 'browserStore',
      call: async (...args: Parameters<typeof kit.browserStore>) => {
        const store = await kit.browserStore(...args).catch((error: Error) => {
          if (!error.message.includes('there must be an IndexedDB')) throw error;
        });
        store?.close();
      },
      args: () => ['refusals'],
      takes: { name: ["'5'", "'nonsense'"] },
    },
    {
      name: 'cacheFeatures',
      call: async (...[model, until, data, options]: Parameters<typeof kit.cacheFeatures>) => {
        // No folder is made of a name.
        const named = typeof options?.store === 'string' && options.store !== '';
        (await kit.cacheFeatures(model, until, data, named ? { ...options, store: new Map() } : options)).dispose();
      },
      args: () => [
        tf.sequential({
          layers: [tf.layers.dense({ units: 1, inputShape: [2], name: 'a' }), tf.layers.dense({ units: 1 })],
        }),
        'a',
        { xs: tf.ones([2, 2]), ys: tf.ones([2, 1]) },
        { batchSize: 1, store: new Map() },
      ],
      // Layers of other models have other names.
      takes: {
        model: [],
        until: [],
        data: [
          'tensor',
          'int32 tensor',
          'bool tensor',
          'variable',
          '[variable]',
          'Float32Array',
          'Int32Array',
          'Uint8Array',
        ],
        'data.xs': ['tensor', 'int32 tensor', 'bool tensor', 'variable', '[variable]'],
        'data.ys?': ['tensor', 'int32 tensor', 'bool tensor', 'variable', 'Float32Array', 'Int32Array', 'Uint8Array'],
        'options?': [],
        'options.batchSize?': ['1', '2'],
        'options.store?': ['Map', "'5'", "'nonsense'"],
        'options.check?': FLAGS,
        'options.onProgress?': ['function', 'async function'],
        'options.signal?': [],
      },
      own: ['class'],
      done: dispose,
    },
    {
      name: 'combineAdapters',
      call: kit.combineAdapters,
      args: () => [[learned], [1], {}],
      takes: { checkpoints: [], weights: [], 'options?': [], 'options.how?': [], 'options.scales?': [] },
    },
    {
      name: 'combineTaskVectors',
      call: kit.combineTaskVectors,
      args: () => [[task], { how: 'ties', weights: [1] }],
      takes: {
        vectors: [],
        'options?': [],
        'options.weights?': [],
        'options.how?': [],
        'options.keep?': ['1', '0.5'],
        'options.drop?': ['0', '0.5'],
        'options.seed?': SEEDS,
      },
    },
    {
      name: 'dora',
      call: (...args: Parameters<typeof kit.dora>) => kit.dora(...args).remove(),
      args: () => [made(), { rank: 1 }],
      takes: {
        model: ['model', 'layer'],
        'options?': [],
        'options.rank?': ['1', '2'],
        'options.alpha?': NUMBERS,
        'options.rankStabilized?': ['true', 'false'],
        'options.filter?': [],
        'options.train?': [],
        'options.seed?': SEEDS,
      },
      own: ['class'],
      done: dispose,
    },
    {
      name: 'ema',
      call: (...args: Parameters<typeof kit.ema>) => kit.ema(...args).dispose(),
      args: () => [made(), { decay: 0.5 }],
      takes: {
        model: ['model', 'layer'],
        'options?': [],
        'options.decay?': ['0', '0.5', ...FUNCTIONS],
        'options.correctBias?': FLAGS,
        'options.filter?': [],
        'options.optimizer?': ['optimizer'],
      },
      own: ['class'],
      done: dispose,
    },
    {
      name: 'ewc',
      call: async (...args: Parameters<typeof kit.ewc>) => (await kit.ewc(...args)).restore(),
      args: () => [
        tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2], name: 'a' })] }),
        task,
        { strength: 1 },
      ],
      // Weights of other models have other names.
      takes: {
        model: [],
        fisher: [],
        'options?': [],
        'options.strength?': ['0', '1', '2', '0.5', '2^53', '1e300'],
        'options.filter?': [],
        'options.optimizer?': ['optimizer'],
      },
      own: ['class'],
      done: dispose,
    },
    {
      name: 'fisherDiagonal',
      call: kit.fisherDiagonal,
      args: () => [
        made(),
        {
          x: tf.ones([1, 2]),
          y: tf.ones([1, 1]),
          loss: (y: tf.Tensor, z: tf.Tensor) => tf.sub(z, y),
        },
        {},
      ],
      takes: {
        model: ['model'],
        data: [],
        'data.x': [],
        'data.y': [],
        'data.loss': [],
        'options?': [],
        'options.labels?': [],
        'options.variance?': [],
        'options.filter?': [],
        'options.seed?': SEEDS,
        'options.previous?': [],
        'options.decay?': ['0', '1', '0.5'],
      },
      own: ['class'],
      done: (args) => {
        const { x, y } = args[1] as kit.FisherData;
        tf.dispose([x, y!]);
        dispose([args[0]]);
      },
    },
    {
      name: 'exportStateDict',
      call: kit.exportStateDict,
      args: () => [made()],
      takes: { model: ['model', 'layer'], 'options?': [], 'options.filter?': [] },
      own: ['class'],
      done: dispose,
    },
    {
      name: 'freeze',
      call: async (...args: Parameters<typeof kit.freeze>) => (await kit.freeze(...args)).unfreeze(),
      args: () => [made(), '**'],
      takes: { model: ['model', 'layer'], 'filter?': [] },
      own: ['class'],
      done: dispose,
    },
    {
      name: 'freezeEntries',
      call: async (...args: Parameters<typeof kit.freezeEntries>) => (await kit.freezeEntries(...args)).unfreeze(),
      args: () => [tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2], name: 'a' })] }), MASKS, {}],
      takes: { model: [], masks: [], 'masks.a/kernel': [], 'options?': [], 'options.optimizer?': ['optimizer'] },
      own: ['class'],
      done: dispose,
    },
    {
      name: 'gradualUnfreeze',
      call: async (...args: Parameters<typeof kit.gradualUnfreeze>) => (await kit.gradualUnfreeze(...args)).unfreeze(),
      args: () => [made(), [{ filter: '**', epoch: 1 }]],
      takes: { model: ['model', 'layer'], stages: [] },
      done: dispose,
    },
    {
      name: 'greedySoup',
      call: kit.greedySoup,
      args: () => [made(), [made()], () => 1, {}],
      // A model of other names is no ingredient.
      takes: {
        model: [],
        ingredients: [],
        evaluate: ['function', 'async function'],
        'options?': [],
        'options.filter?': [],
      },
      own: ['class'],
      done: dispose,
    },
    {
      name: 'vera',
      call: (...args: Parameters<typeof kit.vera>) => kit.vera(...args).remove(),
      args: () => [made(), {}],
      takes: {
        model: ['model', 'layer'],
        'options?': [],
        'options.rank?': ['1', '2'],
        'options.dInitial?': ['0', '1', '2', '-1', '0.5', '-0.5', '2^53'],
        'options.seed?': ['0', '1', '2', '-1'],
        'options.saveProjection?': FLAGS,
        'options.filter?': [],
        'options.train?': [],
      },
      own: ['class'],
      done: dispose,
    },
    {
      name: 'ia3',
      call: (...args: Parameters<typeof kit.ia3>) => kit.ia3(...args).remove(),
      args: () => [made(), {}],
      takes: {
        model: ['model', 'layer'],
        'options?': [],
        'options.filter?': [],
        'options.train?': [],
        'options.inputs?': [],
      },
      own: ['class'],
      done: dispose,
    },
    {
      name: 'interpolateWeights',
      call: kit.interpolateWeights,
      args: () => [made(), made(), made(), 0.5, {}],
      takes: {
        model: [],
        from: [],
        to: [],
        alpha: ['0', '1', '0.5'],
        'options?': [],
        'options.filter?': [],
      },
      own: ['class'],
      done: dispose,
    },
    {
      name: 'l2sp',
      call: (...args: Parameters<typeof kit.l2sp>) => kit.l2sp(...args).restore(),
      args: () => [made(), { strength: 1 }],
      takes: {
        model: ['model', 'layer'],
        'options?': [],
        'options.strength?': ['0', '1', '2', '0.5', '2^53', '1e300'],
        'options.filter?': [],
        'options.optimizer?': ['optimizer'],
      },
      own: ['class'],
      done: dispose,
    },
    {
      name: 'layerDecay',
      call: kit.layerDecay,
      args: () => [made(), { decay: 0.5 }],
      takes: { model: ['model', 'layer'], options: [], 'options.decay': ['1', '0.5'] },
      done: dispose,
    },
    {
      name: 'linearProbe',
      call: kit.linearProbe,
      args: () => [tf.tensor2d([3, 1, 1, 2], [2, 2]), tf.tensor1d([0, 1]), { penalty: 1 }],
      takes: {
        features: ['tensor', 'variable'],
        targets: [],
        'options?': [],
        'options.kind?': [],
        'options.penalty?': ['1', '2', '0.5', '2^53', '1e300'],
        'options.tolerance?': ['1', '2', '0.5', '2^53', '1e300'],
        'options.maxIterations?': ['1', '2'],
      },
      done: dispose,
    },
    {
      name: 'lora',
      call: (...args: Parameters<typeof kit.lora>) => kit.lora(...args).remove(),
      args: () => [made(), { rank: 1 }],
      takes: {
        model: ['model', 'layer'],
        'options?': [],
        'options.rank?': ['1', '2'],
        'options.alpha?': NUMBERS,
        'options.rankStabilized?': ['true', 'false'],
        'options.filter?': [],
        'options.train?': [],
        'options.seed?': SEEDS,
      },
      own: ['class'],
      done: dispose,
    },
    {
      name: 'oneCycleRate',
      call: kit.oneCycleRate,
      args: () => [{ steps: 9 }],
      takes: {
        options: [],
        'options.steps': ['2'],
        'options.rise?': ['0.5'],
        'options.divideStart?': LARGE,
        'options.divideEnd?': LARGE,
      },
    },
    {
      name: 'parameterGroups',
      call: (...args: Parameters<typeof kit.parameterGroups>) => kit.parameterGroups(...args).restore(),
      args: () => [made(), tf.train.sgd(0.1), [{ filter: '**' }]],
      takes: { model: ['model', 'layer'], optimizer: ['optimizer'], groups: [] },
      done: dispose,
    },
    {
      name: 'pissa',
      call: async (...args: Parameters<typeof kit.pissa>) => (await kit.pissa(...args)).remove(),
      args: () => [made(), { rank: 1 }],
      takes: {
        model: ['model', 'layer'],
        'options?': [],
        'options.rank?': ['1', '2'],
        'options.alpha?': ['1', '2', '0.5', '2^53', '1e300'],
        'options.rankStabilized?': ['true', 'false'],
        'options.filter?': [],
        'options.train?': [],
        'options.seed?': SEEDS,
      },
      own: ['class'],
      done: dispose,
    },
    {
      name: 'reestimateBatchNorm',
      call: kit.reestimateBatchNorm,
      args: () => [
        tf.sequential({ layers: [tf.layers.batchNormalization({ inputShape: [2] })] }),
        tf.tensor2d([3, 1, 1, 2], [2, 2]),
        { batchSize: 2 },
      ],
      // A model without batch normalization has nothing to estimate.
      takes: {
        model: [],
        x: ['tensor', 'int32 tensor', 'bool tensor', 'variable', '[variable]'],
        'options?': [],
        // Of one example there is no variance.
        'options.batchSize?': ['2'],
      },
      done: dispose,
    },
    {
      name: 'replaceHead',
      // New layers can be used once.
      call: (...[model, layers, ...rest]: Parameters<typeof kit.replaceHead>) => {
        const fresh = layers === HEAD ? [tf.layers.dense({ units: 1 })] : layers;
        (kit.replaceHead(model, fresh, ...rest).model as tf.LayersModel).dispose();
      },
      args: () => [
        tf.sequential({
          layers: [tf.layers.dense({ units: 1, inputShape: [2] }), tf.layers.dense({ units: 1, name: 'head' })],
        }),
        HEAD,
        {},
      ],
      // A model of one layer has nothing below its head.
      takes: { model: [], layers: [], 'options?': [], 'options.from?': [] },
      done: dispose,
    },
    {
      name: 'soup',
      call: kit.soup,
      args: () => {
        const model = made();
        return [model, [model], { shares: [1] }];
      },
      // A model of other names is no ingredient.
      takes: { model: [], ingredients: [], 'options?': [], 'options.shares?': ['[1]', '[2]'], 'options.filter?': [] },
      own: ['class'],
      done: dispose,
    },
    {
      name: 'suggestCut',
      call: kit.suggestCut,
      args: () => [
        tf.sequential({
          layers: [tf.layers.dense({ units: 1, inputShape: [2], name: 'a' }), tf.layers.dense({ units: 1 })],
        }),
        { xs: tf.tensor2d([3, 1, 1, 2, 5, 1, 0, 1, 2, 2, 4, 3], [6, 2]), ys: tf.tensor1d([0, 1, 0, 1, 0, 1], 'int32') },
        { folds: 2 },
      ],
      takes: {
        model: [],
        data: [],
        'data.xs': [],
        'data.ys': [],
        'options?': [],
        'options.layers?': [],
        'options.folds?': ['2'],
        'options.seed?': SEEDS,
        'options.kind?': [],
        'options.penalty?': ['1', '2', '0.5', '2^53', '1e300'],
        'options.batchSize?': ['1', '2'],
        'options.signal?': [],
      },
      own: ['class'],
      done: dispose,
    },
    {
      name: 'swa',
      call: (...args: Parameters<typeof kit.swa>) => kit.swa(...args).dispose(),
      args: () => [made(), { start: 1 }],
      takes: {
        model: ['model', 'layer'],
        'options?': [],
        'options.start?': ['0', '1', '2'],
        'options.every?': ['1', '2'],
        'options.filter?': [],
      },
      own: ['class'],
      done: dispose,
    },
    {
      name: 'taskVector',
      call: kit.taskVector,
      args: () => [made(), made()],
      // Other models have other weights.
      takes: { base: [], tuned: [], 'options?': [], 'options.filter?': [] },
      own: ['class'],
      done: dispose,
    },
    {
      name: 'tie',
      call: (...args: Parameters<typeof kit.tie>) => kit.tie(...args).restore(),
      args: () => [
        tf.sequential({
          layers: [tf.layers.dense({ units: 2, inputShape: [2], name: 'a' }), tf.layers.dense({ units: 2, name: 'b' })],
        }),
        'b/kernel',
        'a/kernel',
        { transposed: true },
      ],
      // Weights of other models have other names.
      takes: { model: [], target: [], source: [], 'options?': [], 'options.transposed?': [...FLAGS] },
      own: ['class'],
      done: dispose,
    },
    {
      name: 'transferWeights',
      call: kit.transferWeights,
      args: () => [made(), made()],
      takes: {
        // A model of other names has no partners.
        from: [],
        to: [],
        'options?': [],
        'options.rename?': ['{}', 'no prototype'],
        'options.filter?': [],
        'options.dryRun?': ['true', 'false'],
      },
      own: ['class'],
      done: dispose,
    },
  ],
  withTensors,
);
