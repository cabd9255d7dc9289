// Images in the binary format of CIFAR-10.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodePictures } from '@weightkit/datasets';

const part = (path) => decodePictures(readFileSync(path), path);

/** The first batch and the test batch of a folder, pixels as [image, row, column, color]. */
export function readCifar(folder) {
  return { train: part(join(folder, 'data_batch_1.bin')), test: part(join(folder, 'test_batch.bin')) };
}
