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

/**
 * What the model's files weigh when a server sends them: model.json and the weights as `saveFolded` writes them, each compressed by
 * gzip.
 *
 * @param model - a built LayersModel; masks are folded in
 */
export async function gzipSize(model: ModelLike): Promise<number> {
  const files = new Map<string, Uint8Array>();
  await writeCheckpoint(checkpointOf(model), files, { format: 'tfjs' });
  let total = 0;
  for (const bytes of files.values()) total += await gzipLength(bytes);
  return total;
}
