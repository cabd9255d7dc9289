import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { openCheckpoint, writeCheckpoint } from '@weightkit/checkpoint';
import { checkpointOf, handlerOf, weightsOf } from '@weightkit/core';
import { quantizeCheckpoint } from '@weightkit/quantization/checkpoint';
import { expect, test } from 'vitest';
import { fetchPackage, rewrite, ZOO } from '../src/index.ts';

const pitch = ZOO.find(({ name }) => name === '@spotify/basic-pitch')!;

test('a published GraphModel comes out of openCheckpoint and writeCheckpoint byte for byte', async ({ skip }) => {
  const fetched = await fetchPackage(pitch);
  if ('reason' in fetched) return skip(fetched.reason);
  expect(await rewrite(join(fetched.folder, pitch.models[0]!.file))).toEqual({
    weights: 245,
    sameJson: true,
    sameWeights: true,
  });
});

test('a published GraphModel in memory is the checkpoint of its file, and what is written in it comes out', async ({
  skip,
}) => {
  const fetched = await fetchPackage(pitch);
  if ('reason' in fetched) return skip(fetched.reason);
  const file = await openCheckpoint(join(fetched.folder, pitch.models[0]!.file));
  const model = await tf.loadGraphModel(handlerOf(file));
  const files = new Map<string, Uint8Array>();
  const { tensors, extras } = checkpointOf(model);
  expect([...new Map(extras.modelJson).keys()].sort()).toEqual([...new Map(file.extras.modelJson).keys()].sort());
  expect(tensors.map(({ name }) => name)).toEqual(file.tensors.map(({ name }) => name));
  for (const [i, tensor] of tensors.entries()) expect(await tensor.bytes()).toEqual(await file.tensors[i]!.bytes());

  const [weight] = weightsOf(model, ({ dtype }) => dtype === 'float32');
  const ones = tf.ones([...weight!.shape]);
  weight!.write(ones);
  ones.dispose();
  await writeCheckpoint(checkpointOf(model), files);
  const again = await tf.loadGraphModel(stockLoader(files));
  for (const [name, [tensor]] of Object.entries(again.weights))
    expect(await tensor!.data()).toEqual(await model.weights[name]![0]!.data());
  expect(new Set(await again.weights[weight!.path]![0]!.data())).toEqual(new Set([1]));
  again.dispose();
  model.dispose();
  await file.close();
});

/** The files as stock loads them, by its own loader with a fetch of ours. */
const stockLoader = (files: Map<string, Uint8Array>): tf.io.IOHandler =>
  tf.io.http('http://127.0.0.1/model.json', {
    fetchFunc: async (url: string | URL | Request) => {
      const file = files.get(new URL(String(url)).pathname.slice(1));
      return new Response((file ?? null) as Uint8Array<ArrayBuffer> | null, { status: file ? 200 : 404 });
    },
  });

test.for(['uint8', 'uint16', 'float16'] as const)(
  'a GraphModel quantized as a file to %s loads in stock TensorFlow.js, with the weights that the checkpoint says',
  { timeout: 120_000 },
  async (dtype, { skip }) => {
    const fetched = await fetchPackage(pitch);
    if ('reason' in fetched) return skip(fetched.reason);
    const source = await openCheckpoint(join(fetched.folder, pitch.models[0]!.file));
    const { checkpoint, report } = await quantizeCheckpoint(source, { dtype });
    expect(report.skipped.filter(({ reason }) => reason.startsWith('int32')).length).toBe(202);
    const files = new Map<string, Uint8Array>();
    await writeCheckpoint(checkpoint, files);
    const model = await tf.loadGraphModel(stockLoader(files));
    const bounds = new Map(report.quantized.map(({ name, bound }) => [name, bound]));
    for (const [i, tensor] of checkpoint.tensors.entries()) {
      const values = (await tensor.values()) as Float32Array;
      expect(await model.weights[tensor.name]![0]!.data()).toEqual(values);
      const before = (await source.tensors[i]!.values()) as Float32Array;
      let worst = 0;
      for (let j = 0; j < values.length; j++) worst = Math.max(worst, Math.abs(values[j]! - before[j]!));
      expect(worst).toBeLessThanOrEqual(bounds.get(tensor.name) ?? 0);
    }
    model.dispose();
    await source.close();
  },
);
