import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { leakOf, valuesOf } from '@weightkit/testing';
import { expect, it } from 'vitest';
import {
  constant,
  fromManifest,
  heNormal,
  type InitReport,
  initialize,
  torchDefault,
  truncatedNormal,
} from '../../src/index.ts';
import { make, OF_RANK, TABLE } from '../support.ts';

/** Words, BatchNorm, an LSTM, a depthwise and a plain layer: each read in its own way. */
function mixed(): tf.LayersModel {
  const words = tf.layers.embedding({ inputDim: 6, outputDim: 4, inputLength: 9, name: 'words' });
  const plain = { kernelInitializer: 'zeros', recurrentInitializer: 'zeros' } as const;
  return tf.sequential({
    layers: [
      words,
      tf.layers.batchNormalization(),
      tf.layers.lstm({ units: 9, returnSequences: true, ...plain }),
      tf.layers.reshape({ targetShape: [9, 9, 1] }),
      tf.layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2 }),
      tf.layers.conv2dTranspose({ filters: 2, kernelSize: 2 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 2 }),
    ],
  });
}

const bits = (values: Float32Array): number[] => Array.from(new Uint32Array(values.slice().buffer));

/** Makes every weight of a report again, the report having been through JSON, and compares bits. */
async function compare(model: tf.LayersModel, report: InitReport): Promise<number> {
  const { initialized }: InitReport = JSON.parse(JSON.stringify(report));
  expect(initialized).toEqual(report.initialized);
  for (const entry of initialized) {
    const again = fromManifest(entry);
    expect(again.shape).toEqual(entry.shape);
    const value = weightsOf(model, entry.path)[0]!.read();
    expect([entry.path, bits(await valuesOf(again))]).toEqual([entry.path, bits(await valuesOf(value))]);
  }
  return initialized.length;
}

it.each([
  ['heNormal', () => heNormal()],
  ['torchDefault, which hands on to other laws', () => torchDefault()],
  ['an infinite bound', () => truncatedNormal({ lower: -Infinity, upper: 0.5 })],
  ['-0', () => constant({ value: -0 })],
] as const)('fromManifest(entry) makes every weight again, bit for bit, through JSON: %s', async (_, law) => {
  const model = mixed();
  expect(await compare(model, initialize(model, { '**': law() }, { seed: -3 }))).toBe(14);
  model.dispose();
});

const SHAPES = TABLE.map(([law, config]) => [law, config, [5, 4]] as const);

it.each([...SHAPES, ...OF_RANK])('fromManifest(entry) knows %s', async (law, config, shape) => {
  const w = tf.variable(tf.zeros([...shape]));
  const { initialized } = initialize({ w }, { w: make(law, config) }, { seed: 4 });
  const again = fromManifest(JSON.parse(JSON.stringify(initialized[0])));
  expect(bits(await valuesOf(again))).toEqual(bits(Float32Array.from(await w.data())));
  w.dispose();
});

it('initialize(model, law) reports gain, the factor of 1 / sqrt(fanIn)', () => {
  const w = tf.variable(tf.zeros([8, 2]));
  const { initialized } = initialize({ w }, heNormal());
  expect(initialized[0]!.gain).toBeCloseTo(Math.SQRT2, 14);
  w.dispose();
});

it('fromManifest(entry) leaves nothing but its result', async () => {
  const w = tf.variable(tf.zeros([3, 2]));
  const [entry] = initialize({ w }, heNormal()).initialized;
  expect(await leakOf(() => fromManifest(entry!).dispose())).toEqual({ tensors: 0, variables: 0 });
  w.dispose();
});

it('fromManifest(entry) refuses what is no entry', () => {
  const w = tf.variable(tf.zeros([3, 2]));
  const entry = initialize({ w }, heNormal()).initialized[0]!;
  const bad =
    (change: object): (() => tf.Tensor) =>
    () =>
      fromManifest({ ...entry, ...change } as never);
  expect(() => fromManifest(null as never)).toThrow('fromManifest: entry must be of a report, got null');
  expect(bad({ acting: undefined })).toThrow('fromManifest: entry must say what made the values');
  expect(bad({ acting: { law: 'toString', config: {} } })).toThrow('fromManifest: law must be one of');
  expect(bad({ acting: { law: 'normal', config: { std: 'x' } } })).toThrow(
    'fromManifest: std must be a finite float32',
  );
  expect(bad({ stream: 3 })).toThrow('fromManifest: stream must be a string, got 3');
  expect(bad({ seed: undefined })).toThrow('fromManifest: seed must be a safe integer, got undefined');
  expect(bad({ seed: 0.5 })).toThrow('fromManifest: seed must be a safe integer');
  expect(bad({ shape: [-1] })).toThrow('fromManifest: shape must be a list of sizes');
  expect(bad({ fanIn: Number.NaN })).toThrow('fromManifest: fanIn must be a finite number');
  w.dispose();
});
