import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { openCheckpoint, writeCheckpoint } from '@weightkit/checkpoint';
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
