import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeData } from '../src/node-data.ts';
import { decodePictures, RECORD } from '../src/pictures.ts';
import { readPictures } from '../src/read-pictures.ts';

const PLANE = 1024;
/** Records whose label and pixels follow from their number. */
function records(count: number, from = 0): Uint8Array {
  const bytes = new Uint8Array(count * RECORD);
  for (let i = 0; i < count; i++) {
    bytes[i * RECORD] = (from + i) % 10;
    for (let k = 0; k < 3 * PLANE; k++) bytes[i * RECORD + 1 + k] = (from + i + 7 * k) % 251;
  }
  return bytes;
}

describe('pictures', () => {
  it('decodePictures(bytes, name) puts the three colors of a pixel together, row by row', () => {
    const { count, pixels, labels } = decodePictures(records(3), 'a');
    expect([count, pixels.length, [...labels]]).toEqual([3, 3 * 3 * PLANE, [0, 1, 2]]);
    // The format: planes of 32 rows, red, green and blue (https://www.cs.toronto.edu/~kriz/cifar.html).
    const bytes = records(3);
    const there = Array.from(pixels, (_, i) => {
      const [image, pixel, color] = [Math.floor(i / (3 * PLANE)), Math.floor(i / 3) % PLANE, i % 3];
      return bytes[image * RECORD + 1 + color * PLANE + pixel]!;
    });
    expect([...pixels]).toEqual(there);
  });

  it.each([
    [
      new Uint8Array(0),
      'pictures: a.bin must have records of 3073 bytes, as the binary version of CIFAR-10 has, got "0 bytes"',
    ],
    [new Uint8Array(3072), 'got "3072 bytes"'],
    [records(2).fill(10, RECORD, RECORD + 1), 'pictures: labels of a.bin must be 0 to 9 (label 1), got 10'],
  ])('decodePictures refuses what is something else', (bytes, message) => {
    expect(() => decodePictures(bytes, 'a.bin')).toThrow(message);
  });
});

describe('readPictures', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weightkit-pictures-'));
    await writeFile(join(folder, 'data_batch_1.bin'), records(4));
    await writeFile(join(folder, 'data_batch_2.bin'), records(3, 4));
    await writeFile(join(folder, 'test_batch.bin'), records(5, 100));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('readPictures(path, count) goes through the training files of a folder, or reads the one that is named', async () => {
    expect([...(await readPictures(folder, 6)).labels]).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await readPictures(folder, 99)).toEqual(decodePictures(records(7), 'all'));
    expect(await readPictures(join(folder, 'test_batch.bin'), 2)).toEqual(decodePictures(records(2, 100), 'two'));
    expect((await nodeData({ pictures: folder }).pictures!(1)).count).toBe(1);
    expect(nodeData().pictures).toBeUndefined();
  });

  it('readPictures refuses paths without pictures', async () => {
    await expect(readPictures(join(folder, 'none'), 1)).rejects.toThrow(
      /readPictures: .*none must be readable, got ENOENT/,
    );
    await rm(join(folder, 'data_batch_1.bin'));
    await rm(join(folder, 'data_batch_2.bin'));
    await expect(readPictures(folder, 1)).rejects.toThrow('must have a data_batch_1.bin');
    await writeFile(join(folder, 'data_batch_1.bin'), 'a text');
    await expect(readPictures(folder, 1)).rejects.toThrow('must have records of 3073 bytes');
    await expect(readPictures(folder, 0)).rejects.toThrow(
      'firstPictures: count must be an integer of 1 or more, got 0',
    );
  });
});
