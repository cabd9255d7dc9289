import * as tf from '@tensorflow/tfjs';
import * as kit from '@weightkit/weightnorm';
import { testRefusals } from '../src/refusals.ts';
import { dispose, FLAGS, free, made, withTensors } from './refused.ts';

const LENGTHS = ['0', '1', '2', '0.5', '2^53', '1e300'] as const;
const EPSILON = { 'options?': [], 'options.epsilon?': LENGTHS };
/** A function of one weight. */
const ofWeight = (name: string, call: unknown, takes: Record<string, readonly string[]>) => ({
  name,
  call: call as never,
  args: () => [tf.ones([2, 2]), {}],
  takes: { w: ['tensor', 'empty tensor', 'variable'], ...takes },
  done: dispose,
  free,
});
const STANDARD = {
  'options.scaled?': FLAGS,
  'options.epsilon?': ['0', '1', '2', '0.5', '2^53'],
  'options.gamma?': ['1', '2', '0.5', '2^53'],
};
const AXES = ['null', '0', '1', '-1', '[]'] as const;

testRefusals(
  '@weightkit/weightnorm',
  kit,
  [
    {
      name: 'normalizeWeight',
      call: kit.normalizeWeight,
      args: () => [tf.ones([2, 2]), tf.ones([2]), {}],
      takes: { v: ['tensor', 'empty tensor', 'variable'], g: [], 'options?': [], 'options.axis?': ['0', '1', '-1'] },
      done: dispose,
      free,
    },
    {
      name: 'spectralVectors',
      call: kit.spectralVectors,
      args: () => [tf.ones([2, 2]), {}],
      takes: {
        w: ['tensor', 'empty tensor', 'variable'],
        'options?': [],
        'options.axis?': ['0', '1', '-1'],
        'options.iterations?': ['1', '2'],
        'options.start?': [],
        'options.seed?': ['0', '1', '2', '-1'],
      },
      done: dispose,
      free,
    },
    {
      name: 'spectralNormalize',
      call: kit.spectralNormalize,
      args: () => {
        const [u, v] = [tf.ones([2]), tf.ones([2])];
        return [tf.ones([2, 2]), { u, v }, {}, u, v];
      },
      takes: {
        w: ['tensor', 'variable'],
        vectors: [],
        'options?': [],
        'options.axis?': ['0', '1', '-1'],
        'options.mode?': [],
      },
      done: dispose,
      free,
    },
    {
      name: 'spectralNorm',
      call: (...args: Parameters<typeof kit.spectralNorm>) => kit.spectralNorm(...args).restore(),
      args: () => {
        const model = made();
        return [model.layers[0], {}, model];
      },
      takes: {
        target: ['model', 'layer'],
        'options?': [],
        'options.property?': [],
        'options.axis?': ['0', '1', '-1'],
        'options.mode?': [],
        'options.iterations?': ['1', '2'],
        'options.size?': [],
        'options.seed?': ['0', '1', '2', '-1'],
      },
      done: dispose,
    },
    {
      name: 'weightNorm',
      call: (...args: Parameters<typeof kit.weightNorm>) => kit.weightNorm(...args).restore(),
      args: () => {
        const model = made();
        return [model.layers[0], {}, model];
      },
      takes: {
        target: ['model', 'layer'],
        'options?': [],
        'options.property?': [],
        'options.axis?': AXES,
      },
      done: dispose,
    },
    {
      name: 'weightNormModel',
      call: async (...args: Parameters<typeof kit.weightNormModel>) => (await kit.weightNormModel(...args)).restore(),
      args: () => [made(), {}],
      takes: { model: ['model', 'layer'], 'options?': [], 'options.filter?': [], 'options.axis?': AXES },
      own: ['class'],
      done: dispose,
    },
    ofWeight('maxNorm', kit.maxNorm, { ...EPSILON, 'options.axis?': AXES, 'options.maxValue?': LENGTHS }),
    ofWeight('unitNorm', kit.unitNorm, { ...EPSILON, 'options.axis?': AXES }),
    ofWeight('minMaxNorm', kit.minMaxNorm, {
      ...EPSILON,
      'options.axis?': AXES,
      'options.minValue?': ['0', '1', '0.5'],
      'options.maxValue?': LENGTHS,
      'options.rate?': ['0', '1', '0.5'],
    }),
    ofWeight('simplex', kit.simplex, { w: ['tensor', 'variable'], 'options?': [], 'options.axis?': AXES }),
    ofWeight('orthonormal', kit.orthonormal, {
      w: ['tensor', 'variable'],
      'options?': [],
      'options.axis?': ['0', '1', '-1'],
      'options.iterations?': ['1', '2'],
    }),
    {
      name: 'nonNeg',
      call: kit.nonNeg,
      args: () => [tf.ones([2, 2])],
      takes: { w: ['tensor', 'scalar', 'empty tensor', 'variable'] },
      done: dispose,
      free,
    },
    {
      name: 'orthogonalMap',
      call: kit.orthogonalMap,
      args: () => [tf.ones([2, 2]), {}],
      takes: { x: ['tensor', 'variable'], 'options?': [], 'options.map?': [] },
      done: dispose,
      free,
    },
    {
      name: 'orthogonal',
      call: (...args: Parameters<typeof kit.orthogonal>) => kit.orthogonal(...args).restore(),
      args: () => {
        const model = made();
        return [model.layers[0], {}, model];
      },
      takes: {
        target: ['model', 'layer'],
        'options?': [],
        'options.property?': [],
        'options.axis?': ['0', '1', '-1'],
        'options.map?': [],
      },
      done: dispose,
    },
    ofWeight('standardizeWeight', kit.standardizeWeight, {
      'options?': [],
      'options.axis?': AXES,
      ...STANDARD,
    }),
    {
      name: 'weightStandardization',
      call: (...args: Parameters<typeof kit.weightStandardization>) => kit.weightStandardization(...args).restore(),
      args: () => {
        const model = made();
        return [model.layers[0], {}, model];
      },
      takes: {
        target: ['model', 'layer'],
        'options?': [],
        'options.property?': [],
        'options.axis?': AXES,
        ...STANDARD,
        'options.gain?': FLAGS,
      },
      done: dispose,
    },
    {
      name: 'weightStandardizationModel',
      call: async (...args: Parameters<typeof kit.weightStandardizationModel>) =>
        (await kit.weightStandardizationModel(...args)).restore(),
      args: () => [made(), {}],
      takes: {
        model: ['model', 'layer'],
        'options?': [],
        'options.filter?': [],
        'options.axis?': AXES,
        ...STANDARD,
        'options.gain?': FLAGS,
      },
      own: ['class'],
      done: dispose,
    },
    {
      name: 'structuredMap',
      call: kit.structuredMap,
      args: () => [tf.ones([2, 2]), { structure: 'positive' }],
      takes: {
        x: ['tensor', 'scalar', 'empty tensor', 'variable'],
        options: [],
        'options.structure': [],
        'options.map?': [],
        'options.blocks?': [],
        'options.rank?': [],
        'options.floor?': [],
        'options.radius?': [],
        'options.factor?': [],
      },
      done: dispose,
      free,
    },
    {
      name: 'structured',
      call: (...args: Parameters<typeof kit.structured>) => kit.structured(...args).restore(),
      args: () => {
        const model = made();
        return [model.layers[0], { structure: 'positive' }, model];
      },
      takes: {
        target: ['model', 'layer'],
        options: [],
        'options.structure': [],
        'options.map?': [],
        'options.blocks?': [],
        'options.rank?': [],
        'options.floor?': [],
        'options.radius?': [],
        'options.factor?': [],
        'options.property?': [],
      },
      done: dispose,
    },
    {
      name: 'constrain',
      call: async (...args: Parameters<typeof kit.constrain>) => (await kit.constrain(...args)).fold(),
      args: () => [made(), [{ constraint: 'nonNeg' }]],
      takes: { model: ['model', 'layer'], rules: [] },
      done: dispose,
    },
    {
      name: 'enforceConstraints',
      call: async (...args: Parameters<typeof kit.enforceConstraints>) =>
        (await kit.enforceConstraints(...args)).fold(),
      args: () => [
        tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2], kernelConstraint: 'nonNeg' })] }),
        {},
      ],
      takes: { model: [], 'options?': [], 'options.filter?': [] },
      own: ['class'],
      done: dispose,
    },
  ],
  withTensors,
);
