import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Checkpoint, openCheckpoint, saveModel, writeCheckpoint } from '@weightkit/checkpoint';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { plainNode } from '../../../../scripts/lib/plain-node.mjs';
import { saveFiles } from '../../src/access/own-files.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weightkit-replace-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));
const at = (...names: string[]) => join(folder, ...names);
const names = async () => (await readdir(folder)).sort();

/** Tensors of one number, as a model whose topology has it too, so that a mixture shows. */
const marked = (mark: number, length = 1000): Promise<Checkpoint> =>
  openCheckpoint({
    modelTopology: { mark },
    weightSpecs: ['a', 'b'].map((name) => ({ name, shape: [length], dtype: 'float32' })),
    weightData: new Float32Array(2 * length).fill(mark).buffer,
  });

/** The number that a checkpoint carries; throws where it is a mixture. */
async function markOf(source: string | ReadonlyMap<string, Uint8Array>): Promise<number> {
  const checkpoint = await openCheckpoint(source);
  try {
    const topology = checkpoint.extras.modelJson?.find(([key]) => key === 'modelTopology')?.[1];
    const seen = new Set<number>(topology === undefined ? [] : [JSON.parse(topology).mark]);
    for (const tensor of checkpoint.tensors)
      for (const value of (await tensor.values()) as Float32Array) seen.add(value);
    if (seen.size !== 1) throw new Error(`a mixture of ${[...seen].join(', ')}`);
    return [...seen][0]!;
  } finally {
    await checkpoint.close();
  }
}
const write = async (mark: number, file = 'model.json', options: object = { overwrite: true }) =>
  writeCheckpoint(await marked(mark), at(file), options);
const OWN = /^model\.weights-[0-9a-f]{16}\.bin$/;

describe('writeCheckpoint over a model.json', () => {
  it("takes the converter's names where nothing is there, then names of its own, and deletes what it replaced", async () => {
    await write(1, 'model.json', {});
    expect(await names()).toEqual(['group1-shard1of1.bin', 'model.json']);
    for (const mark of [2, 3]) {
      const { files } = await write(mark);
      expect(await names()).toEqual(['model.json', expect.stringMatching(OWN)]);
      expect(files.map(({ file }) => file).sort()).toEqual(await names());
      expect(await markOf(at('model.json'))).toBe(mark);
    }
    await write(4, 'model.json', { overwrite: true, shardBytes: 3000 });
    expect((await names()).filter((name) => /^model\.weights-[0-9a-f]{16}-1-[123]of3\.bin$/.test(name))).toHaveLength(
      3,
    );
    expect(await names()).toHaveLength(4);
    expect(await markOf(folder)).toBe(4);
  });

  it('keeps what another JSON file names, links, folders, and files of other names', async () => {
    await write(1, 'model.json', {});
    await writeFile(at('copy.json'), await readFile(at('model.json')));
    await write(2);
    expect(await markOf(at('copy.json'))).toBe(1);
    await rm(at('copy.json'));
    const manifest = ['thesis.txt', 'weights.bin', 'group1-shard1of1.bin'];
    await writeFile(at('thesis.txt'), 'x');
    await symlink(at('thesis.txt'), at('weights.bin'));
    await writeFile(at('model.json'), JSON.stringify({ weightsManifest: [{ paths: manifest, weights: [] }] }));
    await write(3);
    expect(await names()).toEqual(['model.json', expect.stringMatching(OWN), 'thesis.txt', 'weights.bin']);
  });

  it('at once, without overwrite, is done once and refused to the others', async () => {
    const all = await Promise.allSettled(Array.from({ length: 12 }, (_, i) => write(i, 'model.json', {})));
    const done = all.flatMap(({ status }, i) => (status === 'fulfilled' ? [i] : []));
    expect(done).toHaveLength(1);
    for (const one of all)
      if (one.status === 'rejected') expect(one.reason.message).toMatch('target must not be there');
    expect(await markOf(at('model.json'))).toBe(done[0]);
    expect(await names()).toHaveLength(2);
  });

  it('at once, with overwrite, leaves one of the models whole', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, i) => write(i)));
    expect(await markOf(at('model.json'))).toBeLessThan(20);
    // The last to clean may have come before others were done: one more finds them.
    await write(99);
    expect(await names()).toHaveLength(2);
    expect(await markOf(at('model.json'))).toBe(99);
  });

  it('at once with other models in one folder keeps every model', async () => {
    await Promise.all(Array.from({ length: 12 }, (_, i) => write(i % 6, `m${i % 6}.json`)));
    await Promise.all([6, 7].map(async (i) => saveModel('ask', at(`m${i}.json`), await marked(i))));
    for (let i = 0; i < 8; i++) expect(await markOf(at(`m${i}.json`))).toBe(i);
  });

  it('reads the weight files of the model that it replaces, and fails without a trace', async () => {
    await write(1, 'model.json', {});
    const source = await openCheckpoint(folder);
    await writeCheckpoint(source, at('model.json'), { overwrite: true, shardBytes: 100 });
    await source.close();
    expect(await markOf(folder)).toBe(1);
    const before = await names();
    const abort = new AbortController();
    const onProgress = (): void => abort.abort(new Error('enough'));
    await expect(write(2, 'model.json', { overwrite: true, onProgress, signal: abort.signal })).rejects.toThrow(
      'enough',
    );
    expect(await names()).toEqual(before);
    expect(await markOf(folder)).toBe(1);
    await mkdir(at('other', 'model.json'), { recursive: true });
    await expect(write(2, 'other/model.json')).rejects.toThrow('model.json must be a file or free, got a folder');
  });

  it('cleans up after a write that was killed, and leaves alone one that runs', async () => {
    const { pending } = await saveFiles(at('model.json'));
    const [, host] = /\.([0-9a-f]{8})-\d+-/.exec(pending)!;
    const killed = at(`model.json.${host}-${2 ** 22 + 1}-1111111111111111.tmp`); // Linux's ids end at 2^22
    const naming = (path: string) => JSON.stringify({ weightsManifest: [{ paths: [path], weights: [] }] });
    await writeFile(killed, naming('group1-shard1of1.bin'));
    await writeFile(at('group1-shard1of1.bin'), 'cut short');
    await writeFile(pending, naming('group1-shard1of9.bin'));
    await writeFile(at('group1-shard1of9.bin'), 'not yet whole');
    await write(5, 'model.json', {});
    const left = (await names()).filter((name) => !OWN.test(name));
    expect(left).toEqual(['group1-shard1of9.bin', 'model.json', pending.slice(folder.length + 1)].sort());
    expect(await markOf(at('model.json'))).toBe(5);
  });

  it('killed at any moment leaves the earlier model or the new one whole, and the next one cleans up', async () => {
    const module = plainNode('packages/checkpoint/src/index.ts', at('sources'));
    const script = at('writer.mjs');
    const source = (from: number, options: string) => `
      import { openCheckpoint, writeCheckpoint } from ${JSON.stringify(pathToFileURL(module).href)};
      const marked = (mark) => openCheckpoint({
        modelTopology: { mark },
        weightSpecs: ['a', 'b'].map((name) => ({ name, shape: [30_000], dtype: 'float32' })),
        weightData: new Float32Array(60_000).fill(mark).buffer,
      });
      console.log('begins');
      for (let mark = ${from}; ; mark++) await writeCheckpoint(await marked(mark), ${JSON.stringify(at('out'))}, ${options});`;
    await mkdir(at('out'));
    let saved = 0;
    let longest = 400;
    for (let i = 1; i <= 5; i++) {
      const before = await markOf(at('out')).catch(() => 0);
      await writeFile(script, source(1000 * i, '{ overwrite: true, shardBytes: 50_000 }'));
      const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
      const ended = new Promise((done) => child.once('exit', done));
      await Promise.race([ended, new Promise((begun) => child.stdout.once('data', begun))]);
      await new Promise((done) => setTimeout(done, longest * Math.random()));
      child.kill('SIGKILL');
      await ended;
      const after = await markOf(at('out')).catch(() => 0);
      if (before > 0) expect(after === before || after >= 1000 * i).toBe(true);
      if (after !== before) saved++;
      longest *= after === before ? 1.5 : 0.8;
    }
    expect(saved).toBeGreaterThan(0);
    await writeCheckpoint(await marked(7), at('out'), { overwrite: true });
    expect(await readdir(at('out'))).toHaveLength(2);
    expect(await markOf(at('out'))).toBe(7);
  }, 60_000);
});

describe.each(['safetensors', 'compact'] as const)('writeCheckpoint over shards of %s', (format) => {
  const sharded = (mark: number, options: object = { overwrite: true }) =>
    write(mark, `x.${format}`, { format, shardBytes: 4000, ...options });
  const INDEX = `x.${format}.index.json`;

  it('takes the customary names where nothing is there, then names of its own, and deletes what it replaced', async () => {
    await sharded(1, {});
    expect(await names()).toEqual([`x-00001-of-00002.${format}`, `x-00002-of-00002.${format}`, INDEX]);
    await expect(sharded(2, {})).rejects.toThrow('target must not be there');
    for (const mark of [2, 3]) {
      await sharded(mark);
      const own = (await names()).filter((name) =>
        new RegExp(`^x\\.[0-9a-f]{16}-0000[12]-of-00002\\.${format}$`).test(name),
      );
      expect(own).toHaveLength(2);
      expect(await names()).toHaveLength(3);
      expect(await markOf(at(INDEX))).toBe(mark);
    }
  });

  it('takes the place of one file of that name, when it may', async () => {
    await write(1, `x.${format}`, {});
    await expect(sharded(2, {})).rejects.toThrow(
      `target must not be there (overwrite: true replaces it), got "${at(`x.${format}`)}"`,
    );
    expect(await names()).toEqual([`x.${format}`]);
    await sharded(2);
    expect((await names()).includes(`x.${format}`)).toBe(false);
    expect(await markOf(at(INDEX))).toBe(2);
  });
  it('takes the shards and their index away when one file replaces them, and nothing that another index names', async () => {
    const whole = { shardBytes: 1e9 };
    await write(1, `x.${format}`, {});
    await sharded(2);
    await expect(write(3, `x.${format}`, whole)).rejects.toThrow(
      `target must not be there (overwrite: true replaces it), got "${at(INDEX)}"`,
    );
    expect(await markOf(at(INDEX))).toBe(2);
    await writeFile(at('notes.txt'), '');
    await write(3, `x.${format}`, { ...whole, overwrite: true });
    expect(await names()).toEqual(['notes.txt', `x.${format}`]);
    expect(await markOf(at(`x.${format}`))).toBe(3);
    await sharded(4);
    await sharded(5);
    await writeFile(at(`y.${format}.index.json`), await readFile(at(INDEX)));
    await write(6, `x.${format}`, { ...whole, overwrite: true });
    expect((await names()).filter((name) => name.endsWith('.json'))).toEqual([`y.${format}.index.json`]);
    expect(await markOf(at(`y.${format}.index.json`))).toBe(5);
    expect(await markOf(at(`x.${format}`))).toBe(6);
  });
  it('does so in a Map', async () => {
    const files = new Map<string, Uint8Array>();
    await writeCheckpoint(await marked(1), files, { format, shardBytes: 4000 });
    expect(files.size).toBe(3);
    const whole = { format, shardBytes: 1e9 } as const;
    await expect(writeCheckpoint(await marked(2), files, whole)).rejects.toThrow('target must not be there');
    await writeCheckpoint(await marked(2), files, { ...whole, overwrite: true });
    expect([...files.keys()]).toEqual([`model.${format}`]);
    expect(await markOf(files)).toBe(2);
  });
});

describe('writeCheckpoint of one file', () => {
  it('cleans up after a write that was killed, and leaves alone one that runs', async () => {
    const { pending } = await saveFiles(at('x.safetensors'));
    const [, host] = /\.([0-9a-f]{8})-\d+-/.exec(pending)!;
    const killed = `x.safetensors.${host}-${2 ** 22 + 1}-1111111111111111.tmp`; // Linux's ids end at 2^22
    const others = [
      `y.safetensors${killed.slice('x.safetensors'.length)}`,
      'x.safetensors.tmp',
      pending.slice(folder.length + 1),
    ];
    for (const name of [killed, ...others]) await writeFile(at(name), 'cut short');
    await write(1, 'x.safetensors', {});
    expect(await names()).toEqual([...others, 'x.safetensors'].sort());
    expect(await markOf(at('x.safetensors'))).toBe(1);
  });

  it('at once leaves one of them whole and nothing else', async () => {
    await Promise.all(Array.from({ length: 10 }, (_, i) => write(i, 'x.npz')));
    expect(await names()).toEqual(['x.npz']);
    expect(await markOf(at('x.npz'))).toBeLessThan(10);
  });
});

describe('writeCheckpoint over a model in a Map or a directory', () => {
  /** A directory handle over a Map. */
  const directoryOf = (files: Map<string, Uint8Array>) => ({
    kind: 'directory' as const,
    name: 'folder',
    getFileHandle: async (file: string, { create = false } = {}) => {
      if (!files.has(file) && !create) throw new Error('NotFoundError');
      if (!files.has(file)) files.set(file, new Uint8Array(0));
      const parts: Uint8Array[] = [];
      return {
        getFile: async () => new Blob([files.get(file)! as Uint8Array<ArrayBuffer>]),
        createWritable: async () => ({
          write: async (bytes: Uint8Array) => {
            parts.push(bytes.slice());
          },
          close: async () => {
            files.set(file, new Uint8Array(Buffer.concat(parts)));
          },
          abort: async () => {},
        }),
      };
    },
    removeEntry: async (file: string) => {
      files.delete(file);
    },
    async *keys() {
      yield* files.keys();
    },
  });

  it.each(['Map', 'directory'])('leaves the new files alone, and what another JSON file names: %s', async (kind) => {
    const files = new Map<string, Uint8Array>();
    const target = kind === 'Map' ? files : directoryOf(files);
    await writeCheckpoint(await marked(1), target);
    expect([...files.keys()]).toEqual(['group1-shard1of1.bin', 'model.json']);
    await expect(writeCheckpoint(await marked(2), target)).rejects.toThrow('target must not be there');
    await writeCheckpoint(await marked(2), target, { overwrite: true });
    expect([...files.keys()].sort()).toEqual(['model.json', expect.stringMatching(OWN)]);
    expect(await markOf(files)).toBe(2);
    files.set('copy.json', files.get('model.json')!);
    files.set('notes.txt', new Uint8Array(1));
    await writeCheckpoint(await marked(3), target, { overwrite: true, shardBytes: 5000 });
    expect(files.size).toBe(6);
    expect(await markOf(new Map([...files].filter(([name]) => name !== 'copy.json')))).toBe(3);
  });
});
