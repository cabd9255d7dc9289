import type { ByteSource } from '../../access/byte-source.ts';
import type { Checkpoint } from '../../checkpoint.ts';
import { storedTensor } from '../../stored-tensor.ts';
import { readHeader } from './read-header.ts';

/** Opens one safetensors file. */
export async function openSafetensors(source: ByteSource): Promise<Checkpoint> {
  const { entries, metadata } = await readHeader(source);
  return {
    format: 'safetensors',
    tensors: entries.map(storedTensor),
    extras: { metadata },
    close: () => source.close(),
  };
}
