import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { openCheckpoint, toArtifacts, writeCheckpoint } from '@weightkit/checkpoint';
import { leakOf, loadStock, valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { checkpointOf, foldedArtifacts, handlerOf, parametrize, saveFolded, weightsOf } from '../../src/index.ts';
import { graphArtifacts, graphModel, graphOutput } from '../graph-models.ts';
import { fill, inputFor, numbers, ZOO } from '../models.ts';
import { STOCK_CASES } from './stock-zoo.ts';

interface Golden {
  tensors: Record<string, { shape: number[]; values: number[] }>;
  file: string;
}
const golden = JSON.parse(readFileSync(new URL('../golden/model-safetensors.json', import.meta.url), 'utf8')) as Golden;

/** The model whose weights the reference wrote. */
function goldenModel(): tf.Sequential {
  const model = tf.sequential({
    layers: [tf.layers.dense({ units: 4, inputShape: [3], name: 'dense' }), tf.layers.dense({ units: 2, name: 'out' })],
  });
  for (const [path, { shape, values }] of Object.entries(golden.tensors))
    tf.tidy(() => weightsOf(model, path)[0]!.write(tf.tensor(values, shape)));
  return model;
}

/** The files of a model in memory, as stock reads them: by their definition and with nothing of ours. */
function artifactsIn(files: ReadonlyMap<string, Uint8Array>): tf.io.ModelArtifacts {
  const { weightsManifest, ...json } = JSON.parse(new TextDecoder().decode(files.get('model.json')));
  const paths = weightsManifest.flatMap((group: { paths: string[] }) => group.paths);
  return {
    ...json,
    weightSpecs: weightsManifest.flatMap(({ weights }: { weights: object[] }) => weights),
    weightData: new tf.io.CompositeArrayBuffer(paths.map((path: string) => files.get(path)!.slice().buffer)).slice(),
  };
}

const small = () => {
  const model = tf.sequential({
    layers: [tf.layers.dense({ units: 3, inputShape: [2], name: 'a' }), tf.layers.dense({ units: 1, name: 'b' })],
  });
  fill(model);
  return model;
};
const doubled = { forward: (w: tf.Tensor) => tf.mul(w, 2) };

describe('checkpointOf(LayersModel)', () => {
  it.each(ZOO.map((of) => [of.name, of] as const))(
    'written as tfjs loads in stock and predicts the same, parametrized too: %s',
    async (_, of) => {
      const model = of.make();
      fill(model);
      parametrize(weightsOf(model, of.path)[0]!, {
        forward: (w, { g }) => tf.mul(w, g!),
        rightInverse: (w) => w,
        variables: { g: () => tf.scalar(1.5) },
      });
      const files = new Map<string, Uint8Array>();
      await writeCheckpoint(checkpointOf(model), files, { shardBytes: 37 });
      const again = await loadStock(artifactsIn(files));
      const x = inputFor(of);
      expect(await valuesOf(again.predict(x) as tf.Tensor)).toEqual(await valuesOf(model.predict(x) as tf.Tensor));
      x.dispose();
      model.dispose();
      again.dispose();
    },
  );

  it('gives what foldedArtifacts gives, for every layer class that stock has', async () => {
    const cases = tf.getBackend() === 'webgpu' ? STOCK_CASES.slice(0, 5) : STOCK_CASES;
    for (const { make, input } of cases) {
      const shapes = (Array.isArray(input[0]) ? input : [input]) as number[][];
      const layer = make();
      const { batchInputShape } = layer as unknown as { batchInputShape?: number[] };
      const inputs = shapes.map((shape) => tf.input(batchInputShape ? { batchShape: batchInputShape } : { shape }));
      const outputs = layer.apply(inputs.length === 1 ? inputs[0]! : inputs) as tf.SymbolicTensor;
      const model = tf.model({ inputs, outputs });
      model.setUserDefinedMetadata({ note: 1.5 });
      const checkpoint = checkpointOf(model);
      expect([...checkpoint.paths].sort()).toEqual(
        weightsOf(model)
          .map(({ path }) => path)
          .sort(),
      );
      for (const [i, tensor] of checkpoint.tensors.entries()) {
        const [weight] = weightsOf(model, checkpoint.paths[i]!);
        expect(tensor.shape).toEqual(weight!.shape);
        expect(await tensor.values()).toEqual(await valuesOf(weight!.read()));
      }
      const { modelTopology, ...rest } = await toArtifacts(checkpoint);
      const { modelTopology: wanted, ...want } = JSON.parse(JSON.stringify(await foldedArtifacts(model)));
      const { weightData } = await foldedArtifacts(model);
      expect(rest).toEqual({ ...want, weightData });
      if (checkpoint.unconstrained.length === 0) expect(modelTopology).toEqual(wanted);
      model.dispose();
    }
  });

  it('written as safetensors are the bytes of the reference writer, which its reader reads', async () => {
    const model = goldenModel();
    const files = new Map<string, Uint8Array>();
    const { dropped } = await writeCheckpoint(checkpointOf(model), files, { format: 'safetensors' });
    expect(dropped).toEqual(['modelJson']);
    const bytes = files.get('model.safetensors')!;
    expect(btoa(String.fromCharCode(...bytes))).toBe(golden.file);
    model.dispose();
  });

  it.each(['safetensors', 'npz', 'tfjs'] as const)('written as %s opens again with its values', async (format) => {
    const model = goldenModel();
    const files = new Map<string, Uint8Array>();
    await writeCheckpoint(checkpointOf(model), files, { format });
    const { tensors } = await openCheckpoint(files);
    const read = await Promise.all(
      tensors.map(async (tensor) => [
        tensor.name,
        { shape: [...tensor.shape], values: [...((await tensor.values()) as Float32Array)] },
      ]),
    );
    expect(Object.fromEntries(read)).toEqual(golden.tensors);
    model.dispose();
  });

  it('downloads nothing before a tensor is asked for, and holds nothing', async () => {
    const model = small();
    parametrize(weightsOf(model, 'a/kernel')[0]!, doubled);
    let reads = 0;
    const { prototype } = tf.Tensor;
    const { data } = prototype;
    prototype.data = function (this: tf.Tensor) {
      reads++;
      return data.call(this) as never;
    };
    try {
      const { tensors } = await leakOf(async () => {
        reads = 0;
        const checkpoint = checkpointOf(model);
        expect(
          checkpoint.tensors.map(({ name, shape, dtype, byteLength }) => [name, shape, dtype, byteLength]),
        ).toEqual([
          ['a/kernel', [2, 3], 'float32', 24],
          ['a/bias', [3], 'float32', 12],
          ['b/kernel', [3, 1], 'float32', 12],
          ['b/bias', [1], 'float32', 4],
        ]);
        expect(reads).toBe(0);
        await checkpoint.tensors[0]!.values();
        expect(reads).toBe(1);
        await checkpoint.close();
      });
      expect(tensors).toBe(0);
    } finally {
      prototype.data = data;
    }
    model.dispose();
  });

  it('hands out copies: who changes them does not change the model', async () => {
    const model = small();
    const [tensor] = checkpointOf(model).tensors;
    const want = [...(await valuesOf(weightsOf(model)[0]!.read()))];
    for await (const piece of tensor!.chunks(4)) (piece as Float32Array).fill(7);
    ((await tensor!.values()) as Float32Array).fill(7);
    (await tensor!.bytes()).fill(7);
    expect([...(await valuesOf(weightsOf(model)[0]!.read()))]).toEqual(want);
    model.dispose();
  });

  it('gives tensors of more than a piece in order, in pieces of any size', async () => {
    const size = 2 ** 20 + 3;
    const values = Float32Array.from({ length: size }, (_, i) => i);
    const tensors = { a: tf.tensor1d(values) };
    const [a] = checkpointOf(tensors).tensors;
    for (const count of [size, 1 << 18, 333_333]) {
      let at = 0;
      for await (const piece of a!.chunks(count))
        for (const value of piece as Float32Array) if (value !== at++) throw new Error(`${value} at ${at - 1}`);
      expect(at).toBe(size);
    }
    tf.dispose(tensors);
  });

  it('refuses to read a weight that has changed or gone since: it would be a mixture of two models', async () => {
    const changes: [string, (model: tf.LayersModel) => unknown, string | RegExp][] = [
      [
        'written',
        (model) => tf.tidy(() => weightsOf(model, 'b/bias')[0]!.write(tf.ones([1]))),
        'b/bias, which has changed',
      ],
      [
        'trained',
        async (model) => {
          model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
          const [x, y] = [numbers([2, 2], 1), numbers([2, 1], 1)];
          await model.fit(x, y, { verbose: 0 });
          tf.dispose([x, y]);
        },
        'a/kernel, which has changed',
      ],
      ['disposed', (model) => model.dispose(), 'checkpointOf: weights must not be disposed, got a/kernel, which is'],
    ];
    for (const [what, change, message] of changes) {
      const model = small();
      const checkpoint = checkpointOf(model);
      await writeCheckpoint(checkpoint, new Map());
      await change(model);
      await expect(writeCheckpoint(checkpoint, new Map()), what).rejects.toThrow(message);
      if (what === 'disposed') continue;
      await writeCheckpoint(checkpointOf(model), new Map());
      model.dispose();
    }
  });

  it('refuses to read a weight whose parametrization has changed, and reads one below a later parametrization as it was', async () => {
    const model = small();
    const plain = checkpointOf(model);
    const before = await plain.tensors[0]!.values();
    const handle = parametrize(weightsOf(model, 'a/kernel')[0]!, doubled);
    expect(await plain.tensors[0]!.values()).toEqual(before);
    const folded = checkpointOf(model);
    expect(await folded.tensors[0]!.values()).toEqual((before as Float32Array).map((x) => 2 * x));
    handle.restore();
    await expect(folded.tensors[0]!.values()).rejects.toThrow('a/kernel, which has changed; make another checkpoint');
    model.dispose();
  });

  it('leaves constraints out, which stock would apply to what it loads, and names the weights', async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({
          units: 2,
          inputShape: [2],
          name: 'a',
          kernelConstraint: 'unitNorm',
          biasConstraint: 'nonNeg',
        }),
      ],
    });
    tf.tidy(() => {
      weightsOf(model, 'a/kernel')[0]!.write(tf.tensor2d([1, -2, 3, 4], [2, 2]));
      weightsOf(model, 'a/bias')[0]!.write(tf.tensor1d([-1, 1]));
    });
    const checkpoint = checkpointOf(model);
    expect(checkpoint.unconstrained).toEqual(['a/kernel', 'a/bias']);
    const again = await tf.loadLayersModel(handlerOf(checkpoint));
    for (const [i, weight] of again.weights.entries())
      expect(await weight.read().data()).toEqual(await model.weights[i]!.read().data());
    model.dispose();
    again.dispose();
  });

  it('gives two weights of one name other names with { rename: true } only', async () => {
    const layer = () => tf.layers.dense({ units: 1, inputShape: [1], name: 'same' });
    const input = tf.input({ shape: [1] });
    const nested = tf.sequential({ name: 'nested', layers: [layer()] });
    const model = tf.model({
      inputs: input,
      outputs: nested.apply(layer().apply(input) as tf.SymbolicTensor) as tf.SymbolicTensor,
    });
    fill(model);
    expect(() => checkpointOf(model)).toThrow('checkpointOf: weight names must be unique for stock TensorFlow.js');
    const checkpoint = checkpointOf(model, { rename: true });
    expect(checkpoint.renamed.length).toBeGreaterThan(0);
    const again = await tf.loadLayersModel(handlerOf(checkpoint));
    const x = tf.ones([1, 1]);
    expect(await valuesOf(again.predict(x) as tf.Tensor)).toEqual(await valuesOf(model.predict(x) as tf.Tensor));
    x.dispose();
    model.dispose();
    again.dispose();
  });
});

describe('checkpointOf(GraphModel)', () => {
  it('holds weights of every type and what the model was loaded from', async () => {
    const model = await graphModel();
    const checkpoint = checkpointOf(model);
    expect(checkpoint.tensors.map(({ name, dtype, byteLength }) => [name, dtype, byteLength])).toEqual([
      ['shape', 'int32', 8],
      ['k', 'float32', 24],
      ['b', 'float32', 12],
      ['flags', 'bool', 3],
      // Three lengths of four bytes, and 4, 0 and 8 bytes of UTF-8.
      ['words', 'string', 24],
    ]);
    expect(await checkpoint.tensors[4]!.values()).toEqual(['eins', '', 'drei ✓']);
    expect(await toArtifacts(checkpoint)).toEqual(await graphArtifacts());
    model.dispose();
  });

  it('written as tfjs loads in stock and gives the same, with weights written in the model', async () => {
    const model = await graphModel();
    tf.tidy(() => weightsOf(model, 'k')[0]!.write(tf.fill([2, 3], 0.25)));
    const files = new Map<string, Uint8Array>();
    await writeCheckpoint(checkpointOf(model), files, { shardBytes: 10 });
    const again = await tf.loadGraphModel(tf.io.fromMemory(artifactsIn(files)));
    expect(await graphOutput(again)).toEqual(await graphOutput(model));
    expect(again.metadata).toEqual({ note: 'from a test' });
    model.dispose();
    again.dispose();
  });

  it('saveFolded and foldedArtifacts write the weights that the model has now; its own save those that it was loaded with', async () => {
    const model = await graphModel();
    const before = await graphOutput(model);
    tf.tidy(() => weightsOf(model, 'b')[0]!.write(tf.fill([3], 8)));
    const now = await graphOutput(model);
    let own: tf.io.ModelArtifacts | undefined;
    let ours: tf.io.ModelArtifacts | undefined;
    const keep = (put: (artifacts: tf.io.ModelArtifacts) => void) =>
      tf.io.withSaveHandler(async (artifacts) => {
        put(artifacts);
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
      });
    await model.save(keep((artifacts) => (own = artifacts)));
    const { report } = await saveFolded(
      model,
      keep((artifacts) => (ours = artifacts)),
    );
    expect(report).toEqual({ renamed: [], unconstrained: [], zeroedMoments: [] });
    expect(await foldedArtifacts(model)).toEqual(ours);
    await expect(saveFolded(model, 'localstorage://x', { includeOptimizer: true })).rejects.toThrow(/saveFolded: /);
    for (const [artifacts, want] of [
      [own!, before],
      [ours!, now],
    ] as const) {
      const again = await tf.loadGraphModel(tf.io.fromMemory(artifacts));
      expect(await graphOutput(again)).toEqual(want);
      again.dispose();
    }
    model.dispose();
  });

  it('refuses to read a weight that was written since', async () => {
    const model = await graphModel();
    const checkpoint = checkpointOf(model);
    tf.tidy(() => weightsOf(model, 'k')[0]!.write(tf.ones([2, 3])));
    await expect(toArtifacts(checkpoint)).rejects.toThrow(
      'checkpointOf: weights must stay as they are until the checkpoint is read, got k, which has changed; make another',
    );
    model.dispose();
  });
});

describe('checkpointOf(what has weights and no topology)', () => {
  it('takes a layer, variables and a map of tensors, under their paths', async () => {
    const model = small();
    parametrize(weightsOf(model, 'a/kernel')[0]!, doubled);
    const variable = tf.tidy(() => tf.variable(tf.ones([2]), false));
    const map = { m: tf.tensor1d([1, 2], 'int32') };
    const kernel = (await weightsOf(model, 'a/kernel')[0]!.read()) as tf.Tensor;
    for (const [checkpoint, names, first] of [
      [checkpointOf(model.layers[0]!), ['kernel', 'bias'], [...(await valuesOf(kernel))]],
      [checkpointOf({ v: variable }), ['v'], [1, 1]],
      [checkpointOf(map), ['m'], [1, 2]],
    ] as const) {
      expect(checkpoint.tensors.map(({ name }) => name.split('/').at(-1))).toEqual(names);
      expect([...((await checkpoint.tensors[0]!.values()) as Float32Array)]).toEqual(first);
      expect(checkpoint.extras).toEqual({});
      const files = new Map<string, Uint8Array>();
      await writeCheckpoint(checkpoint, files);
      expect((await openCheckpoint(files)).tensors.map(({ name }) => name.split('/').at(-1))).toEqual(names);
    }
    tf.dispose([variable, map.m]);
    model.dispose();
  });
});
