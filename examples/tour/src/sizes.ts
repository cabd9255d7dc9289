import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type * as tf from '@tensorflow/tfjs';
import { fileSystem } from '@weightkit/core/node';
import type { Size } from './measure.ts';

/** A weight file's name is new with every save: its digits are left out, so that one model has one size. */
const withoutDigits = (json: Buffer): Buffer =>
  Buffer.from(json.toString().replace(/\.weights-[0-9a-f]{16}\.bin/g, `.weights-${'0'.repeat(16)}.bin`));

/** Sizes of the files in a folder. */
export async function sizeOf(folder: string): Promise<Size> {
  const names = await readdir(folder);
  const files = await Promise.all(
    names.map(async (name) => {
      const file = await readFile(join(folder, name));
      return name.endsWith('.json') ? withoutDigits(file) : file;
    }),
  );
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
