import type { CheckpointTensor } from '@weightkit/checkpoint';
import type { Loaded } from './comparing.ts';

/** The weights of a model whose tensors in the file a filter lets through, as a filter of weights. */
export async function partOf(
  model: Loaded,
  filter: (tensor: CheckpointTensor) => boolean,
): Promise<(weight: { path: string }) => boolean> {
  const { foldModel } = await import('@weightkit/core');
  const { tensors, paths } = await foldModel('quantize', model);
  const wanted = new Set(paths.filter((_, i) => filter(tensors[i]!)));
  return ({ path }) => wanted.has(path);
}
