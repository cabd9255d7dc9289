import * as tf from '@tensorflow/tfjs';
import { type Checkpoint, mapCheckpoint, openCheckpoint, writeCheckpoint } from '@weightkit/checkpoint';
import { beforeAll, expect, it } from 'vitest';
import { faultOf, joined } from '../../support.ts';

// Files of a process share TensorFlow.js, and another may have brought a backend that has no complex numbers.
beforeAll(async () => {
  await tf.setBackend('cpu');
});

const bytes = (...parts: ArrayBufferView[]): Uint8Array =>
  joined(...parts.map((part) => new Uint8Array(part.buffer, part.byteOffset, part.byteLength)));
const folder = (manifest: unknown, files: Record<string, Uint8Array>, more = ''): Map<string, Uint8Array> =>
  new Map([
    ['model.json', joined(`{${more}"weightsManifest": ${JSON.stringify(manifest)}}`)],
    ...Object.entries(files),
  ]);
const weight = (name: string, shape: number[], dtype = 'float32', quantization?: object) => ({
  name,
  shape,
  dtype,
  ...(quantization ? { quantization } : {}),
});
const openFolder = (...given: Parameters<typeof folder>): Promise<Checkpoint> => openCheckpoint(folder(...given));

const model = () =>
  tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 3, kernelSize: 2, inputShape: [4, 4, 2], activation: 'relu', name: 'conv' }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 5, name: 'out' }),
    ],
  });

async function artifactsOf(saved: tf.LayersModel): Promise<tf.io.ModelArtifacts> {
  let found: tf.io.ModelArtifacts | undefined;
  await saved.save(
    tf.io.withSaveHandler(async (artifacts) => {
      found = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    }),
  );
  return found!;
}

/** The files as stock loads them, by its browser loader with a fetch of ours. */
const stockLoader = (files: Map<string, Uint8Array>): tf.io.IOHandler =>
  tf.io.http('http://127.0.0.1/model.json', {
    fetchFunc: async (url: string | URL | Request) => {
      const file = files.get(decodeURIComponent(new URL(String(url)).pathname.slice(1)));
      return new Response((file ?? null) as Uint8Array<ArrayBuffer> | null, {
        status: file ? 200 : 404,
        headers: { 'content-type': String(url).endsWith('.json') ? 'application/json' : 'application/octet-stream' },
      });
    },
  });

it('writeCheckpoint writes what stock TensorFlow.js loads, and it predicts the same', async () => {
  const net = model();
  const x = tf.randomNormal([3, 4, 4, 2], 0, 1, 'float32', 5);
  const wanted = await (net.predict(x) as tf.Tensor).data();
  const checkpoint = await openCheckpoint(await artifactsOf(net));
  expect(checkpoint.tensors.map(({ name }) => name)).toEqual(['conv/kernel', 'conv/bias', 'out/kernel', 'out/bias']);
  const files = new Map<string, Uint8Array>();
  const report = await writeCheckpoint(checkpoint, files, { shardBytes: 100 });
  expect(report.files.length).toBeGreaterThan(5);
  expect(report.files.at(-1)!.file).toBe('model.json');
  const again = await tf.loadLayersModel(stockLoader(files));
  expect(await (again.predict(x) as tf.Tensor).data()).toEqual(wanted);
});

it('openCheckpoint decodes as stock does: affine codes, float16, bool, int32, complex64, strings', async () => {
  const codes8 = Uint8Array.of(0, 1, 128, 255);
  const codes16 = Uint16Array.of(0, 1, 65_535);
  const specs = [
    weight('a8', [4], 'float32', { dtype: 'uint8', scale: 0.0123, min: -0.7 }),
    weight('a16', [3], 'float32', { dtype: 'uint16', scale: 1.7e-5, min: 0.3 }),
    weight('i8', [4], 'int32', { dtype: 'uint8', scale: 0.5, min: -3 }),
    weight('half', [3], 'float32', { dtype: 'float16' }),
    weight('flag', [2], 'bool'),
    weight('int', [2], 'int32'),
    weight('complex', [1], 'complex64'),
    weight('text', [2], 'string'),
    weight('scalar', []),
    weight('none', [0, 3]),
  ];
  const data = bytes(
    codes8,
    codes16,
    codes8,
    Uint16Array.of(0x3c00, 0x0001, 0xfbff),
    Uint8Array.of(1, 0),
    Int32Array.of(2 ** 24 + 1, -7),
    Float32Array.of(1.5, -2.5),
    Uint8Array.of(2, 0, 0, 0, 0xc3, 0xa9, 0, 0, 0, 0),
    Float32Array.of(9),
  );
  const { tensors } = await openFolder([{ paths: ['w.bin'], weights: specs }], { 'w.bin': data });
  const stock = tf.io.decodeWeights(data.slice().buffer, specs as tf.io.WeightsManifestEntry[]);
  for (const tensor of tensors) {
    const values = await tensor.values();
    const wanted = stock[tensor.name]!;
    expect(tensor.shape).toEqual(wanted.shape);
    if (tensor.dtype === 'complex64') expect([...(values as Float32Array)]).toEqual([1.5, -2.5]);
    else expect(Array.from(values as Float32Array)).toEqual(Array.from(await wanted.data()));
  }
});

it('openCheckpoint joins groups and shards in the order of the manifest, tensors that straddle them too', async () => {
  const values = Float32Array.of(1, 2, 3, 4, 5, 6);
  const all = bytes(values);
  const checkpoint = await openFolder(
    [
      { paths: ['b.bin', 'a.bin'], weights: [weight('x', [2])] },
      { paths: ['sub/c.bin'], weights: [weight('y', [2, 2])] },
    ],
    { 'b.bin': all.slice(0, 3), 'a.bin': all.slice(3, 13), 'sub/c.bin': all.slice(13) },
  );
  expect(checkpoint.extras.groups).toEqual([1, 1]);
  const read = await Promise.all(
    checkpoint.tensors.map(async (tensor) => [...((await tensor.values()) as Float32Array)]),
  );
  expect(read).toEqual([
    [1, 2],
    [3, 4, 5, 6],
  ]);
});

it('writeCheckpoint passes every other entry of model.json through as it stood, and writes as the converter does', async () => {
  const more = `"format": "graph-model", "generatedBy": "2.3.0", "signature": {"a": 1.0, "b": [1e-07]}, "userDefinedMetadata": {"é": "\\u00e9"}, `;
  const source = await openFolder(
    [
      {
        paths: ['group1-shard1of1.bin'],
        weights: [
          weight('k', [4], 'float32', { dtype: 'uint8', min: -1.5, scale: 0.00001234, original_dtype: 'float32' }),
          weight('shape', [1], 'int32'),
        ],
      },
    ],
    { 'group1-shard1of1.bin': bytes(Uint8Array.of(1, 2, 3, 4), Int32Array.of(7)) },
    more,
  );
  const files = new Map<string, Uint8Array>();
  await writeCheckpoint(source, files);
  expect(new TextDecoder().decode(files.get('model.json'))).toBe(
    `{${more}"weightsManifest": [{"paths": ["group1-shard1of1.bin"], "weights": [` +
      '{"name": "k", "shape": [4], "dtype": "float32", "quantization": {"dtype": "uint8", "min": -1.5, "scale": 1.234e-05, "original_dtype": "float32"}}, ' +
      '{"name": "shape", "shape": [1], "dtype": "int32"}]}]}',
  );
  expect([...files.get('group1-shard1of1.bin')!]).toEqual([1, 2, 3, 4, 7, 0, 0, 0]);
});

it('writeCheckpoint changes a safetensors float16 into the float16 of a manifest and back, bit for bit', async () => {
  const half = Uint16Array.of(0x3c00, 0x7bff, 0x8001);
  const header = JSON.stringify({ h: { dtype: 'F16', shape: [3], data_offsets: [0, 6] } });
  const start = new Uint8Array(8);
  start[0] = header.length;
  const source = await openCheckpoint(joined(start, header, bytes(half)));
  const files = new Map<string, Uint8Array>();
  const { converted } = await writeCheckpoint(source, files, { format: 'tfjs' });
  expect(converted).toEqual([
    { name: 'h', from: { dtype: 'float16', encoding: 'plain' }, to: { dtype: 'float32', encoding: 'float16' } },
  ]);
  const stored = await openCheckpoint(files);
  const back = new Map<string, Uint8Array>();
  await writeCheckpoint(stored, back, { format: 'safetensors' });
  const [tensor] = (await openCheckpoint(back)).tensors;
  expect(tensor).toMatchObject({ name: 'h', dtype: 'float16' });
  expect(await tensor!.bytes()).toEqual(bytes(half));
});

it('openCheckpoint opens a legacy weights_manifest.json and the artifacts of a loader', async () => {
  const manifest = [{ paths: ['w.bin'], weights: [weight('a', [1])] }];
  const legacy = await openCheckpoint(
    new Map([
      ['weights_manifest.json', joined(JSON.stringify(manifest))],
      ['w.bin', bytes(Float32Array.of(3))],
    ]),
  );
  expect([...((await legacy.tensors[0]!.values()) as Float32Array)]).toEqual([3]);
  const loaded = await openCheckpoint({
    load: async () => ({ weightSpecs: manifest[0]!.weights, weightData: [Float32Array.of(4).buffer] }),
  });
  expect([...((await loaded.tensors[0]!.values()) as Float32Array)]).toEqual([4]);
  const bare = await openCheckpoint({ load: async () => ({ modelTopology: {} }) });
  expect(bare.tensors).toEqual([]);
  for (const nothing of [{}, { weightData: new ArrayBuffer(4) }, { model: {} } as object, null as never, [] as never])
    await expect(openCheckpoint({ load: async () => nothing })).rejects.toThrow(
      /must (have weightSpecs or|give artifacts)/,
    );
});

it('mapCheckpoint leaves out and renames, and a group that is no longer whole becomes one', async () => {
  const source = await openFolder([{ paths: ['w.bin'], weights: [weight('a', [1]), weight('b', [1])] }], {
    'w.bin': bytes(Float32Array.of(1, 2)),
  });
  const mapped = mapCheckpoint(source, (tensor) => (tensor.name === 'a' ? null : { ...tensor, name: 'c' }));
  const files = new Map<string, Uint8Array>();
  await writeCheckpoint(mapped, files);
  const { tensors } = await openCheckpoint(files);
  expect(tensors.map(({ name }) => name)).toEqual(['c']);
  expect([...((await tensors[0]!.values()) as Float32Array)]).toEqual([2]);
  expect(() => mapCheckpoint(source, (tensor) => ({ ...tensor, name: 'same' }))).toThrow('got same twice');
  expect(() => mapCheckpoint(source, () => 7 as never)).toThrow('transform must return a tensor or null, got 7');
});

const w = { 'w.bin': new Uint8Array(4) };
const single = (entry: unknown): unknown => [{ paths: ['w.bin'], weights: [entry] }];
const quantized = (quantization: unknown, dtype = 'float32'): unknown =>
  single({ name: 'a', shape: [4], dtype, quantization });
const html = joined('<!DOCTYPE html><title>404</title>');

const hostile: [title: string, manifest: unknown, files: Record<string, Uint8Array>, check: string][] = [
  ['a manifest that is an object', {}, w, 'manifest'],
  ['a manifest that is a text', 'w.bin', w, 'manifest'],
  ['a group that is null', [null], w, 'manifest'],
  ['a group without paths', [{ weights: [] }], w, 'manifest'],
  ['a group without weights', [{ paths: [] }], w, 'manifest'],
  ['a path that is a number', [{ paths: [1], weights: [] }], w, 'file-name'],
  ['an empty path', [{ paths: [''], weights: [] }], w, 'file-name'],
  ['a path above the folder', [{ paths: ['../w.bin'], weights: [] }], w, 'file-name'],
  ['a path above the folder by way of it', [{ paths: ['a/../../w.bin'], weights: [] }], w, 'file-name'],
  ['an absolute path', [{ paths: ['/etc/passwd'], weights: [] }], w, 'file-name'],
  ['a path with a drive', [{ paths: ['C:\\w.bin'], weights: [] }], w, 'file-name'],
  ['a path with backslashes', [{ paths: ['..\\w.bin'], weights: [] }], w, 'file-name'],
  ['a URL', [{ paths: ['http://127.0.0.1/w.bin'], weights: [] }], w, 'file-name'],
  ['a data URL', [{ paths: ['data:,x'], weights: [] }], w, 'file-name'],
  ['a path with a zero byte', [{ paths: ['w\0.bin'], weights: [] }], w, 'file-name'],
  ['a path with a query', [{ paths: ['w.bin?x'], weights: [] }], w, 'file-name'],
  ['a file that is not there', [{ paths: ['v.bin'], weights: [] }], w, 'unreadable'],
  ['a weight that is null', single(null), w, 'weight'],
  ['a weight without a name', single({ shape: [1], dtype: 'float32' }), w, 'weight-name'],
  ['a weight without a shape', single({ name: 'a', dtype: 'float32' }), w, 'shape'],
  ['a shape with null', single({ name: 'a', shape: [null], dtype: 'float32' }), w, 'shape'],
  ['a size below 0', single(weight('a', [-1])), w, 'shape'],
  ['a size with a fraction', single(weight('a', [0.5])), w, 'shape'],
  ['a size of 1e300', single(weight('a', [1e300])), w, 'shape'],
  ['sizes whose product is too large', single(weight('a', [2 ** 50, 2 ** 50])), w, 'overflow'],
  ['a dtype that stock does not know', single(weight('a', [1], 'float64')), w, 'dtype'],
  ['no dtype', single({ name: 'a', shape: [1] }), w, 'dtype'],
  ['a name twice', [{ paths: ['w.bin'], weights: [weight('a', []), weight('a', [])] }], w, 'duplicate-name'],
  ['quantization that is null', quantized(null), w, 'quantization'],
  ['int8 codes', quantized({ dtype: 'int8', scale: 1, min: 0 }), w, 'quantization'],
  ['scales by channel', quantized({ dtype: 'uint8', scale: [1, 2], min: 0 }), w, 'quantization'],
  ['no scale', quantized({ dtype: 'uint8', min: 0 }), w, 'quantization'],
  ['a scale that is a text', quantized({ dtype: 'uint8', scale: '1', min: 0 }), w, 'quantization'],
  ['codes of strings', quantized({ dtype: 'uint8', scale: 1, min: 0 }, 'string'), w, 'quantization'],
  ['float16 integers', quantized({ dtype: 'float16' }, 'int32'), w, 'quantization'],
  ['fewer bytes than the weights take', single(weight('a', [2])), w, 'weights-length'],
  ['more bytes than the weights take', single(weight('a', [])), { 'w.bin': new Uint8Array(5) }, 'weights-length'],
  ['weights of 400 GB in a file of 4 bytes', single(weight('a', [10 ** 11])), w, 'weights-length'],
  ['a page of HTML in place of weights', single(weight('a', [100])), { 'w.bin': html }, 'html'],
  [
    'a string that is longer than the file',
    single(weight('a', [1], 'string')),
    { 'w.bin': joined([255, 255, 255, 255]) },
    'string-length',
  ],
  [
    'strings that end too early',
    single(weight('a', [2], 'string')),
    { 'w.bin': joined([4, 0, 0, 0, 1, 2, 3, 4]) },
    'string-length',
  ],
  ['10^9 strings in 4 bytes', single(weight('a', [1e9], 'string')), w, 'weights-length'],
];
it.each(hostile)('openCheckpoint refuses a model.json with %s', async (_title, manifest, files, check) => {
  const fault = await faultOf(openFolder(manifest, files));
  expect(fault.check).toBe(check);
  expect(fault.message).toMatch(/^openCheckpoint: .+, got .+/);
});

it.each<[string, string, string]>([
  ['a manifest twice', '{"weightsManifest": [], "weightsManifest": []}', 'duplicate-key'],
  ['no manifest', '{"modelTopology": {}}', 'json'],
  ['null', 'null', 'format'],
  ['an end in the middle', '{"weightsManifest": [', 'json'],
])('openCheckpoint refuses JSON with %s', async (_title, json, check) => {
  expect((await faultOf(openCheckpoint(new Map([['model.json', joined(json)]])))).check).toBe(check);
});
