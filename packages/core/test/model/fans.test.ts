import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { type FanLayout, fans, type Weight, weightsOf } from '../../src/index.ts';

interface Case {
  call: string;
  shape: number[];
  layout: FanLayout;
  fanIn: number;
  fanOut: number;
}
const golden = JSON.parse(readFileSync(new URL('../golden/fans.json', import.meta.url), 'utf8')) as { cases: Case[] };

describe('fans', () => {
  for (const { call, shape, layout, fanIn, fanOut } of golden.cases)
    it(`fans([${shape}]) equals ${call}`, () => expect(fans(shape, layout)).toEqual({ fanIn, fanOut }));

  // Counted by hand on the connections: what one output sums over, what one input reaches (strides aside).
  // torch and Keras give other figures for these layouts: they read each as [...window, in, out].
  const table: [string, number[], FanLayout, number, number][] = [
    ['depthwise 3x3, 64 channels', [3, 3, 64, 1], { kind: 'depthwise' }, 9, 9],
    ['depthwise 3x5, multiplier 2', [3, 5, 7, 2], { kind: 'depthwise' }, 15, 30],
    ['transposed 2x2, 5 to 3 channels', [2, 2, 3, 5], { kind: 'transposed' }, 20, 12],
    ['transposed in 5 groups', [2, 2, 3, 5], { kind: 'transposed', groups: 5 }, 4, 12],
    ['convolution in 2 groups, 8 to 6 channels', [3, 3, 4, 6], { groups: 2 }, 36, 27],
    ['LSTM kernel, 5 inputs, 3 units', [5, 12], { gates: 4 }, 5, 3],
    ['GRU recurrent kernel, 3 units', [3, 9], { gates: 3 }, 3, 3],
    ['ConvLSTM2D, 3x3, 2 to 4 filters', [3, 3, 2, 16], { gates: 4 }, 18, 36],
    ['a scalar', [], {}, 1, 1],
    ['a vector', [7], {}, 7, 7],
    ['an empty kernel', [0, 4], {}, 0, 4],
  ];
  for (const [what, shape, layout, fanIn, fanOut] of table)
    it(`fans([${shape}], ${JSON.stringify(layout)}) counts ${what}`, () =>
      expect(fans(shape, layout)).toEqual({ fanIn, fanOut }));

  it('fans(weight) reads the layout off the layer that holds it', () => {
    const convolutional = tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 4, kernelSize: 3, inputShape: [6, 6, 2], name: 'conv' }),
        tf.layers.depthwiseConv2d({ kernelSize: 2, depthMultiplier: 3, name: 'depthwise' }),
        tf.layers.separableConv2d({ filters: 5, kernelSize: 2, name: 'separable' }),
        tf.layers.conv2dTranspose({ filters: 7, kernelSize: 2, name: 'transposed' }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 2, name: 'dense' }),
      ],
    });
    const recurrent = tf.sequential({
      layers: [
        tf.layers.embedding({ inputDim: 11, outputDim: 4, inputLength: 3, name: 'embedding' }),
        tf.layers.bidirectional({
          layer: tf.layers.lstm({ units: 2, returnSequences: true }) as tf.RNN,
          mergeMode: 'sum',
          name: 'bi',
        }),
        tf.layers.gru({ units: 3, returnSequences: true, name: 'gru' }),
        tf.layers.simpleRNN({ units: 5, name: 'simple' }),
      ],
    });
    const video = tf.sequential({
      layers: [tf.layers.convLstm2d({ filters: 4, kernelSize: 3, inputShape: [2, 5, 5, 2], name: 'video' })],
    });
    const volume = tf.sequential({
      layers: [
        tf.layers.conv3d({ filters: 3, kernelSize: 2, inputShape: [4, 4, 4, 2], name: 'conv3d' }),
        tf.layers.conv3dTranspose({ filters: 5, kernelSize: 2, name: 'transposed3d' }),
      ],
    });
    const all = [convolutional, recurrent, video, volume].flatMap((model) =>
      weightsOf(model, ({ shape }) => shape.length > 1).map((w) => [w.path, fans(w).fanIn, fans(w).fanOut]),
    );
    expect(all).toEqual([
      ['conv/kernel', 18, 36],
      ['depthwise/depthwiseKernel', 4, 12],
      ['separable/depthwiseKernel', 4, 4],
      ['separable/pointwiseKernel', 12, 5],
      ['transposed/kernel', 20, 28],
      ['dense/kernel', 63, 2],
      ['embedding/embeddings', 11, 4],
      ...['forward', 'backward'].flatMap((way) => [
        [`bi/${way}/cell/kernel`, 4, 2],
        [`bi/${way}/cell/recurrentKernel`, 2, 2],
      ]),
      ['gru/cell/kernel', 2, 3],
      ['gru/cell/recurrentKernel', 3, 3],
      ['simple/cell/kernel', 3, 5],
      ['simple/cell/recurrentKernel', 5, 5],
      ['video/cell/kernel', 18, 36],
      ['video/cell/recurrentKernel', 36, 36],
      ['conv3d/kernel', 16, 24],
      ['transposed3d/kernel', 24, 40],
    ]);
    const [bias] = weightsOf(convolutional, 'conv/bias');
    expect(fans(bias!)).toEqual({ fanIn: 4, fanOut: 4 });
    for (const model of [convolutional, recurrent, video, volume]) model.dispose();
  });

  it('fans(weight without a layer) reads its shape', () => {
    const variable = tf.variable(tf.ones([2, 3]));
    expect(fans(weightsOf({ v: variable })[0]!)).toEqual({ fanIn: 2, fanOut: 3 });
    variable.dispose();
  });

  it('fans refuses shapes and layouts that cannot be', () => {
    for (const shape of [[-1, 2], [1.5, 2], [Number.NaN], ['2']] as number[][])
      expect(() => fans(shape)).toThrow('fans: shape must be a list of sizes, integers of 0 or more');
    for (const target of [null, undefined, 3, {}, 'ab'])
      expect(() => fans(target as unknown as Weight)).toThrow(TypeError);
    expect(() => fans([2, 3], { kind: 'grouped' as 'kernel' })).toThrow(
      'fans: kind must be kernel, depthwise or transposed',
    );
    for (const bad of [0, -1, 1.5, Number.NaN])
      for (const name of ['gates', 'groups'])
        expect(() => fans([2, 3], { [name]: bad })).toThrow(
          `fans: ${name} must be an integer of 1 or more, got ${bad}`,
        );
    expect(() => fans([2, 6], { gates: 4 })).toThrow(
      'fans: gates and groups must divide the last axis of [2,6], got [4, 1]',
    );
    expect(() => fans([2, 6], { gates: 2, groups: 6 })).toThrow(RangeError);
    expect(() => fans([2, 2, 4, 2], { kind: 'depthwise', groups: 2 })).toThrow(
      'fans: groups must be 1 for kind depthwise, got 2',
    );
    expect(() => fans([2, 2, 4, 2], { kind: 'transposed', gates: 2 })).toThrow(
      'fans: gates must be 1 for kind transposed, got 2',
    );
    expect(() => fans([2, 3], { group: 2 } as FanLayout)).toThrow(
      'layout must be among kind, gates, groups, got "group"',
    );
    expect(() => (fans as (w: Weight, l: FanLayout) => unknown)({ shape: [2] } as unknown as Weight, {})).toThrow(
      TypeError,
    );
  });
});
