import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { hasKernel } from '@weightkit/testing';
import { dora, exportStateDict, ia3, lora, pissa, transferWeights } from '@weightkit/transfer-freeze';
import { describe, expect, it } from 'vitest';
import golden from '../golden/adapters.json' with { type: 'json' };
import { fileOf, type Listed, listed, predicted, train, valuesOf } from './helpers.ts';

const PUT: Readonly<Record<string, (model: tf.LayersModel) => ReturnType<typeof pissa> | ReturnType<typeof lora>>> = {
  lora: (model) => lora(model, { rank: golden.rank, alpha: golden.alpha }),
  dora: (model) => dora(model, { rank: golden.rank, alpha: golden.alpha }),
  pissa: (model) => pissa(model, { rank: golden.rank, alpha: golden.alpha }),
  ia3: (model) => ia3(model),
  'ia3 inputs': (model) => ia3(model, { inputs: 'fc/kernel' }),
};

const LAYERS: Readonly<Record<string, () => tf.layers.Layer>> = {
  linear: () => tf.layers.dense({ units: 3, inputShape: [4], name: 'fc' }),
  conv: () => tf.layers.conv2d({ filters: 3, kernelSize: [2, 3], inputShape: [4, 5, 2], name: 'fc' }),
  embedding: () => tf.layers.embedding({ inputDim: 6, outputDim: 3, inputLength: 2, name: 'fc' }),
};

const TRAINS: Readonly<Record<string, () => boolean>> = {
  linear: () => true,
  conv: () => hasKernel('Conv2DBackpropFilter'),
  embedding: () => hasKernel('UnsortedSegmentSum'),
};

/** Channels last. */
const turned = ({ shape, values }: Listed): tf.Tensor =>
  tf.tidy(() =>
    shape.length === 4
      ? tf.transpose(tf.tensor([...values], [...shape]), [0, 2, 3, 1])
      : tf.tensor([...values], [...shape]),
  );

/**
 * Sums of at most 18 positions and 12 products of values below 16, a norm and a quotient, over 3 steps:
 * 3 · (18 + 12 + 8) · 16 · 2^-24 < 1.1e-4, and four times that on WebGPU.
 */
const TOLERANCE = 4.4e-4;

function expectNear(made: readonly number[], wanted: readonly number[]): void {
  expect(made).toHaveLength(wanted.length);
  expect(Math.max(...wanted.map((value, i) => Math.abs(value - made[i]!)))).toBeLessThan(TOLERANCE);
}

async function expectTensors(made: Record<string, Listed>, wanted: Record<string, Listed>): Promise<void> {
  expect(Object.keys(made).sort()).toEqual(Object.keys(wanted).sort());
  for (const [name, { shape, values }] of Object.entries(wanted)) {
    expect(made[name]!.shape, name).toEqual(shape);
    expectNear(made[name]!.values, values);
  }
}

describe('as in peft', () => {
  it.for(golden.cases)(
    '$kind of a layer of kind $layer takes its files, trains, writes and merges alike',
    async (one, { skip }) => {
      skip(!TRAINS[one.layer]!(), 'this backend cannot train such a layer');
      const model = tf.sequential({ layers: [LAYERS[one.layer]!()] });
      const base = one.base as unknown as Record<string, Listed>;
      await transferWeights(
        fileOf(Object.fromEntries(Object.entries(base).map(([name, tensor]) => [`fc.${name}`, tensor]))),
        model,
      );
      const before = await valuesOf(model);
      const adapters = await PUT[one.kind]!(model);
      const tensors = [turned(one.x), tf.tidy(() => tf.clone(turned(one.y)))] as const;
      const [first, last] = [turned(one.first), turned(one.last)];
      if (one.kind !== 'pissa') await adapters.load(fileOf(one.start as unknown as Record<string, Listed>));
      expectNear(await predicted(model, tensors[0]), [...(await first.data())]);
      await train(model, ...tensors, golden.steps);
      expectNear(await predicted(model, tensors[0]), [...(await last.data())]);
      // The signs of singular vectors are anyone's: of PiSSA the merged weights tell.
      if (one.kind !== 'pissa')
        await expectTensors(
          await listed(await adapters.toCheckpoint()),
          one.trained as unknown as Record<string, Listed>,
        );
      adapters.merge({ keepBase: true });
      const { checkpoint } = await exportStateDict(model);
      await expectTensors(await listed(checkpoint), one.merged as unknown as Record<string, Listed>);
      adapters.unmerge();
      adapters.remove();
      expect(await valuesOf(model)).toEqual(before);
      expect(weightsOf(model).every(({ trainable }) => trainable)).toBe(true);
      model.dispose();
      tf.dispose([...tensors, first, last]);
    },
  );
});
