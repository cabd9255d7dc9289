import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { planShrink, prune, shrink } from '../../src/index.ts';
import { outputsOf, reloaded } from './generated.ts';
import { conv, dense, modelOf, on, type Symbolic, zeros } from './models.ts';

const flat = (x: Symbolic): Symbolic => on(tf.layers.flatten({}), x);
const out = (x: Symbolic): Symbolic => on(dense('out', 3), x);

/** What users of other tools met, as models of TensorFlow.js: Torch-Pruning (TP), keras-surgeon (KS). */
const CASES: [issue: string, what: string, model: () => tf.LayersModel, filter: RegExp, units: number][] = [
  [
    'TP #146',
    'a concatenation of one tensor twice',
    () =>
      modelOf([5, 5, 2], (x) => {
        const a = on(conv('a', 6), x);
        return out(flat(on(conv('b', 3), on(tf.layers.concatenate(), a, a))));
      }),
    /^a.kernel/,
    3,
  ],
  [
    'TP #481',
    'a concatenation of two layers, each pruned by itself',
    () => modelOf([5, 5, 2], (x) => out(flat(on(tf.layers.concatenate(), on(conv('a', 6), x), on(conv('b', 4), x))))),
    /^[ab].kernel/,
    5,
  ],
  [
    'TP #50',
    'a convolution, flattened, then dense',
    () => modelOf([6, 4, 2], (x) => out(flat(on(tf.layers.maxPooling2d({ poolSize: 2 }), on(conv('a', 6), x))))),
    /^a.kernel/,
    3,
  ],
  [
    'TP #125',
    'dense, in the shape of an image, then a transposed convolution',
    () =>
      modelOf([3], (x) =>
        flat(
          on(
            tf.layers.conv2dTranspose({ name: 'out', filters: 2, kernelSize: 2, ...zeros }),
            on(tf.layers.reshape({ targetShape: [1, 1, 8] }), on(dense('a', 8), x)),
          ),
        ),
      ),
    /^a.kernel/,
    4,
  ],
  [
    'TP #57',
    'blocks with a residual and a LayerNormalization',
    () =>
      modelOf([4, 6], (x) => {
        const block = (y: Symbolic, i: number): Symbolic =>
          on(
            tf.layers.layerNormalization({ name: `n${i}` }),
            on(tf.layers.add(), y, on(dense(`down${i}`, 6), on(dense(`up${i}`, 8, { activation: 'gelu' }), y))),
          );
        return out(flat(block(block(x, 0), 1)));
      }),
    /^up\d.kernel/,
    8,
  ],
  [
    'TP #276, #404, #44',
    'an LSTM',
    () => modelOf([4, 3], (x) => out(on(tf.layers.lstm({ name: 'a', units: 6, ...zeros }), x))),
    /^a.cell.(kernel|recurrentKernel)/,
    3,
  ],
  [
    'TP #515',
    'a GRU of two directions',
    () =>
      modelOf([4, 3], (x) =>
        out(
          flat(
            on(
              tf.layers.bidirectional({
                name: 'a',
                mergeMode: 'concat',
                layer: tf.layers.gru({ units: 6, returnSequences: true, ...zeros }) as never,
              }),
              x,
            ),
          ),
        ),
      ),
    /^a.(forward|backward).cell.(kernel|recurrentKernel)/,
    6,
  ],
  [
    'TP #100',
    'a depthwise convolution with twice as many outputs',
    () =>
      modelOf([5, 5, 2], (x) =>
        out(
          flat(
            on(
              tf.layers.depthwiseConv2d({ name: 'd', kernelSize: 3, depthMultiplier: 2, useBias: false, ...zeros }),
              on(conv('a', 6), x),
            ),
          ),
        ),
      ),
    /^a.kernel/,
    3,
  ],
  [
    'KS #64',
    'BatchNormalization and ReLU between',
    () =>
      modelOf([5, 5, 2], (x) =>
        out(flat(on(tf.layers.reLU({}), on(tf.layers.batchNormalization({ name: 'n' }), on(conv('a', 6), x))))),
      ),
    /^a.kernel/,
    3,
  ],
  [
    'KS #66',
    'separable convolutions',
    () =>
      modelOf([5, 5, 2], (x) =>
        out(
          flat(
            on(
              tf.layers.separableConv2d({ name: 'b', filters: 6, kernelSize: 3 }),
              on(tf.layers.separableConv2d({ name: 'a', filters: 6, kernelSize: 3, padding: 'same' }), x),
            ),
          ),
        ),
      ),
    /^[ab].pointwiseKernel/,
    6,
  ],
];

describe('what users of other tools met', () => {
  for (const [issue, what, make, filter, units] of CASES)
    it(`${issue}: ${what}`, async () => {
      const model = make();
      const pruning = await prune(model, { structure: 'unit', sparsity: 0.5, filter: ({ path }) => filter.test(path) });
      const { model: small, plan, certificate } = await shrink(model);
      const again = await reloaded(small);
      const x = tf.randomNormal([2, ...(model.inputs[0]!.shape.slice(1) as number[])], 0, 1, 'float32', 3);
      expect(plan.before.units - plan.after.units).toBe(units);
      expect(certificate.relative).toBeLessThanOrEqual(1e-6);
      expect(await outputsOf(again, x)).toEqual(await outputsOf(small, x));
      x.dispose();
      pruning.dispose();
      for (const one of [again, small, model]) one.dispose();
    });

  it('TP #357: a size of heads in a reshape keeps the units, and the plan says so', async () => {
    const model = modelOf([4, 6], (x) =>
      out(flat(on(tf.layers.reshape({ name: 'heads', targetShape: [4, 2, 3] }), on(dense('a', 6), x)))),
    );
    const pruning = await prune(model, { structure: 'unit', sparsity: 0.5, filter: 'a/kernel' });
    const { barriers } = await planShrink(model);
    expect(barriers).toMatchObject([{ path: 'a', reason: 'heads gives the units a shape in which no axis is theirs' }]);
    pruning.dispose();
    model.dispose();
  });

  it('TP #416: where nothing can go, that is an error', async () => {
    const model = modelOf([4], (x) => out(on(dense('a', 6), x)));
    await expect(shrink(model)).rejects.toThrow('shrink: model must have a unit that can go, got none');
    model.dispose();
  });

  it('TP #186: a smaller model that gives something else is an error', async () => {
    const model = modelOf([4], (x) => out(on(dense('a', 6), x)));
    const pruning = await prune(model, { structure: 'unit', sparsity: 0.5, filter: 'a/kernel' });
    // What is called is not what the weights say.
    const layer = model.getLayer('a');
    const call = layer.call.bind(layer);
    layer.call = (inputs, kwargs) => tf.tidy(() => tf.add([call(inputs, kwargs)].flat()[0]!, 1));
    await expect(shrink(model)).rejects.toThrow(
      'shrink: the smaller model must give the same within 0.000001 of the largest output, got ',
    );
    pruning.dispose();
    model.dispose();
  });
});
