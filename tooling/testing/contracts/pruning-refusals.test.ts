import * as tf from '@tensorflow/tfjs';
import * as kit from '@weightkit/pruning';
import * as layers from '@weightkit/pruning/layers';
import { type Refusal, testRefusals } from '../src/refusals.ts';
import { dispose, FLAGS, free, made, withTensors } from './refused.ts';

const SHARES = ['0', '0.5'] as const;
const COUNTS = ['0', '1', '2'] as const;
const MODELS = ['model', 'layer'] as const;
const rule = {
  'options.scope?': [],
  'options.filter?': [],
  'options.score?': [],
  'options.structure?': [],
  'options.reduce?': [],
  'options.multipleOf?': [],
};
const steps = { 'options.begin?': COUNTS, 'options.frequency?': ['1', '2'] };
const put = async (pruning: kit.Pruning | Promise<kit.Pruning>): Promise<void> => (await pruning).restore();
const schedule = (name: string, call: Refusal['call'], args: Refusal['args'], takes: Refusal['takes']): Refusal => ({
  name,
  call,
  args,
  takes: { options: [], ...takes, ...steps },
});
const WHOLE = ['0', '1', '2'] as const;
const during = (call: typeof kit.pruneDuring): Refusal => ({
  name: 'pruneDuring',
  call: (...args: Parameters<typeof kit.pruneDuring>) => put(call(...args).pruning),
  args: () => [made(), () => 0.5, {}],
  takes: {
    model: MODELS,
    schedule: ['function', 'async function', 'class'],
    'options?': [],
    ...rule,
    'options.score?': ['function', 'async function', 'class'],
    'options.regrow?': FLAGS,
    'options.optimizer?': ['optimizer'],
    'options.check?': FLAGS,
    'options.resume?': [],
  },
  own: ['class'],
  done: dispose,
});
const soft = (call: typeof kit.softPruneDuring): Refusal => ({
  name: 'softPruneDuring',
  call: (...args: Parameters<typeof kit.softPruneDuring>) => put(call(...args).pruning),
  args: () => [made(), () => 0.5, {}],
  takes: {
    model: MODELS,
    schedule: ['function', 'async function', 'class'],
    'options?': [],
    ...rule,
    'options.multipleOf?': ['1', '2'],
    'options.score?': ['function', 'async function', 'class'],
    'options.optimizer?': ['optimizer'],
    'options.check?': FLAGS,
    'options.resume?': [],
  },
  own: ['class'],
  done: dispose,
});
const { 'options.score?': __, ...ruleWithoutScore } = rule;
const moving = (call: typeof kit.movementPruneDuring): Refusal => ({
  name: 'movementPruneDuring',
  call: (...args: Parameters<typeof kit.movementPruneDuring>) => put(call(...args).pruning),
  args: () => [made(), () => 0.5, {}],
  takes: {
    model: MODELS,
    schedule: ['function', 'async function', 'class'],
    'options?': [],
    ...ruleWithoutScore,
    'options.optimizer?': ['optimizer'],
    'options.check?': FLAGS,
    'options.resume?': [],
  },
  own: ['class'],
  done: dispose,
});
const lasso = (call: typeof kit.groupLasso): Refusal => ({
  name: 'groupLasso',
  call: (...args: Parameters<typeof kit.groupLasso>) => call(...args).dispose(),
  args: () => [made(), { strength: 0.5 }],
  takes: {
    model: MODELS,
    options: [],
    'options.strength': ['0', '1', '2', '0.5', '2^53', '1e300'],
    'options.structure?': [],
    'options.filter?': [],
    'options.optimizer?': ['optimizer'],
  },
  own: ['class'],
  done: dispose,
});
const law = {
  'options.beta?': ['1', '2', '0.5', '2^53', '1e300'],
  'options.gamma?': ['-1', '-0.5'],
  'options.zeta?': ['2', '2^53', '1e300'],
} as const;
const l0 = (call: typeof kit.l0Gates): Refusal => ({
  name: 'l0Gates',
  call: (...args: Parameters<typeof kit.l0Gates>) => call(...args).dispose(),
  args: () => [made(), { strength: 0.5, seed: 1 }],
  takes: {
    model: MODELS,
    options: [],
    'options.strength': ['0', '1', '2', '0.5', '2^53', '1e300'],
    'options.seed': ['0', '1', '2', '-1', '2^53 - 1'],
    'options.structure?': [],
    'options.filter?': [],
    'options.dropRate?': ['0.5'],
    'options.optimizer?': ['optimizer'],
    'options.resume?': [],
    ...law,
  },
  own: ['class'],
  done: dispose,
});
const dynamic = (name: string, call: typeof kit.rigl | typeof kit.sparseEvolution, end: Refusal['takes']): Refusal => ({
  name,
  call: (model: tf.LayersModel, options: kit.RiglOptions) => call(model, options).then(({ pruning }) => put(pruning)),
  args: () => [made(), { sparsity: 0.5, seed: 1, end: 2, begin: 0, frequency: 1 }],
  takes: {
    model: MODELS,
    options: [],
    'options.sparsity': SHARES,
    'options.scope?': [],
    'options.filter?': [],
    'options.seed': ['0', '1', '2', '-1', '2^53 - 1'],
    'options.score?': [],
    'options.fraction?': ['1', '0.5'],
    ...steps,
    'options.begin?': COUNTS,
    ...end,
    'options.optimizer?': ['optimizer'],
    'options.check?': FLAGS,
    'options.resume?': [],
  },
  own: ['class'],
  done: dispose,
});
const compiled = (): tf.Sequential => {
  const model = made();
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  return model;
};
const fromData = (name: string, call: typeof kit.gradient): Refusal => ({
  name,
  call,
  args: () => [
    compiled(),
    { x: tf.ones([1, 2]), y: tf.ones([1, 2]), loss: (y: tf.Tensor, prediction: tf.Tensor) => tf.sub(prediction, y) },
  ],
  takes: {
    model: ['model'],
    data: [],
    'data.x': [],
    'data.y': [],
    'data.loss?': [],
  },
  own: ['class'],
  done: (args) => {
    const { x, y } = args[1] as kit.ScoreData;
    tf.dispose([x, y]);
    dispose(args);
  },
});
const fromInputs = (name: string, call: typeof kit.wanda): Refusal => ({
  name,
  call,
  args: () => [made(), { x: tf.ones([1, 2]) }],
  takes: { model: ['model'], data: [], 'data.x': ['tensor', 'int32 tensor', 'bool tensor', 'variable', '[variable]'] },
  done: (args) => {
    tf.dispose((args[1] as kit.CalibrationData).x);
    dispose(args);
  },
});
const normed = (): tf.Sequential => {
  const model = made();
  model.add(tf.layers.batchNormalization({ name: 'n' }));
  return model;
};
/** A model with a unit that is 0. */
const masked = (): tf.Sequential => {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 2, inputShape: [2], kernelInitializer: 'ones', name: 'a' }),
      tf.layers.dense({ units: 2, kernelInitializer: 'ones', name: 'b' }),
    ],
  });
  model.layers[0]!.setWeights([tf.tensor2d([1, 0, 1, 0], [2, 2]), tf.zeros([2])]);
  return model;
};
const { 'options.scope?': _, ...ruleOfLayers } = rule;
const FINITE = ['0', '1', '2', '-1', '0.5', '-0.5', '2^53', '1e300'] as const;
const CALLED = ['function', 'async function'] as const;
const listening = { 'options.onProgress?': CALLED, 'options.signal?': [] } as const;
let pruned: kit.Pruning | undefined;

testRefusals(
  '@weightkit/pruning',
  kit,
  [
    {
      name: 'applyMasks',
      call: (...args: Parameters<typeof kit.applyMasks>) => put(kit.applyMasks(...args)),
      args: () => [
        made(),
        { structure: 'entry', scope: 'layer', masks: { 'a/kernel': { shape: [2, 2], bits: 'BQ==' } } },
        {},
      ],
      takes: {
        model: [],
        masks: [],
        'masks.structure?': [],
        'masks.scope?': [],
        'masks.reduce?': [],
        'masks.multipleOf?': [],
        'masks.masks': [],
        'options?': [],
        'options.score?': ['function', 'async function', 'class'],
      },
      own: ['class'],
      done: dispose,
    },
    {
      name: 'batchNormScale',
      call: kit.batchNormScale,
      args: () => [normed()],
      takes: { model: [] },
      done: dispose,
    },
    {
      name: 'chooseSparsity',
      call: kit.chooseSparsity,
      args: () => [
        made(),
        { baseline: 1, layers: [{ name: 'a/kernel', groups: 4, points: [{ sparsity: 0.5, value: 1, drop: 0 }] }] },
        { gzip: 1e6 },
      ],
      takes: {
        // Of another model than the sensitivity's.
        model: [],
        found: [],
        'found.baseline': FINITE,
        'found.layers': [],
        options: [],
        'options.gzip': ['2^53', '1e300'],
        'options.cost?': [],
        'options.evaluate?': CALLED,
        ...ruleOfLayers,
        ...listening,
      },
      own: ['class'],
      done: dispose,
    },
    schedule('constantSparsity', kit.constantSparsity, () => [{ sparsity: 0.5 }], {
      'options.sparsity': SHARES,
      'options.end?': [...COUNTS, 'Infinity'],
    }),
    {
      name: 'constantSparsity',
      call: (step: number) => kit.constantSparsity({ sparsity: 0.5 })(step),
      args: () => [0],
      takes: { step: WHOLE },
    },
    {
      name: 'erk',
      call: kit.erk,
      args: () => [[[2, 2]], { sparsity: 0.5 }],
      takes: {
        shapes: ['[]', '[[1]]'],
        options: [],
        'options.sparsity': SHARES,
        'options.power?': ['0', '0.5', '1', '2'],
      },
    },
    {
      name: 'fpgm',
      call: kit.fpgm,
      args: () => [tf.ones([2, 2])],
      takes: { w: ['tensor', 'int32 tensor', 'variable', 'empty tensor'] },
      done: dispose,
      free,
    },
    fromData('gradient', kit.gradient),
    {
      ...fromData('grasp', kit.grasp),
      args: () => [...(fromData('grasp', kit.grasp).args() as readonly unknown[]), {}],
      takes: {
        ...fromData('grasp', kit.grasp).takes,
        'options?': [],
        'options.temperature?': ['0.5', '1', '2', '2^53', '1e300'],
      },
    },
    {
      name: 'lotteryTicket',
      call: (...args: Parameters<typeof kit.lotteryTicket>) => kit.lotteryTicket(...args),
      args: () => [made(), { train: () => 0, rounds: 1, fraction: 0.5, seed: 1 }],
      takes: {
        model: MODELS,
        options: [],
        'options.train': ['function', 'async function', 'class'],
        'options.rounds': [...COUNTS, '2^53-1'],
        'options.fraction?': ['0.5'],
        'options.warmUp?': ['function', 'async function', 'class'],
        'options.controls?': ['[]'],
        'options.reinitialize?': ['function', 'async function', 'class'],
        'options.seed?': ['0', '1', '2', '-1'],
        'options.scope?': [],
        'options.filter?': [],
        'options.score?': ['function', 'async function', 'class'],
      },
      own: ['class'],
      done: dispose,
    },
    {
      name: 'magnitude',
      call: kit.magnitude,
      args: () => [tf.ones([2])],
      takes: { w: ['tensor', 'scalar', 'empty tensor', 'int32 tensor', 'variable'] },
      done: dispose,
      free,
    },
    {
      name: 'mask',
      call: kit.mask,
      args: () => [tf.ones([2, 2]), { sparsity: 0.5 }, {}],
      takes: {
        w: ['tensor', 'scalar', 'empty tensor', 'int32 tensor', 'variable'],
        amount: [],
        'amount.sparsity': SHARES,
        'options?': [],
        'options.score?': [],
        'options.structure?': [],
        'options.reduce?': [],
        'options.multipleOf?': [],
      },
      own: ['class'],
      done: dispose,
      free,
    },
    {
      name: 'mask',
      call: kit.mask,
      args: () => [tf.ones([2]), { count: 1 }],
      takes: { w: ['tensor', 'variable', 'int32 tensor', 'scalar'], amount: [], 'amount.count': COUNTS },
      done: dispose,
      free,
    },
    {
      name: 'movement',
      call: (model: Parameters<typeof kit.movement>[0]) => kit.movement(model).dispose(),
      args: () => [compiled()],
      takes: { model: [] },
      done: dispose,
    },
    moving(kit.movementPruneDuring),
    fromData('obd', kit.obd),
    {
      name: 'planShrink',
      call: kit.planShrink,
      args: () => [masked(), {}],
      takes: { model: ['model'], 'options?': [], 'options.mode?': [], 'options.keep?': [] },
      done: dispose,
    },
    schedule('polynomialDecay', kit.polynomialDecay, () => [{ final: 0.5, end: 2 }], {
      'options.final': SHARES,
      'options.initial?': SHARES,
      'options.end': COUNTS,
      'options.power?': ['1', '2', '0.5', '2^53', '1e300'],
    }),
    {
      name: 'polynomialDecay',
      call: (step: number) => kit.polynomialDecay({ final: 0.5, end: 2 })(step),
      args: () => [0],
      takes: { step: WHOLE },
    },
    {
      name: 'prune',
      call: (...args: Parameters<typeof kit.prune>) => put(kit.prune(...args)),
      args: () => [made(), { sparsity: 0.5 }],
      takes: { model: MODELS, options: [], 'options.sparsity': SHARES, ...rule },
      own: ['class'],
      done: dispose,
    },
    {
      name: 'nOfMSteps',
      call: kit.nOfMSteps,
      args: () => [{ n: 1, m: 4 }],
      takes: { options: [], 'options.n': ['1', '2', '[1]'], 'options.m': ['1', '2', '2^53-1'], ...steps },
    },
    {
      name: 'nOfMSteps',
      call: (step: number) => kit.nOfMSteps({ n: 2, m: 4 })(step),
      args: () => [0],
      takes: { step: WHOLE },
    },
    schedule('oneCycle', kit.oneCycle, () => [{ final: 0.5, end: 2 }], {
      'options.final': SHARES,
      'options.initial?': SHARES,
      'options.end': COUNTS,
      'options.alpha?': ['1', '2', '0.5', '2^53', '1e300'],
      'options.beta?': ['0', '1', '2', '0.5', '-0.5', '-1'],
    }),
    {
      name: 'oneCycle',
      call: (step: number) => kit.oneCycle({ final: 0.5, end: 2 })(step),
      args: () => [0],
      takes: { step: WHOLE },
    },
    during(kit.pruneDuring),
    {
      name: 'pruneInRounds',
      call: (...args: Parameters<typeof kit.pruneInRounds>) => put(kit.pruneInRounds(...args)),
      args: () => [made(), { sparsity: 0.5, rounds: 2, score: () => tf.abs }],
      takes: {
        model: ['model'],
        options: [],
        'options.sparsity': SHARES,
        'options.score': [],
        'options.rounds?': ['1', '2'],
        'options.scope?': [],
        'options.filter?': [],
        'options.structure?': [],
        'options.reduce?': [],
        'options.multipleOf?': [],
      },
      own: ['class'],
      done: dispose,
    },
    {
      name: 'pruneOneShot',
      call: (...args: Parameters<typeof kit.pruneOneShot>) => put(kit.pruneOneShot(...args)),
      args: () => [made(), { x: tf.ones([1, 2]) }, { sparsity: 0.5 }],
      takes: {
        model: ['model'],
        data: [],
        'data.x': ['tensor', 'int32 tensor', 'bool tensor', 'variable', '[variable]'],
        options: [],
        'options.sparsity': SHARES,
        'options.structure?': [],
        'options.scope?': [],
        'options.method?': [],
        'options.filter?': [],
        'options.blockSize?': ['1', '2', '2^53-1'],
        'options.dampening?': ['0.5', '1', '2', '2^53', '1e300'],
      },
      own: ['class'],
      done: (args) => {
        tf.dispose((args[1] as kit.CalibrationData).x);
        dispose(args);
      },
    },
    {
      name: 'random',
      call: kit.random,
      args: () => [{ seed: 1 }],
      takes: { options: [], 'options.seed': ['0', '1', '2', '-1'] },
    },
    dynamic('rigl', kit.rigl, { 'options.end': COUNTS }),
    {
      name: 'sensitivity',
      call: kit.sensitivity,
      args: () => [made(), { evaluate: () => 1, sparsities: [0.5] }],
      takes: {
        model: ['model'],
        options: [],
        'options.evaluate': CALLED,
        'options.sparsities?': [],
        ...ruleOfLayers,
        ...listening,
      },
      own: ['class'],
      done: dispose,
    },
    dynamic('sparseEvolution', kit.sparseEvolution, { 'options.end?': [...COUNTS, 'Infinity'] }),
    fromData('snip', kit.snip),
    { name: 'synFlow', call: kit.synFlow, args: () => [made()], takes: { model: ['model'] }, done: dispose },
    soft(kit.softPruneDuring),
    lasso(kit.groupLasso),
    l0(kit.l0Gates),
    {
      name: 'hardConcrete',
      call: kit.hardConcrete,
      args: () => [tf.ones([2]), {}],
      takes: {
        logAlpha: ['tensor', 'empty tensor', 'variable', 'scalar'],
        'options?': [],
        'options.noise?': [],
        ...law,
      },
      done: dispose,
      free,
    },
    {
      name: 'proxGroupLasso',
      call: kit.proxGroupLasso,
      args: () => [tf.ones([2, 2]), { strength: 0.5 }],
      takes: {
        w: ['tensor', 'empty tensor', 'variable'],
        options: [],
        'options.strength': ['0', '1', '2', '0.5', '2^53', '1e300'],
        'options.axis?': ['0', '1', '-1', '[1]'],
      },
      done: dispose,
      free,
    },
    fromData('taylor', kit.taylor),
    {
      name: 'hold',
      of: 'prune',
      call: (optimizer: tf.Optimizer) => pruned!.hold(optimizer)(),
      args: async () => {
        const model = made();
        pruned = await kit.prune(model, { count: 0 });
        return [tf.train.sgd(1), model];
      },
      takes: { optimizer: ['optimizer'] },
      done: (args) => {
        pruned!.restore();
        dispose(args);
      },
    },
    {
      name: 'shrink',
      call: kit.shrink,
      args: () => [masked(), {}],
      takes: {
        model: [],
        'options?': [],
        'options.mode?': [],
        'options.keep?': [],
        'options.probes?': ['tensor', 'int32 tensor', 'bool tensor', 'variable', '[variable]'],
        'options.tolerance?': ['0', '0.5', '1', '2', '2^53', '1e300', 'Infinity'],
        'options.runs?': WHOLE,
      },
      done: dispose,
      free: (result) => (result as kit.Shrunk<tf.Sequential>).model.dispose(),
    },
    {
      name: 'update',
      of: 'prune',
      call: (...args: Parameters<kit.Pruning['update']>) => pruned!.update(...args),
      args: async () => {
        const model = made();
        pruned = await kit.prune(model, { count: 0 });
        return [{ count: 2 }, {}, model];
      },
      takes: { amount: [], 'amount.count': COUNTS, 'options?': [], 'options.regrow?': FLAGS },
      done: (args) => {
        pruned!.restore();
        dispose(args);
      },
    },
    fromInputs('wanda', kit.wanda),
  ],
  withTensors,
);

testRefusals(
  '@weightkit/pruning/layers',
  layers,
  [
    lasso(layers.groupLasso),
    l0(layers.l0Gates),
    moving(layers.movementPruneDuring),
    during(layers.pruneDuring),
    soft(layers.softPruneDuring),
    dynamic('rigl', layers.rigl, { 'options.end': COUNTS }),
    dynamic('sparseEvolution', layers.sparseEvolution, { 'options.end?': [...COUNTS, 'Infinity'] }),
  ],
  withTensors,
);
