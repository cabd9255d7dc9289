import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { leakOf, valuesOf } from '@weightkit/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parametrize, saveFolded } from '../../src/index.ts';
import { fileSystem } from '../../src/node.ts';
import { fill, numbers } from '../models.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weightkit-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const at = (...names: string[]) => join(folder, ...names);
/** The name of the one weight file of a.json, `a.weights-<16 digits>.bin`. */
async function weightsName(stem = 'model', where = folder): Promise<string> {
  const names = (await readdir(where)).filter((name) =>
    new RegExp(`^${stem}\\.weights-[0-9a-f]{16}\\.bin$`).test(name),
  );
  expect(names).toHaveLength(1);
  return names[0]!;
}
const build = (scale = 0.5) => {
  const model = tf.sequential({
    layers: [tf.layers.dense({ units: 3, inputShape: [2], name: 'a' }), tf.layers.dense({ units: 1, name: 'b' })],
  });
  fill(model, scale);
  return model;
};
const predictions = async (model: tf.LayersModel) => {
  const x = numbers([4, 2], 1);
  const values = await valuesOf(model.predict(x) as tf.Tensor);
  x.dispose();
  return values;
};

/** Reads the standard files by their definition and with nothing of ours. */
async function readPlainly(json = at('model.json')): Promise<tf.LayersModel> {
  const { modelTopology, weightsManifest } = JSON.parse(await readFile(json, 'utf8'));
  const files = weightsManifest.flatMap(({ paths }: { paths: string[] }) => paths);
  const bytes = await Promise.all(files.map((name: string) => readFile(join(json, '..', name))));
  return tf.loadLayersModel(
    tf.io.fromMemory({
      modelTopology,
      weightSpecs: weightsManifest.flatMap(({ weights }: { weights: object[] }) => weights),
      weightData: new Uint8Array(Buffer.concat(bytes)).buffer,
    }),
  );
}

type Json = { modelTopology?: unknown; weightsManifest?: { paths: unknown[]; weights: Record<string, unknown>[] }[] };
/** Saves a model and changes its JSON. */
async function withJson(change: (json: Required<Json>) => unknown): Promise<void> {
  await fileSystem(folder).save(await artifacts());
  const json = JSON.parse(await readFile(at('model.json'), 'utf8'));
  await writeFile(at('model.json'), JSON.stringify(change(json) ?? json));
}
async function artifacts(scale = 0.5): Promise<tf.io.ModelArtifacts> {
  const model = build(scale);
  let taken: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler(async (given) => {
      taken = given;
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    }),
  );
  model.dispose();
  return taken!;
}
const load = () => fileSystem(folder).load();

describe('fileSystem', () => {
  it('fileSystem(folder) round-trips a parametrized model through files that stock TensorFlow.js reads', async () => {
    const model = build();
    parametrize(model.layers[0]!, 'kernel', { forward: (w) => tf.mul(w, 3) });
    model.setUserDefinedMetadata({ note: 'x' });
    const want = await predictions(model);
    const { modelArtifactsInfo: info } = await saveFolded(model, fileSystem(at('deep', 'er')));
    expect(info).toMatchObject({ modelTopologyType: 'JSON', weightDataBytes: 4 * 13 });
    expect((await readdir(at('deep', 'er'))).sort()).toEqual([
      'model.json',
      await weightsName('model', at('deep', 'er')),
    ]);
    for (const again of [
      await readPlainly(at('deep', 'er', 'model.json')),
      await tf.loadLayersModel(fileSystem(at('deep', 'er'))),
      await tf.loadLayersModel(fileSystem(at('deep', 'er', 'model.json'))),
    ]) {
      expect(await predictions(again)).toEqual(want);
      again.dispose();
    }
    expect((await fileSystem(at('deep', 'er')).load()).userDefinedMetadata).toEqual({ note: 'x' });
    model.dispose();
  });

  it('fileSystem(folder) is a handler for stock model.save and loads without leak', async () => {
    const model = build();
    await model.save(fileSystem(folder));
    const { tensors } = await leakOf(async () => (await tf.loadLayersModel(fileSystem(folder))).dispose());
    expect(tensors).toBe(0);
    model.dispose();
  });

  it('fileSystem(folder).save leaves exactly two files whatever was saved there before', async () => {
    for (const scale of [0.5, 1, 2]) {
      await fileSystem(folder).save(await artifacts(scale));
      expect((await readdir(folder)).sort()).toEqual(['model.json', await weightsName()]);
      const [model, again] = [build(scale), await readPlainly()];
      expect(await predictions(again)).toEqual(await predictions(model));
      model.dispose();
      again.dispose();
    }
  });

  it('fileSystem(path/other.json) keeps several models in one folder, whichever is saved again', async () => {
    const scales: Record<string, number> = { 'a.json': 0.5, 'b.json': 1, 'a b#1%.json': 2, 'a_b_1_.json': 0.25 };
    const saveAll = async () => {
      for (const [name, scale] of Object.entries(scales)) await fileSystem(at(name)).save(await artifacts(scale));
    };
    await saveAll();
    await saveAll();
    expect(await readdir(folder)).toHaveLength(8);
    for (const [name, scale] of Object.entries(scales)) {
      const model = build(scale);
      for (const again of [await tf.loadLayersModel(fileSystem(at(name))), await readPlainly(at(name))]) {
        expect(await predictions(again)).toEqual(await predictions(model));
        again.dispose();
      }
      model.dispose();
    }
  });

  it('fileSystem(folder).save that fails leaves the earlier model as it was, and no file', async () => {
    await fileSystem(folder).save(await artifacts(0.5));
    const files = (await readdir(folder)).sort();
    const model = build(0.5);
    const want = await predictions(model);
    const given = await artifacts(1);
    const cyclic: Record<string, object> = {};
    cyclic.self = cyclic;
    await expect(fileSystem(folder).save({ ...given, userDefinedMetadata: cyclic })).rejects.toThrow(TypeError);
    const { modelTopology: _, ...without } = given;
    for (const [bad, message] of [
      [{ ...given, modelTopology: new ArrayBuffer(4) }, 'fileSystem: topology must be JSON'],
      [{ ...given, modelTopology: null }, 'fileSystem: topology must be JSON'],
      [without, 'fileSystem: topology must be JSON'],
      [{ ...given, weightData: undefined }, 'fileSystem: weightData must have 52 bytes as weightSpecs say, got 0'],
      [{ ...given, weightData: new ArrayBuffer(53) }, 'weightData must have 52 bytes as weightSpecs say, got 53'],
      [{ ...given, weightData: [1, 2] }, 'fileSystem: weightData must be an ArrayBuffer or a list of them'],
      [{ ...given, weightSpecs: {} }, 'fileSystem: weightSpecs must be a list'],
    ] as [tf.io.ModelArtifacts, string][])
      await expect(fileSystem(folder).save(bad)).rejects.toThrow(message);
    expect((await readdir(folder)).sort()).toEqual(files);
    const again = await readPlainly();
    expect(await predictions(again)).toEqual(want);
    model.dispose();
    again.dispose();
  });

  it('fileSystem(path).save refuses a folder in the place of the JSON file before it writes', async () => {
    await mkdir(at('model.json', 'kept'), { recursive: true });
    await expect(fileSystem(folder).save(await artifacts())).rejects.toThrow(
      `fileSystem: ${at('model.json')} must be a file or free, got a folder`,
    );
    expect(await readdir(folder)).toEqual(['model.json']);
  });

  it('fileSystem(folder).save takes weights in parts', async () => {
    const { weightData, ...given } = await artifacts(0.5);
    const bytes = weightData as ArrayBuffer;
    await fileSystem(folder).save({ ...given, weightData: [bytes.slice(0, 5), bytes.slice(5)] });
    const { weightData: again } = await load();
    expect(again).toEqual(bytes);
  });

  it('fileSystem(folder).save rejects where a file is in the way of the folder', async () => {
    await writeFile(at('file'), '');
    await expect(fileSystem(at('file')).save(await artifacts())).rejects.toThrow(/folder must be .*EEXIST/);
    await expect(fileSystem(at('file', 'below')).save(await artifacts())).rejects.toThrow(/folder must be .*ENOTDIR/);
  });

  it('fileSystem(folder).load refuses weights of another length than the JSON says', async () => {
    await withJson(() => undefined);
    const name = await weightsName();
    const bytes = await readFile(at(name));
    for (const wrong of [bytes.subarray(1), Buffer.concat([bytes, Buffer.alloc(1)]), Buffer.alloc(0)]) {
      await writeFile(at(name), wrong);
      await expect(load()).rejects.toThrow(
        `fileSystem: ${name} must have 52 bytes as model.json says, got ${wrong.byteLength}`,
      );
    }
    await rm(at(name));
    await expect(load()).rejects.toMatchObject({
      code: 'ENOENT',
      message: `fileSystem: ${at(name)} must be a file that can be read, got ENOENT`,
    });
  });

  it('fileSystem(folder).load reads weights in several files and groups in order', async () => {
    await withJson(({ weightsManifest: [group], ...rest }) => ({
      ...rest,
      weightsManifest: [
        { paths: ['shards/1', 'shards/2'], weights: group!.weights.slice(0, 2) },
        { paths: ['./shards/3'], weights: group!.weights.slice(2) },
      ],
    }));
    const bytes = await readFile(at(await weightsName()));
    await mkdir(at('shards'));
    for (const [name, from, to] of [
      ['1', 0, 5],
      ['2', 5, 36],
      ['3', 36, 52],
    ] as const)
      await writeFile(at('shards', name), bytes.subarray(from, to));
    const [model, again] = [build(), await tf.loadLayersModel(fileSystem(folder))];
    expect(await predictions(again)).toEqual(await predictions(model));
    model.dispose();
    again.dispose();
  });

  it('fileSystem(folder) round-trips strings and refuses them cut short', async () => {
    const words = tf.tensor1d(['one', '', 'drei']);
    const { data, specs } = await tf.io.encodeWeights([{ name: 'words', tensor: words }]);
    await fileSystem(folder).save({ modelTopology: {}, weightData: data, weightSpecs: specs });
    const { weightData, weightSpecs } = await load();
    const decoded = tf.io.decodeWeights(weightData as ArrayBuffer, weightSpecs!);
    expect(await decoded.words!.data()).toEqual(['one', '', 'drei']);
    const name = await weightsName();
    const bytes = await readFile(at(name));
    for (const length of [bytes.length - 1, 12, 11, 0]) {
      await writeFile(at(name), bytes.subarray(0, length));
      await expect(load()).rejects.toThrow(`fileSystem: ${name} must have`);
    }
    tf.dispose([words, decoded]);
  });

  it('fileSystem(folder).load refuses JSON that is broken or lacks its keys', async () => {
    await expect(load()).rejects.toMatchObject({
      code: 'ENOENT',
      message: `fileSystem: ${at('model.json')} must be a file that can be read, got ENOENT`,
    });
    for (const [text, message] of [
      ['{"modelTopology": {', 'must be JSON, got'],
      ['', 'must be JSON, got'],
      ['null', 'must have modelTopology and weightsManifest'],
      ['3', 'must have modelTopology and weightsManifest'],
      ['{"modelTopology": {}}', 'must have modelTopology and weightsManifest'],
      ['{"weightsManifest": []}', 'must have modelTopology and weightsManifest'],
      ['{"modelTopology": {}, "weightsManifest": {}}', 'must have modelTopology and weightsManifest'],
      ['{"modelTopology": {}, "weightsManifest": [null]}', 'must have paths and weights'],
      ['{"modelTopology": {}, "weightsManifest": [{"paths": "x", "weights": []}]}', 'must have paths and weights'],
      ['{"modelTopology": {}, "weightsManifest": [{"paths": [], "weights": [null]}]}', 'must have paths and weights'],
    ] as const) {
      await writeFile(at('model.json'), text);
      await expect(load()).rejects.toThrow(`fileSystem: `);
      await expect(load()).rejects.toThrow(message);
    }
  });

  it('fileSystem(folder).load opens no file outside the folder', async () => {
    await writeFile(`${folder}.secret`, Buffer.alloc(52));
    const name = `${folder}.secret`;
    for (const path of [`../${name.split('/').at(-1)}`, name, 'a/../../x', '..', 'a/b/../../..', 3, null]) {
      await withJson(({ weightsManifest }) => {
        weightsManifest[0]!.paths = [path];
      });
      await expect(load()).rejects.toThrow('fileSystem: weight files must lie beside model.json');
    }
    await rm(name);
  });

  it('fileSystem(folder).load refuses hostile shapes and types before it makes anything of their size', async () => {
    for (const [entry, message] of [
      [{ shape: [-2, -3] }, 'shape of a/kernel'],
      [{ shape: [1.5, 4] }, 'shape of a/kernel'],
      [{ shape: [1e300, 1e300] }, 'shape of a/kernel'],
      [{ shape: 'x' }, 'shape of a/kernel'],
      [{ shape: [1e12] }, 'must have 4000000000028 bytes as model.json says, got 52'],
      [{ shape: [1e12], dtype: 'string' }, 'must have 4000000000028 bytes as model.json says, got 52'],
      [{ dtype: 'float64' }, 'dtype of a/kernel'],
      [{ name: {} }, 'a weight must have a name'],
    ] as const) {
      await withJson(({ weightsManifest }) => {
        Object.assign(weightsManifest[0]!.weights[0]!, entry);
      });
      await expect(load()).rejects.toThrow(message);
    }
  });

  it('fileSystem(no path) throws', () => {
    for (const bad of ['', ' ', undefined, null, 3, {}, []])
      expect(() => fileSystem(bad as string)).toThrow('fileSystem: path must be a folder, or a JSON file in it');
  });

  it('fileSystem(folder).load goes on where a save ends between its two reads', async () => {
    const handler = fileSystem(folder);
    await handler.save(await artifacts(0.5));
    const given = await Promise.all([1, 2, 3, 4].map((scale) => artifacts(scale)));
    const saving = (async () => {
      for (const each of given) await handler.save(each);
    })();
    for (let i = 0; i < 50; i++) expect((await handler.load()).weightData).toHaveProperty('byteLength', 52);
    await saving;
  });
});
