import * as tf from '@tensorflow/tfjs';
import { openCheckpoint, toArtifacts } from '@weightkit/checkpoint';
import { expect, it } from 'vitest';
import { buffersOf } from '../../src/write/to-artifacts.ts';
import { joined } from '../support.ts';

it('toArtifacts(checkpoint of artifacts) are those artifacts, with every key, in their order', async () => {
  const artifacts = {
    modelTopology: { a: [1, { b: null }] },
    convertedBy: null,
    mine: 'too',
    weightSpecs: [
      {
        name: 'k',
        shape: [2],
        dtype: 'float32',
        quantization: { dtype: 'uint16', min: -1, scale: 0.1, original_dtype: 'float32' },
      },
      { name: 'h', shape: [1], dtype: 'float32', quantization: { dtype: 'float16', original_dtype: 'float32' } },
      { name: 'm', shape: [], dtype: 'int32', group: 'optimizer', more: { x: [1.5] } },
    ],
    weightData: new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]).buffer,
  };
  const again = await toArtifacts(await openCheckpoint(artifacts));
  expect(again).toEqual(artifacts);
  expect(Object.keys(again)).toEqual(Object.keys(artifacts));
});

it('toArtifacts(safetensors) are read by stock: float16 stays, bfloat16 becomes float32', async () => {
  const header = JSON.stringify({
    h: { dtype: 'F16', shape: [2], data_offsets: [0, 4] },
    w: { dtype: 'BF16', shape: [1], data_offsets: [4, 6] },
  });
  const start = new Uint8Array(8);
  start[0] = header.length;
  const bytes = new Uint8Array(Uint16Array.of(0x3c00, 0xc000, 0x3fc0).buffer);
  const { weightData, weightSpecs, modelTopology } = await toArtifacts(
    await openCheckpoint(joined(start, header, bytes)),
  );
  expect(modelTopology).toBeUndefined();
  const decoded = tf.io.decodeWeights(weightData, weightSpecs as unknown as tf.io.WeightsManifestEntry[]);
  expect([...(await decoded.h!.data())]).toEqual([1, -2]);
  expect([...(await decoded.w!.data())]).toEqual([1.5]);
  expect(weightSpecs[0]).toMatchObject({ quantization: { dtype: 'float16' } });
});

it('toArtifacts refuses what TensorFlow.js cannot hold, in the name of who asks', async () => {
  const header = JSON.stringify({ w: { dtype: 'F64', shape: [1], data_offsets: [0, 8] } });
  const start = new Uint8Array(8);
  start[0] = header.length;
  const checkpoint = await openCheckpoint(joined(start, header, new Uint8Array(8)));
  await expect(toArtifacts(checkpoint)).rejects.toThrow('toArtifacts: tfjs cannot hold float64; leave w out');
  await expect(toArtifacts(null as never, 'ask')).rejects.toThrow(
    'ask: checkpoint must be one of openCheckpoint, got null',
  );
});

it('buffers hold the bytes in order, each full but the last', () => {
  for (const [total, lengths] of [
    [0, [0]],
    [4, [4]],
    [9, [4, 4, 1]],
  ] as const) {
    const { buffers, put } = buffersOf(total, 4);
    for (let at = 0; at < total; at += 3) put(Uint8Array.from({ length: Math.min(3, total - at) }, (_, i) => at + i));
    expect(buffers.map(({ byteLength }) => byteLength)).toEqual(lengths);
    expect(buffers.flatMap((buffer) => [...new Uint8Array(buffer)])).toEqual(
      Array.from({ length: total }, (_, i) => i),
    );
  }
});
