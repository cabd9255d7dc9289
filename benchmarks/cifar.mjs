// Images in the binary format of CIFAR-10: a byte of the class, then the red, the green and the blue plane of 32 x 32.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const PLANE = 32 * 32;
const RECORD = 1 + 3 * PLANE;

function part(path) {
  const bytes = readFileSync(path);
  if (bytes.length === 0 || bytes.length % RECORD !== 0)
    throw new Error(`readCifar: ${path} must have records of ${RECORD} bytes, got ${bytes.length} bytes`);
  const count = bytes.length / RECORD;
  const pixels = new Uint8Array(count * 3 * PLANE);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const from = i * RECORD;
    labels[i] = bytes[from];
    for (let k = 0; k < PLANE; k++)
      for (let c = 0; c < 3; c++) pixels[(i * PLANE + k) * 3 + c] = bytes[from + 1 + c * PLANE + k];
  }
  return { pixels, labels, count };
}

/** The first batch and the test batch of a folder, pixels as [image, row, column, color]. */
export function readCifar(folder) {
  return { train: part(join(folder, 'data_batch_1.bin')), test: part(join(folder, 'test_batch.bin')) };
}
