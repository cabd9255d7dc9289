import * as tf from '@tensorflow/tfjs';
import * as kit from '@weightkit/initializers';
import * as layers from '@weightkit/initializers/layers';
import { type Refusal, testRefusals } from '../src/refusals.ts';
import { dispose, FLAGS, free, made, withTensors } from './refused.ts';

const FLOATS = ['0', '1', '2', '-1', '0.5', '-0.5', '2^53'] as const;
const ABOVE_ZERO = ['1', '2', '0.5', '2^53'] as const;
const ZERO_OR_MORE = ['0', ...ABOVE_ZERO] as const;
const SEEDS = ['0', '1', '2', '-1'] as const;
const TEXTS = ["''", "'5'", "'nonsense'"] as const;
const INPUTS = ['tensor', 'int32 tensor', 'bool tensor', 'variable', '[variable]'] as const;

/** A factory and the initializer that it makes, which takes a shape. */
function law(
  name: string,
  factory: (options: never) => kit.Initializer,
  takes: Refusal['takes'],
  { options, shape = [2, 4], shapes = [] }: { options?: object; shape?: number[]; shapes?: readonly string[] } = {},
): Refusal[] {
  const makes = Object.keys(takes).length > 0;
  const make = () =>
    options === undefined && !makes ? (factory as () => kit.Initializer)() : factory((options ?? {}) as never);
  return [
    {
      name,
      call: factory,
      args: () => (makes ? [options ?? {}] : []),
      takes: makes ? { [options === undefined ? 'options?' : 'options']: [], ...takes } : { none: [] },
    },
    {
      name,
      call: (...args: Parameters<kit.Initializer>) => make()(...args),
      args: () => [shape],
      takes: {
        shape: shapes,
        'options?': [],
        'options.seed?': SEEDS,
        'options.path?': TEXTS,
        'options.fans?': [],
      },
      free,
    },
  ];
}

const compat = { 'options.compat?': [] };
const gain = { 'options.gain?': FLOATS };
const SCALAR = { shapes: ['[]'] } as const;
const onModel = (name: string, call: Refusal['call'], takes: Refusal['takes']): Refusal => ({
  name,
  call,
  args: () => [made(), tf.tensor2d([1, 2, 3, 5, -1, 1], [3, 2]), {}],
  takes: { model: ['model'], batch: INPUTS, 'options?': [], ...takes },
  own: ['class'],
  done: dispose,
});
const pace = { 'options.onProgress?': ['function', 'async function'], 'options.signal?': [] };
let report: kit.InitReport | undefined;

testRefusals(
  '@weightkit/initializers',
  kit,
  [
    ...law('chronoBias', kit.chronoBias, { 'options.longest': ['2'] }, { options: { longest: 3 }, shape: [8] }),
    ...law('constant', kit.constant, { 'options.value?': FLOATS }, SCALAR),
    ...law('deltaOrthogonal', kit.deltaOrthogonal, gain, { shape: [3, 2, 2] }),
    ...law('dirac', kit.dirac, { 'options.groups?': ['1', '2'] }, { shape: [3, 2, 2] }),
    ...law('forgetBias', kit.forgetBias, { 'options.value?': FLOATS }, { shape: [8] }),
    ...law('glorotNormal', kit.glorotNormal, compat, SCALAR),
    ...law('glorotUniform', kit.glorotUniform, compat, SCALAR),
    ...law('heNormal', kit.heNormal, compat, SCALAR),
    ...law('heUniform', kit.heUniform, compat, SCALAR),
    ...law('identity', kit.identity, gain),
    ...law('lecunNormal', kit.lecunNormal, compat, SCALAR),
    ...law('lecunUniform', kit.lecunUniform, compat, SCALAR),
    ...law('normal', kit.normal, { 'options.mean?': FLOATS, 'options.std?': ZERO_OR_MORE }, SCALAR),
    ...law('ones', kit.ones, {}, SCALAR),
    ...law('orthogonal', kit.orthogonal, gain),
    ...law('siren', kit.siren, { 'options.first?': FLAGS, 'options.omega?': [...ABOVE_ZERO, '1e300'] }, SCALAR),
    ...law(
      'sparse',
      kit.sparse,
      { 'options.sparsity': ['0', '0.5'], 'options.std?': ZERO_OR_MORE },
      { options: { sparsity: 0.5 } },
    ),
    ...law('torchDefault', kit.torchDefault, {}),
    ...law(
      'truncatedNormal',
      kit.truncatedNormal,
      {
        'options.mean?': FLOATS,
        'options.std?': ZERO_OR_MORE,
        'options.lower?': ['0', '1', '-1', '0.5', '-0.5', '-Infinity'],
        'options.upper?': [...FLOATS, 'Infinity', '1e300'],
        ...compat,
      },
      SCALAR,
    ),
    ...law(
      'uniform',
      kit.uniform,
      { 'options.min?': ['-1', '-0.5', '0'], 'options.max?': ['0', '1', '2', '0.5', '2^53'] },
      SCALAR,
    ),
    ...law(
      'varianceScaling',
      kit.varianceScaling,
      { 'options.scale?': [...ABOVE_ZERO, '1e300'], 'options.mode?': [], 'options.distribution?': [], ...compat },
      SCALAR,
    ),
    ...law('zeros', kit.zeros, {}, SCALAR),
    onModel('dataDependent', kit.dataDependent, {
      'options.filter?': [],
      'options.start?': ['null'],
      'options.seed?': SEEDS,
      ...pace,
    }),
    {
      name: 'fromManifest',
      call: kit.fromManifest,
      args: () => {
        const model = made();
        report = kit.initialize(model, kit.heNormal(), { seed: 1 });
        model.dispose();
        return [JSON.parse(JSON.stringify(report.initialized[0]))];
      },
      takes: {
        entry: [],
        'entry.acting': [],
        'entry.shape': ['[]'],
        'entry.seed': SEEDS,
        'entry.stream': TEXTS,
        'entry.fanIn': ZERO_OR_MORE,
        'entry.fanOut': [...ZERO_OR_MORE, '1e300'],
      },
      free,
    },
    {
      name: 'gain',
      call: kit.gain,
      args: () => ['leakyRelu', {}],
      takes: {
        activation: [],
        'options?': [],
        'options.slope?': [...FLOATS, '1e300'],
        'options.convention?': [],
      },
      own: ['class'],
    },
    {
      name: 'initialize',
      call: kit.initialize,
      args: () => [made(), kit.heNormal(), {}],
      takes: {
        source: ['model', 'layer', 'variable', '[variable]', '{ variable }'],
        initializer: [],
        'options?': [],
        'options.seed?': SEEDS,
      },
      done: dispose,
    },
    onModel('lsuv', kit.lsuv, {
      'options.tolerance?': ['0.5'],
      'options.maxIterations?': ['1', '2'],
      'options.seed?': SEEDS,
      'options.filter?': [],
      'options.start?': ['null'],
      'options.shift?': FLAGS,
      ...pace,
    }),
    {
      name: 'recommend',
      call: kit.recommend,
      args: () => [made()],
      takes: { source: ['model', 'layer'] },
      done: dispose,
    },
    {
      name: 'signalReport',
      call: kit.signalReport,
      args: () => [made(), tf.tensor2d([1, 2, 3, 5], [2, 2]), {}],
      takes: {
        model: ['model'],
        'batch?': INPUTS,
        'options?': [],
        'options.seed?': SEEDS,
        'options.inputSquare?': ['1', '2', '0.5', '2^53', '1e300'],
        ...pace,
      },
      own: ['class'],
      done: dispose,
    },
  ],
  withTensors,
);

testRefusals(
  '@weightkit/initializers/layers',
  layers,
  [
    {
      name: 'layerInitializer',
      call: layers.layerInitializer,
      args: () => [kit.heNormal(), {}],
      takes: {
        initializer: [],
        'options?': [],
        'options.seed?': SEEDS,
        'options.layout?': ['{}', 'no prototype'],
      },
    },
    {
      name: 'skipInitializers',
      call: layers.skipInitializers,
      args: () => [{ load: async () => ({}) }],
      takes: { handler: [] },
    },
  ],
  withTensors,
  {
    registerLayers: 'it has no arguments',
    registerOrthogonal: 'it has no arguments',
  },
);
