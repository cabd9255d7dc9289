import * as tf from '@tensorflow/tfjs';
import { dora, exportStateDict, ia3, lora, transferWeights, vera } from '@weightkit/transfer-freeze';
import { expect, it } from 'vitest';
import golden from '../golden/adapters-maps.json' with { type: 'json' };
import { fileOf, type Listed, listed, predicted } from './helpers.ts';

const filter = 'fc/kernel';
const PUT: Readonly<Record<string, (model: tf.LayersModel) => ReturnType<typeof lora>>> = {
  lora: (model) => lora(model, { rank: 2, alpha: 3, filter }),
  dora: (model) => dora(model, { rank: 2, alpha: 3, filter }),
  ia3: (model) => ia3(model, { filter }),
  'ia3 inputs': (model) => ia3(model, { filter, inputs: filter }),
  vera: (model) => vera(model, { rank: 2, filter }),
};

const between = (): tf.LayersModel =>
  tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 3, kernelSize: 2, inputShape: [2, 3, 2], name: 'conv' }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 6, name: 'fc' }),
      tf.layers.reshape({ targetShape: [1, 3, 2] }),
      tf.layers.conv2dTranspose({ filters: 1, kernelSize: 2, name: 'up' }),
    ],
  });

const tensorsOf = (one: object): Record<string, Listed> => one as Record<string, Listed>;

/** Sums of 8, 6, 2 and 8 products of values below 4, the inner ones of sums of up to 32: 24 roundings of values below 2^10. */
const TOLERANCE = 24 * 2 ** 10 * 2 ** -24;

const worst = (made: readonly number[], wanted: readonly number[]): number => {
  expect(made).toHaveLength(wanted.length);
  return Math.max(...wanted.map((value, i) => Math.abs(value - made[i]!)));
};

const SEPARABLE = 'sep/pointwiseKernel';
const PUT_POINTWISE: typeof PUT = {
  lora: (model) => lora(model, { rank: 1, alpha: 3, filter: SEPARABLE }),
  dora: (model) => dora(model, { rank: 1, alpha: 3, filter: SEPARABLE }),
  ia3: (model) => ia3(model, { filter: SEPARABLE }),
  'ia3 inputs': (model) => ia3(model, { filter: SEPARABLE, inputs: SEPARABLE }),
};

const separable = (): tf.LayersModel =>
  tf.sequential({
    layers: [
      tf.layers.separableConv2d({ filters: 1, kernelSize: 2, depthMultiplier: 2, inputShape: [2, 3, 2], name: 'sep' }),
    ],
  });

async function expectAsInPeft(
  one: (typeof golden.cases)[number] | (typeof golden.pointwise)[number],
  model: tf.LayersModel,
  put: typeof PUT,
): Promise<void> {
  await transferWeights(fileOf(tensorsOf(one.base)), model);
  const adapters = put[one.kind]!(model);
  await adapters.load(fileOf(tensorsOf(one.file)));
  const x = tf.tidy(() => tf.transpose(tf.tensor(one.x.values, one.x.shape), [0, 2, 3, 1]));
  const [, channels, ...size] = one.y.shape as [number, number, ...number[]];
  // One channel stands anywhere.
  expect(channels).toBe(1);
  expect(model.outputs[0]!.shape).toEqual([null, ...size, channels]);
  expect(worst(await predicted(model, x), one.y.values)).toBeLessThan(TOLERANCE);
  expect(await listed(await adapters.toCheckpoint())).toEqual(tensorsOf(one.file));
  adapters.merge();
  const { checkpoint } = await exportStateDict(model);
  const made = await listed(checkpoint);
  for (const [name, { shape, values }] of Object.entries(tensorsOf(one.merged))) {
    expect(made[name]!.shape, name).toEqual(shape);
    expect(worst(made[name]!.values, values), name).toBeLessThan(TOLERANCE);
  }
  model.dispose();
  x.dispose();
}

it.for(golden.cases)(
  '$kind takes and writes files of peft where a dense layer stands between maps, which have channels first there',
  (one) => expectAsInPeft(one, between(), PUT),
);

it.for(golden.pointwise)(
  '$kind of the pointwise kernel of a separable convolution is that of its module in peft',
  (one) => expectAsInPeft(one, separable(), PUT_POINTWISE),
);
