import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { type Digits, PIXELS } from '@weightkit/datasets';
import { fillNormal, randomKey } from '@weightkit/numerics';
import { expect, it } from 'vitest';
import { quantizeTrained, trainAndPrune } from '../src/pipeline.ts';
import { buildModel, type Work } from '../src/train.ts';

/** Ten fixed pictures of noise, one for each label, each image with noise of its own on top. */
function pictures(name: string, count: number): Digits {
  const prototypes = fillNormal(new Float32Array(10 * PIXELS), randomKey(0, 'prototypes'), { mean: 128, std: 60 });
  const noise = fillNormal(new Float32Array(count * PIXELS), randomKey(0, name), { mean: 0, std: 30 });
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 10);
  const pixels = Uint8ClampedArray.from(
    noise,
    (value, i) => prototypes[labels[Math.floor(i / PIXELS)]! * PIXELS + (i % PIXELS)]! + value,
  );
  return { count, pixels: new Uint8Array(pixels.buffer), labels };
}

/** The tour on this project's backend but for its files: trained, watched, pruned, quantized, loaded by stock tfjs. */
it('the tour trains, prunes and quantizes on this backend, and stock tfjs predicts as it should', async () => {
  const said: string[] = [];
  const work: Work = {
    train: pictures('train', 256),
    test: pictures('test', 100),
    seed: 0,
    progress: { say: (text) => said.push(text), bar: () => {} },
    signal: new AbortController().signal,
  };
  const options = { initializer: 'heNormal', epochs: 1, sparsity: 0.9, bits: 8 } as const;
  const bytesOf = async ({ weightData }: tf.io.ModelArtifacts) => {
    const bytes = tf.io.CompositeArrayBuffer.join(weightData as ArrayBuffer).byteLength;
    return { bytes, gzipBytes: Number.NaN };
  };
  const model = buildModel(options.initializer, work.seed);
  const { stages, history, tuned } = await trainAndPrune(options, model, work, bytesOf);
  const { quantized, stage } = await quantizeTrained(options, model, work, bytesOf);
  const [dense, pruned] = stages as [typeof stage, typeof stage];

  expect(said.some((line) => /pruning epoch {2}5/.test(line))).toBe(true);
  // One epoch dense and five while pruning, after the record of the start.
  expect(history.records.length).toBeGreaterThanOrEqual(7);
  expect(tuned.every(({ loss }) => Number.isFinite(loss))).toBe(true);
  // Ten pictures far apart beside their noise, twelve steps: chance is 0.1. Quantized to a byte it loses next to nothing.
  expect(pruned.accuracy).toBeGreaterThan(0.5);
  expect(stage.accuracy).toBeGreaterThan(pruned.accuracy - 0.1);
  // 784 x 64 + 64 + 64 x 32 + 32 + 32 x 32 + 32 + 32 x 10 + 10 parameters, of which only kernels are pruned.
  expect([dense.parameters, stage.parameters]).toEqual([53_706, 53_706]);
  expect(pruned.zeros).toBeGreaterThanOrEqual(Math.floor(0.9 * 53_706));
  expect(pruned.zeros).toBeLessThanOrEqual(Math.ceil(0.9 * 53_706) + 138);
  expect(stage.zeros).toBeGreaterThanOrEqual(pruned.zeros);
  expect([dense.bytes, pruned.bytes]).toEqual([4 * 53_706, 4 * 53_706]);
  expect(stage.bytes).toBeLessThan(0.3 * dense.bytes);
  const stock = await tf.loadLayersModel(tf.io.fromMemory(quantized.artifacts));
  expect(weightsOf(stock).map(({ shape }) => shape)).toEqual(weightsOf(model).map(({ shape }) => shape));
  stock.dispose();
  model.dispose();
});
