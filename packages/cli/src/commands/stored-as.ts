import type { CheckpointTensor } from '@weightkit/checkpoint';

/** What the bytes of a tensor are: its dtype, codes of uint8 or uint16, float16, blocks of ggml, or codes of a grid. */
export function storedAs({ dtype, encoding }: CheckpointTensor): string {
  if (encoding.kind === 'affine') return encoding.storage;
  if (encoding.kind === 'ggml') return encoding.type;
  if (encoding.kind === 'codes') return encoding.grid;
  return encoding.kind === 'float16' ? 'float16' : dtype;
}

/** The number of entries. */
export const entriesOf = ({ shape }: Pick<CheckpointTensor, 'shape'>): number =>
  shape.reduce((product, size) => product * size, 1);
