import * as tf from '@tensorflow/tfjs';
import { stablePaths, weightsOf } from '@weightkit/core';
import { describe, expect, it } from 'vitest';

const build = () => {
  const inner = tf.sequential({
    layers: [tf.layers.conv2d({ filters: 2, kernelSize: 1, inputShape: [2, 2, 1] }), tf.layers.batchNormalization()],
  });
  return tf.sequential({
    layers: [
      inner,
      tf.layers.flatten(),
      tf.layers.dense({ units: 3 }),
      tf.layers.dense({ units: 2 }),
      tf.layers.dense({ units: 1, name: 'out' }),
    ],
  });
};
const pathsOf = (model: tf.LayersModel) => weightsOf(model).map(({ path }) => path);

describe('stablePaths', () => {
  it('stablePaths(paths) are the same for a model built twice, unlike the names that tfjs makes up', () => {
    const [first, second] = [pathsOf(build()), pathsOf(build())];
    expect(first).not.toEqual(second);
    expect(stablePaths(first)).toEqual(stablePaths(second));
    expect(stablePaths(first).filter((path) => path.endsWith('kernel'))).toEqual([
      'sequential_#1/conv2d_Conv2D#1/kernel',
      'dense_Dense#1/kernel',
      'dense_Dense#2/kernel',
      'out/kernel',
    ]);
  });

  it('stablePaths(paths) keeps them apart and keeps names that a person gave', () => {
    const paths = pathsOf(build());
    expect(new Set(stablePaths(paths)).size).toBe(paths.length);
    const own = ['block_Conv2/kernel', 'dense_1/kernel', 'model/kernel', 'layer7/bias', 'a/b/c'];
    expect(stablePaths(own)).toEqual(own);
  });

  it('stablePaths(paths) numbers each parent anew', () => {
    expect(
      stablePaths([
        'model3/lstm_LSTM9/cell/kernel',
        'model4/lstm_LSTM12/cell/kernel',
        'model4/lstm_LSTM10/cell/kernel',
      ]),
    ).toEqual([
      'model#1/lstm_LSTM#1/cell/kernel',
      'model#2/lstm_LSTM#1/cell/kernel',
      'model#2/lstm_LSTM#2/cell/kernel',
    ]);
  });
});

/** A layer class of any name, with one weight. */
function classNamed(className: string) {
  class Custom extends tf.layers.Layer {
    static className = className;
    override build() {
      this.addWeight('scale', [1], 'float32', tf.initializers.ones());
      this.built = true;
    }
    override computeOutputShape(shape: tf.Shape) {
      return shape;
    }
    override call(x: tf.Tensor | tf.Tensor[]) {
      return tf.clone(Array.isArray(x) ? x[0]! : x);
    }
  }
  return (name?: string) => new Custom(name === undefined ? {} : { name });
}

const CLASSES = [
  'Block',
  'Block2',
  'Block21',
  'Residual_V2',
  'residual_v2',
  'Res_Block_10',
  'GELU',
  'GELU10',
  'RMSNorm',
  'MyBlock2D',
  'Conv2DBlock3',
  '_Private',
  '__Private_2',
  'block',
  'X',
  'x1',
  'A1b2C3',
  'ABCDef_GHI9jk0',
  'Level-2.5_x',
];

describe('stablePath', () => {
  it.each(CLASSES)('weightsOf(model) counts unnamed layers of class %s by place', (className) => {
    const make = classNamed(className);
    const two = () => {
      const model = tf.sequential({ layers: [tf.layers.flatten({ inputShape: [2, 1] }), make(), make(), make('own')] });
      return weightsOf(model);
    };
    const [first, second] = [two(), two()];
    expect(first.map(({ path }) => path)).not.toEqual(second.map(({ path }) => path));
    expect(first.map(({ stablePath }) => stablePath)).toEqual(second.map(({ stablePath }) => stablePath));
    const [a, b, own] = first.map(({ stablePath }) => stablePath.replace(/\/[^/]*$/, ''));
    expect([a!.replace(/#1$/, ''), a!.endsWith('#1'), b!.endsWith('#2'), own]).toEqual([
      b!.replace(/#2$/, ''),
      true,
      true,
      'own',
    ]);
    // Without a model the name has to tell; a class in lower case does not.
    if (className !== className.toLowerCase())
      expect(stablePaths(first.map(({ path }) => path))).toEqual(first.map(({ stablePath }) => stablePath));
  });

  it('weightsOf(model) keeps classes apart whose names differ by a digit at the end', () => {
    const [block, block2] = [classNamed('Block'), classNamed('Block2')];
    const paths = ['block_Block21/scale', 'block2_Block21/scale', 'block_Block2/scale', 'block2_Block22/scale'];
    expect(stablePaths(paths)).toEqual([
      'block_Block#1/scale',
      'block2_Block2#1/scale',
      'block_Block#2/scale',
      'block2_Block2#2/scale',
    ]);
    const model = tf.sequential({ layers: [tf.layers.flatten({ inputShape: [2, 1] }), block(), block2(), block()] });
    expect(weightsOf(model).map(({ stablePath }) => stablePath.split('/')[0])).toEqual([
      'block_Block#1',
      'block2_Block2#1',
      'block_Block#2',
    ]);
  });

  it('weightsOf(model) takes names for a person’s that only look made up', () => {
    const dense = (name: string) => tf.layers.dense({ units: 1, inputShape: [1], name });
    const names = ['dense1', 'model2', 'sequential_3', 'res_res1', 'conv2d_Conv2D4', 'dense_Dense05', 'dense_Dense0'];
    const model = tf.sequential({ layers: names.map(dense) });
    expect(weightsOf(model, '*/kernel').map(({ stablePath }) => stablePath)).toEqual(names.map((n) => `${n}/kernel`));
  });

  it('weightsOf(model) counts nested models of a class of their own', () => {
    class Coder2 extends tf.LayersModel {
      static override className = 'Coder2';
    }
    const coder = () => {
      const x = tf.input({ shape: [2] });
      return new Coder2({ inputs: x, outputs: tf.layers.dense({ units: 2 }).apply(x) as tf.SymbolicTensor });
    };
    const whole = () => tf.sequential({ layers: [coder(), coder()] as tf.layers.Layer[] });
    const stable = [whole(), whole()].map((model) => weightsOf(model, '**/kernel').map(({ stablePath }) => stablePath));
    expect(stable[0]).toEqual(['coder2#1/dense_Dense#1/kernel', 'coder2#2/dense_Dense#1/kernel']);
    expect(stable[1]).toEqual(stable[0]);
  });

  it('weightsOf(model, filter) counts over all weights, not over those of the filter', () => {
    const kernels = weightsOf(build(), (weight) => weight.path.endsWith('kernel'));
    expect(weightsOf(build(), ({ stablePath }) => stablePath === 'dense_Dense#2/kernel')).toHaveLength(1);
    expect(kernels.at(-2)!.stablePath).toBe('dense_Dense#2/kernel');
  });

  it('weightsOf(variables) counts variables without a name by place', () => {
    const list = (given: string) => [
      tf.variable(tf.zeros([1])),
      tf.variable(tf.zeros([2])),
      tf.variable(tf.zeros([1]), true, given),
    ];
    const [first, second] = [weightsOf(list('stable-paths/a')), weightsOf(list('stable-paths/b'))];
    expect(first.slice(0, 2).map(({ stablePath }) => stablePath)).toEqual(['#1', '#2']);
    expect(second[1]!.stablePath).toBe('#2');
    expect(first[2]!.stablePath).toBe(first[2]!.path);
  });
});
