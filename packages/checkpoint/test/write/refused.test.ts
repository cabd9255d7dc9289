import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CheckpointTensor, mapCheckpoint, openCheckpoint, writeCheckpoint } from '../../src/index.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weightkit-written-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const one = (...values: number[]) =>
  openCheckpoint({
    weightSpecs: [{ name: 'a', shape: [values.length], dtype: 'float32' }],
    weightData: Float32Array.from(values).buffer,
  });
const first = async (path: string | URL) => {
  const checkpoint = await openCheckpoint(path);
  const values = [...((await checkpoint.tensors[0]!.values()) as Float32Array)];
  await checkpoint.close();
  return values;
};

describe('where a checkpoint is written', () => {
  it('a file: URL is the path that openCheckpoint takes it for, as text and as URL', async () => {
    for (const name of ['a #1 %.npz', 'b/model.json', 'c.safetensors']) {
      const url = pathToFileURL(join(folder, name));
      await writeCheckpoint(await one(1), url);
      await writeCheckpoint(await one(2), url.href, { overwrite: true });
      expect(existsSync(join(folder, name))).toBe(true);
      expect(await first(url)).toEqual([2]);
    }
  });

  it('refuses other addresses, and text that is no path', async () => {
    const checkpoint = await one(1);
    await expect(writeCheckpoint(checkpoint, 'https://example.org/y.npz')).rejects.toThrow(
      'writeCheckpoint: target must be a path or a file: URL (other addresses cannot be written to), got "https://example.org/y.npz"',
    );
    await expect(writeCheckpoint(checkpoint, 'file://other/y.npz')).rejects.toThrow(
      'writeCheckpoint: target must be a file: URL of this machine',
    );
    await expect(writeCheckpoint(checkpoint, ' ')).rejects.toThrow('writeCheckpoint: target must be a path');
  });

  it.each(['model.safetensors', 'model.npz', 'model.npy', 'model.json'])(
    'of two writes of %s at once without overwrite one is refused, and the other is whole',
    async (name) => {
      for (let time = 0; time < 5; time++) {
        const path = join(folder, `${time}`, name);
        const ended = await Promise.allSettled([
          writeCheckpoint(await one(1), path),
          writeCheckpoint(await one(2), path),
        ]);
        const won = ended.findIndex(({ status }) => status === 'fulfilled');
        const lost = ended[1 - won] as PromiseRejectedResult;
        expect(`${lost.reason}`).toContain('writeCheckpoint: target must not be there');
        expect(await first(path)).toEqual([won + 1]);
        expect(readdirSync(join(folder, `${time}`))).toHaveLength(name === 'model.json' ? 2 : 1);
      }
    },
  );
});

describe('what a format cannot hold is refused before anything is written', () => {
  const named = async (name: string) => mapCheckpoint(await one(1), (tensor) => ({ ...tensor, name }));

  it.each([
    ['safetensors', '__metadata__'],
    ['safetensors', '\ud800'],
    ['npz', 'nul\0a'],
    ['npz', 'x\udfff'],
    ['npz', 'n'.repeat(65_532)],
  ] as const)('%s: a name such as %j', async (format, name) => {
    const path = join(folder, `out.${format}`);
    await expect(writeCheckpoint(await named(name), path)).rejects.toThrow(
      `writeCheckpoint: names of tensors must be ones that ${format} can hold`,
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  it('the longest name that npz holds, and pairs of surrogates, come back', async () => {
    for (const [format, name] of [
      ['npz', 'n'.repeat(65_531)],
      ['npz', '🙂/ä'],
      ['safetensors', '🙂/ä'],
    ]) {
      const files = new Map<string, Uint8Array>();
      await writeCheckpoint(await named(name!), files, { format: format as 'npz' });
      expect((await openCheckpoint([...files.values()][0]!)).tensors[0]!.name).toBe(name);
    }
  });

  it.each([
    { shape: [2, 3] },
    { shape: [-4] },
    { shape: [Number.NaN] },
    { dtype: 'float64' },
    { dtype: 'x' },
    { encoding: { kind: 'x' } },
    { encoding: { kind: 'float16' } },
  ])('a tensor of four numbers whose parts are changed to %j', async (change) => {
    const source = await one(1, 2, 3, 4);
    const changed = { ...source.tensors[0]!, ...change } as CheckpointTensor;
    expect(() => mapCheckpoint(source, () => changed)).toThrow(
      /^mapCheckpoint: shape(, dtype and encoding| and dtype) of a must /,
    );
    for (const format of ['tfjs', 'safetensors', 'npz'] as const)
      await expect(writeCheckpoint({ ...source, tensors: [changed] }, new Map(), { format })).rejects.toThrow(
        /^writeCheckpoint: shape(, dtype and encoding| and dtype) of a must /,
      );
  });
});

it.skipIf(process.platform === 'win32')('a pipe is no file, and is not waited for', async () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  await expect(openCheckpoint(pipe)).rejects.toThrow('openCheckpoint: a path must be a file, got "a pipe"');
  await expect(openCheckpoint('/dev/null')).rejects.toThrow('openCheckpoint: a path must be a file');
});

it('a checkpoint that is closed says so when it is read', async () => {
  const path = join(folder, 'a.safetensors');
  await writeCheckpoint(await one(1), path);
  const checkpoint = await openCheckpoint(path);
  await checkpoint.close();
  await expect(checkpoint.tensors[0]!.values()).rejects.toThrow('a checkpoint must be open while it is read');
});

it('files that people take for weights are named', async () => {
  const pointer = new TextEncoder().encode('version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n');
  await expect(openCheckpoint(new Map([['model.safetensors', pointer]]))).rejects.toThrow('a pointer of Git LFS');
  // An archive with the name of a pickle in it, of as many letters.
  const archive = await openCheckpoint({
    weightSpecs: [{ name: 'm/data', shape: [1], dtype: 'float32' }],
    weightData: new ArrayBuffer(4),
  });
  const torch = new Map<string, Uint8Array>();
  await writeCheckpoint(archive, torch, { format: 'npz' });
  const text = Buffer.from([...torch.values()][0]!)
    .toString('latin1')
    .replaceAll('m/data.npy', 'm/data.pkl');
  await expect(openCheckpoint(Buffer.from(text, 'latin1'))).rejects.toThrow('one of PyTorch (.pt');
});
