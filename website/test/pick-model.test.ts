import { describe, expect, it } from 'vitest';
import type { Given } from '../src/your-model/given.ts';
import { incomplete, pickModel } from '../src/your-model/pick-model.ts';

const given = (files: Readonly<Record<string, string | Uint8Array>>): Given[] =>
  Object.entries(files).map(([path, content]) => ({
    path,
    file: new File([content as BlobPart], path.slice(path.lastIndexOf('/') + 1)),
  }));
const manifest = (...paths: string[]) =>
  JSON.stringify({ modelTopology: {}, weightsManifest: [{ paths, weights: [] }] });
const why = (files: Parameters<typeof given>[0]): Promise<string> =>
  pickModel(given(files)).then(
    () => 'a model',
    (error: Error) => error.message,
  );

describe('pickModel(files)', () => {
  it('finds the model of a folder among what else lies there', async () => {
    const { main, beside, missing } = await pickModel(
      given({
        'net/README.md': '# net',
        'net/.DS_Store': 'x',
        'net/tokenizer.json': '{"model": {}}',
        'net/web/model.json': manifest('group1-shard1of2.bin', 'more/b.bin', 'no.bin'),
        'net/web/group1-shard1of2.bin': 'a',
        'net/web/more/b.bin': 'bb',
        'net/other/no.bin': 'of another folder',
      }),
    );
    expect(main.name).toBe('model.json');
    expect([...beside].map(([name, { size }]) => [name, size])).toEqual([
      ['group1-shard1of2.bin', 1],
      ['more/b.bin', 2],
    ]);
    expect(missing).toEqual(['no.bin']);
  });

  it('finds weight files by their own names where all were chosen without folders', async () => {
    const { beside } = await pickModel(given({ 'model.json': manifest('weights/a.bin'), 'a.bin': 'a' }));
    expect([...beside.keys()]).toEqual(['weights/a.bin']);
  });

  it('takes safetensors that an index names for parts of it', async () => {
    const shards = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
    const index = JSON.stringify({ weight_map: { a: shards[0], b: shards[1] } });
    const { main, missing } = await pickModel(
      given({ 'm/model.safetensors.index.json': index, [`m/${shards[0]}`]: 'x', 'm/config.json': '{}' }),
    );
    expect(main.name).toBe('model.safetensors.index.json');
    expect(missing).toEqual([shards[1]]);
  });

  it.each([
    ['nothing', {}, /^There is no file in it: drop model.json/],
    ['hidden files alone', { 'a/.git/config': 'x' }, /^There is no file in it/],
    ['a zip', { 'model.zip': 'PK\x03\x04rest' }, /^model.zip is an archive: unpack it/],
    ['a photo', { 'cat.jpg': Uint8Array.of(0xff, 0xd8, 0xff, 0xe0) }, /^cat.jpg is a picture and holds no weights/],
    ['weights alone', { 'group1-shard1of1.bin': 'x' }, /model.json, which says what they are, is missing: drop both/],
    ['PyTorch', { 'net.pt': 'PK\x03\x04' }, /^net.pt is a file of PyTorch.*safetensors.torch.save_file/],
    ['Keras', { 'net.h5': '\x89HDF' }, /^net.h5 is a file of Keras: make a model.json of it by tensorflowjs_converter/],
    ['ONNX', { 'net.onnx': 'x' }, /^net.onnx is a model for another runtime/],
    ['JSON of another kind', { 'package.json': '{}' }, /^package.json lists no weights: drop the model.json/],
    ['a text', { 'a.txt': 'hello' }, /^a.txt holds no weights that this page can read/],
    [
      'two models',
      { 'a/model.json': manifest('w'), 'a/w': '1', 'b.safetensors': 'x' },
      /^There are 2 models in it, a\/model.json and b.safetensors: drop one of them/,
    ],
    [
      'parts without their index',
      { 'm-00001-of-00002.safetensors': 'x', 'm-00002-of-00002.safetensors': 'x' },
      /are parts of one model, and its index .* is missing/,
    ],
    [
      'parts of compact without their index',
      { 'm-00001-of-00002.compact': 'x', 'm-00002-of-00002.compact': 'x' },
      /are parts of one model, and its index \(model.compact.index.json\) is missing/,
    ],
  ] as const)('says of %s what to do, in one sentence', async (_, files, message) => {
    expect(await why(files)).toMatch(message);
  });

  it('leaves what is broken to be explained when it is opened', async () => {
    expect((await pickModel(given({ 'model.json': '<!DOCTYPE html>' }))).main.name).toBe('model.json');
    expect((await pickModel(given({ 'a.safetensors': '' }))).main.name).toBe('a.safetensors');
  });
});

describe('incomplete(picked)', () => {
  it('names the files that are missing', async () => {
    const said = async (...there: string[]) =>
      incomplete(
        await pickModel(
          given({ 'model.json': manifest('a', 'b', 'c'), ...Object.fromEntries(there.map((name) => [name, 'x'])) }),
        ),
      );
    expect(await said('a')).toBe(
      '2 of the 3 weight files that model.json names are missing: b, c. Drop all files together, or the whole folder.',
    );
    expect(await said()).toMatch(/^All 3 weight files that model.json names are missing: a, b, c\./);
    expect(await said('a', 'b')).toMatch(/^1 of the 3 weight files that model.json names is missing: c\./);
  });
});
