import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openCheckpoint, writeCheckpoint } from '@weightkit/checkpoint';

/** What a file of a published model becomes when it is opened and written again. */
export interface Rewritten {
  /** Number of weights. */
  weights: number;
  /** Whether model.json comes out byte for byte. */
  sameJson: boolean;
  /** Whether the weight files, joined, do. */
  sameWeights: boolean;
}

/** Opens a model.json and its weight files, writes them, and compares the bytes with the published ones. */
export async function rewrite(path: string): Promise<Rewritten> {
  const checkpoint = await openCheckpoint(path);
  const files = new Map<string, Uint8Array>();
  await writeCheckpoint(checkpoint, files);
  await checkpoint.close();
  const published = readFileSync(path);
  const manifest = JSON.parse(published.toString()) as { weightsManifest: { paths: string[] }[] };
  const shards = manifest.weightsManifest
    .flatMap(({ paths }) => paths)
    .map((name) => readFileSync(join(dirname(path), name)));
  const written = [...files].filter(([name]) => name !== 'model.json').map(([, bytes]) => bytes);
  return {
    weights: checkpoint.tensors.length,
    sameJson: Buffer.compare(published, files.get('model.json')!) === 0,
    sameWeights: Buffer.compare(Buffer.concat(shards), Buffer.concat(written)) === 0,
  };
}
