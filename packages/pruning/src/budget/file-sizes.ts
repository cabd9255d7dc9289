import { writeCheckpoint } from '@weightkit/checkpoint';
import { checkpointOf, type ModelLike } from '@weightkit/core';

/** The number of bytes that gzip makes of some, at the level that servers use and `CompressionStream` has, 6. */
export async function gzipLength(bytes: Uint8Array): Promise<number> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new CompressionStream('gzip'));
  const reader = stream.getReader();
  let length = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) length += next.value.length;
  return length;
}

/** model.json and the weights, as `saveFolded` writes them. */
async function filesOf(model: ModelLike): Promise<Uint8Array[]> {
  const files = new Map<string, Uint8Array>();
  await writeCheckpoint(checkpointOf(model), files, { format: 'tfjs' });
  return [...files.values()];
}

/**
 * The bytes of the files that a model is saved in.
 *
 * @param model - a built LayersModel; masks are folded in
 */
export const savedBytes = async (model: ModelLike): Promise<number> =>
  (await filesOf(model)).reduce((sum, { length }) => sum + length, 0);

/**
 * The bytes of the files that a model is saved in when a server sends them: each compressed by gzip.
 *
 * @param model - a built LayersModel; masks are folded in
 */
export async function gzippedBytes(model: ModelLike): Promise<number> {
  let total = 0;
  for (const bytes of await filesOf(model)) total += await gzipLength(bytes);
  return total;
}
