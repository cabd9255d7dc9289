import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type * as tf from '@tensorflow/tfjs';
import { type WeightSource, weightsOf } from '@weightkit/core';
import { fileSystem } from '@weightkit/core/node';

export interface Stage {
  name: 'dense' | 'pruned' | 'quantized' | 'reloaded';
  /** Share of the test digits that are recognized, in [0, 1]. */
  accuracy: number;
  parameters: number;
  /** Parameters that are exactly zero. */
  zeros: number;
  /** Bytes of the saved model's files. */
  bytes: number;
  /** Bytes of the same files, each gzipped at level 9. */
  gzipBytes: number;
}

/** Sizes of the files in a folder. */
export async function sizeOf(folder: string): Promise<{ bytes: number; gzipBytes: number }> {
  const files = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name))));
  return {
    bytes: files.reduce((sum, file) => sum + file.byteLength, 0),
    gzipBytes: files.reduce((sum, file) => sum + gzipSync(file, { level: 9 }).byteLength, 0),
  };
}

/** Sizes of the files that a model's artifacts become; they are really written, to a folder that is removed again. */
export async function savedSize(artifacts: tf.io.ModelArtifacts): Promise<{ bytes: number; gzipBytes: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'weightkit-tour-'));
  try {
    await fileSystem(folder).save(artifacts);
    return await sizeOf(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** How many parameters a model has, and how many of the values it computes with are exactly zero. */
export async function countZeros(model: WeightSource): Promise<{ parameters: number; zeros: number }> {
  let parameters = 0;
  let zeros = 0;
  for (const weight of weightsOf(model)) {
    const tensor = weight.read();
    const values = await tensor.data();
    tensor.dispose();
    parameters += values.length;
    for (const value of values) if (value === 0) zeros++;
  }
  return { parameters, zeros };
}
