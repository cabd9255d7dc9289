import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type * as tf from '@tensorflow/tfjs';
import { fileSystem } from '@weightkit/core/node';
import type { Size } from './measure.ts';

/** Sizes of the files in a folder. */
export async function sizeOf(folder: string): Promise<Size> {
  const files = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name))));
  return {
    bytes: files.reduce((sum, file) => sum + file.byteLength, 0),
    gzipBytes: files.reduce((sum, file) => sum + gzipSync(file, { level: 9 }).byteLength, 0),
  };
}

/** Sizes of the files that a model's artifacts become; they are really written, to a folder that is removed again. */
export async function savedSize(artifacts: tf.io.ModelArtifacts): Promise<Size> {
  const folder = await mkdtemp(join(tmpdir(), 'weightkit-tour-'));
  try {
    await fileSystem(folder).save(artifacts);
    return await sizeOf(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
