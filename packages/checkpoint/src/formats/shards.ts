import type { CheckpointTensor } from '../checkpoint.ts';

/** Greedy shards in the order of the tensors; one that is too large for a shard gets one for itself. */
export function shardsOf(tensors: readonly CheckpointTensor[], shardBytes: number): CheckpointTensor[][] {
  const shards: CheckpointTensor[][] = [[]];
  let size = 0;
  for (const tensor of tensors) {
    const bytes = tensor.byteLength;
    if (size > 0 && size + bytes > shardBytes) {
      shards.push([]);
      size = 0;
    }
    shards.at(-1)!.push(tensor);
    size += bytes;
  }
  return shards;
}

/** The index of several shards, as huggingface_hub writes it: keys sorted, two spaces, a newline at the end. */
export function indexOf(shards: readonly { file: string; tensors: readonly CheckpointTensor[] }[]): string {
  const map = shards.flatMap(({ file, tensors }) => tensors.map(({ name }) => [name, file] as const));
  map.sort(([a], [b]) => (a < b ? -1 : 1));
  const total = shards.flatMap(({ tensors }) => tensors).reduce((sum, { byteLength }) => sum + byteLength, 0);
  return `${JSON.stringify({ metadata: { total_size: total }, weight_map: Object.fromEntries(map) }, null, 2)}\n`;
}
