import * as tf from '@tensorflow/tfjs';
import { mapCheckpoint, openCheckpoint, writeCheckpoint } from '@weightkit/checkpoint';
import { valuesOf } from '@weightkit/testing';
import { expect, it } from 'vitest';
import { checkpointOf, foldedArtifacts, handlerOf, saveFolded, weightsOf } from '../../src/index.ts';
import { graphArtifacts, graphModel, graphOutput } from '../graph-models.ts';
import { fill, numbers } from '../models.ts';

const build = () => {
  const model = tf.sequential({
    layers: [tf.layers.dense({ units: 3, inputShape: [2], name: 'a' }), tf.layers.dense({ units: 1, name: 'b' })],
  });
  fill(model);
  return model;
};
const predictions = async (model: tf.LayersModel) => {
  const x = numbers([4, 2], 1);
  const values = await valuesOf(model.predict(x) as tf.Tensor);
  x.dispose();
  return values;
};
async function filesOf(model: tf.LayersModel | tf.GraphModel, format: 'tfjs' | 'safetensors' = 'tfjs') {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  await writeCheckpoint(checkpointOf(model), files as Map<string, Uint8Array>, { format, shardBytes: 20 });
  return files;
}

it('tf.loadLayersModel(handlerOf(checkpoint)) loads what was opened from bytes, Files, a URL and artifacts', async () => {
  const model = build();
  const want = await predictions(model);
  const files = await filesOf(model);
  const fetchFile = async (url: string, { headers = {} }: { headers?: Record<string, string> } = {}) => {
    const bytes = files.get(url.split('/').at(-1)!)!;
    const [, from, to] = /bytes=(\d+)-(\d+)/.exec(headers.Range ?? '') ?? [];
    if (from === undefined) return new Response(bytes);
    const body = bytes.slice(Number(from), Number(to) + 1);
    const range = `bytes ${from}-${Number(from) + body.length - 1}/${bytes.length}`;
    return new Response(body, { status: 206, headers: { 'Content-Range': range } });
  };
  for (const checkpoint of [
    await openCheckpoint(files),
    await openCheckpoint([...files].map(([name, bytes]) => new File([bytes], name))),
    await openCheckpoint('http://127.0.0.1/model/model.json', { fetch: fetchFile as typeof fetch }),
    await openCheckpoint((await foldedArtifacts(model)) as never),
  ]) {
    const again = await tf.loadLayersModel(handlerOf(checkpoint));
    expect(await predictions(again)).toEqual(want);
    again.dispose();
    await checkpoint.close();
  }
  model.dispose();
});

it('handlerOf(mapped checkpoint) loads the tensors that it was mapped to, and can be loaded again', async () => {
  const model = build();
  const mapped = mapCheckpoint(await openCheckpoint(await filesOf(model)), (tensor) =>
    tensor.name === 'b/bias'
      ? {
          ...tensor,
          byteChunks: async function* () {
            yield new Uint8Array(Float32Array.of(8).buffer);
          },
        }
      : tensor,
  );
  tf.tidy(() => weightsOf(model, 'b/bias')[0]!.write(tf.tensor1d([8])));
  const handler = handlerOf(mapped);
  for (let i = 0; i < 2; i++) {
    const again = await tf.loadLayersModel(handler);
    expect(await predictions(again)).toEqual(await predictions(model));
    again.dispose();
  }
  model.dispose();
});

it('tf.loadGraphModel(handlerOf(checkpoint)) loads a GraphModel, a quantized one too', async () => {
  const model = await graphModel();
  const again = await tf.loadGraphModel(handlerOf(await openCheckpoint(await filesOf(model))));
  expect(await graphOutput(again)).toEqual(await graphOutput(model));
  again.dispose();
  model.dispose();
  const { weightSpecs, weightData, ...rest } = await graphArtifacts();
  const specs = weightSpecs!.map((spec) =>
    spec.name === 'k'
      ? { ...spec, quantization: { dtype: 'uint8' as const, scale: 0.5, min: -1, original_dtype: 'float32' as const } }
      : spec,
  );
  const bytes = new Uint8Array(weightData as ArrayBuffer);
  const codes = Uint8Array.of(0, 1, 2, 3, 4, 5);
  const artifacts = {
    ...rest,
    weightSpecs: specs,
    weightData: Uint8Array.from([...bytes.slice(0, 8), ...codes, ...bytes.slice(32)]).buffer,
  };
  const stock = await tf.loadGraphModel(tf.io.fromMemory(artifacts as tf.io.ModelArtifacts));
  const ours = await tf.loadGraphModel(handlerOf(await openCheckpoint(artifacts)));
  expect(await graphOutput(ours)).toEqual(await graphOutput(stock));
  stock.dispose();
  ours.dispose();
});

it("handlerOf(checkpoint with an optimizer's weights) loads a model that trains on", async () => {
  const model = build();
  model.compile({ optimizer: tf.train.adam(0.1), loss: 'meanSquaredError' });
  const [x, y] = [numbers([4, 2], 1), numbers([4, 1], 2)];
  const step = (one: tf.LayersModel) => one.fit(x, y, { epochs: 1, shuffle: false, verbose: 0 });
  await step(model);
  const files = new Map<string, Uint8Array>();
  let artifacts: tf.io.ModelArtifacts | undefined;
  await saveFolded(
    model,
    tf.io.withSaveHandler(async (given) => {
      artifacts = given;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
    { includeOptimizer: true },
  );
  await writeCheckpoint(await openCheckpoint(artifacts as never), files);
  const again = await tf.loadLayersModel(handlerOf(await openCheckpoint(files)));
  // Beside what stock loads from the same artifacts: on WebGPU stock's powers of Adam's rates differ from those of a model that goes on.
  const stock = await tf.loadLayersModel(tf.io.fromMemory(artifacts!));
  await step(stock);
  await step(again);
  expect(await predictions(again)).toEqual(await predictions(stock));
  expect(await predictions(again)).not.toEqual(await predictions(model));
  stock.dispose();
  tf.dispose([x, y]);
  model.dispose();
  again.dispose();
});

it('handlerOf refuses what has no topology, before anything is loaded, and says where to take one', async () => {
  const model = build();
  const checkpoint = await openCheckpoint(await filesOf(model, 'safetensors'));
  expect(() => handlerOf(checkpoint)).toThrow(
    'handlerOf: checkpoint must have the topology of a model, got 4 tensors of safetensors without; take that of a model with weights of the same names: handlerOf({ ...checkpoint, extras: checkpointOf(model).extras }), or set weights by weightsOf(model)',
  );
  const again = await tf.loadLayersModel(handlerOf({ ...checkpoint, extras: checkpointOf(model).extras }));
  expect(await predictions(again)).toEqual(await predictions(model));
  for (const bad of [null, {}, Promise.resolve(checkpoint), 'model.json'])
    expect(() => handlerOf(bad as never)).toThrow('handlerOf: checkpoint must be one of openCheckpoint');
  const [tensor, ...rest] = checkpoint.tensors;
  const wide = {
    ...checkpoint,
    extras: checkpointOf(model).extras,
    tensors: [{ ...tensor!, dtype: 'int64' as const, byteLength: 2 * tensor!.byteLength }, ...rest],
  };
  await expect(handlerOf(wide).load()).rejects.toThrow('handlerOf: tfjs cannot hold int64; leave a/bias out');
  model.dispose();
  again.dispose();
});
