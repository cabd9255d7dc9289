import type { ByteSource } from '../../access/byte-source.ts';
import type { OpenedFile } from '../../access/open-source.ts';
import { checkFileName } from '../../access/open-source.ts';
import type { Checkpoint, CheckpointTensor } from '../../checkpoint.ts';
import { checkFile } from '../../checkpoint-error.ts';
import { storedTensor } from '../../stored-tensor.ts';
import { readHeader } from './read-header.ts';

const MAX_SHARDS = 10_000;

async function tensorsOf(
  source: ByteSource,
): Promise<{ tensors: CheckpointTensor[]; metadata: Record<string, string> }> {
  const { entries, metadata } = await readHeader(source);
  return { tensors: entries.map(storedTensor), metadata };
}

/** Opens one safetensors file. */
export async function openSafetensors(source: ByteSource): Promise<Checkpoint> {
  const { tensors, metadata } = await tensorsOf(source);
  return { format: 'safetensors', tensors, extras: { metadata }, close: () => source.close() };
}

/** Opens the shards of an index, `{"metadata": ..., "weight_map": {tensor: file}}`; tensors come in the index's order. */
export async function openSafetensorsIndex(
  { source, sibling }: OpenedFile,
  weightMap: unknown,
  onOpen: (source: ByteSource) => void,
): Promise<Checkpoint> {
  const file = source.name;
  checkFile(
    typeof weightMap === 'object' && weightMap !== null && !Array.isArray(weightMap),
    'weight_map must be a file name for each tensor',
    weightMap,
    { check: 'index', file },
  );
  const entries = Object.entries(weightMap);
  const names = [...new Set(entries.map(([, name]) => name))];
  checkFile(names.length <= MAX_SHARDS, `an index must name ${MAX_SHARDS} files at most`, names.length, {
    check: 'index',
    file,
  });
  const found = new Map<string, { tensor: CheckpointTensor; shard: string }>();
  const metadata: Record<string, string> = {};
  const opened: ByteSource[] = [];
  for (const name of names) {
    checkFileName(name, file);
    const shard = await sibling(name);
    opened.push(shard);
    onOpen(shard);
    const read = await tensorsOf(shard);
    Object.assign(metadata, read.metadata);
    for (const tensor of read.tensors) {
      checkFile(!found.has(tensor.name), 'a tensor must stand in one shard', name, {
        check: 'index',
        file,
        tensor: tensor.name,
      });
      found.set(tensor.name, { tensor, shard: name });
    }
  }
  const tensors = entries.map(([tensor, name]) => {
    const there = found.get(tensor);
    checkFile(
      there !== undefined && there.shard === name,
      `a tensor must be in ${name}, as the index says`,
      there?.shard ?? 'none',
      {
        check: 'index',
        file,
        tensor,
      },
    );
    return there.tensor;
  });
  checkFile(
    tensors.length === found.size,
    'the index must name every tensor of its files',
    found.size - tensors.length,
    {
      check: 'index',
      file,
    },
  );
  return {
    format: 'safetensors',
    tensors,
    extras: { metadata },
    close: async () => {
      await Promise.all([source, ...opened].map((one) => one.close()));
    },
  };
}
