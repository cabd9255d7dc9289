import * as tf from '@tensorflow/tfjs';
import * as kit from '@weightkit/weightnorm';
import { testRefusals } from '../src/refusals.ts';
import { dispose, free, made, withTensors } from './refused.ts';

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
  ],
  withTensors,
);
