import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { saveFiles } from '../../../checkpoint/src/access/own-files.ts';
import { fileSystem } from '../../src/node.ts';
import { marked, markOf } from './kills.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weightkit-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));
const at = (...names: string[]) => join(folder, ...names);
const save = (name = 'a.json') => fileSystem(at(name)).save(marked(1, 3));
const names = async () => (await readdir(folder)).sort();
/** The names that are not of a.json's latest save. */
async function others(): Promise<string[]> {
  const { weightsManifest } = JSON.parse(await readFile(at('a.json'), 'utf8'));
  return (await names()).filter((name) => name !== 'a.json' && !weightsManifest[0].paths.includes(name));
}

/** A model of stock's or an earlier version's: a JSON file that names these weight files. */
async function old(paths: string[], json = 'a.json'): Promise<void> {
  for (const path of paths) await writeFile(at(path), new Float32Array(1));
  const specs = paths.map((_, i) => ({ name: `w${i}`, shape: [1], dtype: 'float32' }));
  await writeFile(at(json), JSON.stringify({ modelTopology: {}, weightsManifest: [{ paths, weights: specs }] }));
}

describe('sweep', () => {
  it.each([
    [['weights.bin']],
    [['weights.3.bin']],
    [['group1-shard1of2.bin', 'group1-shard2of2.bin']],
    [['group1-shard1of1']],
    [['my-model.weights.bin']],
  ])('a save over %j, which the earlier JSON names, reads it first and then deletes it', async (paths) => {
    await old(paths);
    expect((await fileSystem(at('a.json')).load()).weightData).toHaveProperty('byteLength', 4 * paths.length);
    await save();
    expect(await others()).toEqual([]);
  });

  it('a save keeps what another JSON file in the folder names, and what it cannot know to be free', async () => {
    await old(['weights.bin', 'group1-shard1of1.bin'], 'a.json');
    await old(['weights.bin'], 'b.json');
    await writeFile(at('notes.json'), '{ "see": "group1-shard1of1.bin" ');
    await save();
    expect(await others()).toEqual(['b.json', 'group1-shard1of1.bin', 'notes.json', 'weights.bin']);
    expect(markOf(await fileSystem(at('a.json')).load())).toBe(1);
  });

  it('a save keeps weights of its own that a copy of its JSON names', async () => {
    await save();
    await writeFile(at('copy.json'), await readFile(at('a.json')));
    await save();
    await save();
    expect(markOf(await fileSystem(at('copy.json')).load())).toBe(1);
  });

  it('a save deletes no file that a person may have named, whatever the earlier JSON says', async () => {
    await mkdir(at('sub'));
    await mkdir(at('weights.bin'));
    const kept = ['thesis.txt', 'weights.bak', 'sub/weights.bin', 'a.weights-1.bin', 'b.weights-0123456789abcdef.bin'];
    await old(kept);
    await writeFile(at('a.weights-0123456789abcdef.bin.txt'), '');
    await writeFile(at('model.json.tmp'), '');
    await save();
    expect(await others()).toEqual(
      [
        ...kept.slice(0, 2),
        'sub',
        'weights.bin',
        ...kept.slice(3),
        'a.weights-0123456789abcdef.bin.txt',
        'model.json.tmp',
      ].sort(),
    );
    expect(await readdir(at('sub'))).toEqual(['weights.bin']);
  });

  it('a save follows no link: neither of weights nor of the JSON file', async () => {
    await mkdir(at('elsewhere'));
    await fileSystem(at('elsewhere', 'a.json')).save(marked(5, 3));
    await writeFile(at('elsewhere', 'target'), 'kept');
    await symlink(at('elsewhere', 'target'), at('weights.bin'));
    await symlink(at('elsewhere', 'target'), at('a.weights-0123456789abcdef.bin'));
    await symlink(at('elsewhere', 'a.json'), at('a.json'));
    await save();
    expect((await lstat(at('a.json'))).isSymbolicLink()).toBe(false);
    expect(await others()).toEqual(['a.weights-0123456789abcdef.bin', 'elsewhere', 'weights.bin']);
    expect(await readFile(at('elsewhere', 'target'), 'utf8')).toBe('kept');
    expect(markOf(await fileSystem(at('elsewhere', 'a.json')).load())).toBe(5);
  });

  it('a save cleans up after saves that were killed, and leaves alone those that run', async () => {
    const { pending, weights } = await saveFiles(at('a.json'));
    const [, host] = /\.([0-9a-f]{8})-\d+-/.exec(pending)!;
    const made = async (where: string, pid: number, id: string, age = 0) => {
      const [marker, bin] = [at(`a.json.${where}-${pid}-${id}.tmp`), at(`a.weights-${id}.bin`)];
      for (const path of [marker, bin]) {
        await writeFile(path, '');
        const then = (Date.now() - age) / 1000;
        await utimes(path, then, then);
      }
    };
    const day = 24 * 3600 * 1000;
    await writeFile(pending, '');
    await writeFile(weights, '');
    await made(host!, 1, '1111111111111111'); // a process that lives
    await made(host!, 2 ** 22 + 1, '2222222222222222'); // no such process: Linux's ids end at 2^22
    await made(host!, process.pid, '3333333333333333', 400 * day); // this process's id, before this process began
    await made('00000000', 2 ** 22 + 1, '4444444444444444', day / 2); // another machine's
    await made('00000000', 1, '5555555555555555', 2 * day); // another machine's, of the day before yesterday
    await writeFile(at('a.weights-6666666666666666.bin'), ''); // killed between the JSON's rename and the sweep
    await save();
    const left = (await others()).map((name) => /([0-9a-f]{16})\.(bin|tmp)$/.exec(name)![1]!);
    const own = /([0-9a-f]{16})\.bin$/.exec(weights)![1]!;
    expect(left.sort()).toEqual([own, own, ...Array(2).fill('1'.repeat(16)), ...Array(2).fill('4'.repeat(16))].sort());
  });
});
