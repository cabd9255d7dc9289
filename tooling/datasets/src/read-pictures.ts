import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { checkRange } from '@weightkit/numerics/check';
import { firstPictures, type PictureFile, type Pictures } from './pictures.ts';

async function fileAt(path: string): Promise<PictureFile> {
  const { size } = await stat(path);
  return {
    name: path,
    size,
    async first(count) {
      const file = await open(path);
      try {
        const bytes = new Uint8Array(count);
        await file.read(bytes, 0, count, 0);
        return bytes;
      } finally {
        await file.close();
      }
    },
  };
}

/** The files of training pictures: the one that is named, or those of a folder, in the order of their numbers. */
async function filesOf(path: string): Promise<string[]> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`readPictures: ${path} must be readable, got ${error.code}`);
  });
  if (!found.isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => /^data_batch_\d+\.bin$/.test(name)).sort();
  checkRange(names.length > 0, `readPictures: ${path} must have a data_batch_1.bin`, `${names.length} such files`);
  return names.map((name) => join(path, name));
}

/**
 * The first training pictures of CIFAR-10 in its binary format, at most so many.
 *
 * @param path - a file, or the folder of `data_batch_1.bin` and those that follow
 * @param count - 1 or more
 * @throws Error when a path cannot be read, RangeError when a file is something else
 */
export async function readPictures(path: string, count: number): Promise<Pictures> {
  return firstPictures(await Promise.all((await filesOf(path)).map(fileAt)), count);
}
