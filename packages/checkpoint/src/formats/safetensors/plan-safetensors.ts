import { checkRange } from '@weightkit/numerics/check';
import type { CheckpointTensor } from '../../checkpoint.ts';
import { DTYPES, type Dtype, sizeOf } from '../../dtypes.ts';
import type { FilePlan } from '../file-plan.ts';
import { hasLoneSurrogate } from '../utf-8.ts';
import { rankOf, SAFETENSORS_DTYPES } from './safetensors-dtypes.ts';

const compare = (a: Uint8Array, b: Uint8Array): number => {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
};

/** The reference writer's order: alignment descending, then names by their bytes. */
function ordered(tensors: readonly CheckpointTensor[]): CheckpointTensor[] {
  const encoder = new TextEncoder();
  return tensors
    .map((tensor) => ({ tensor, rank: rankOf(tensor.dtype), name: encoder.encode(tensor.name) }))
    .sort((a, b) => b.rank - a.rank || compare(a.name, b.name))
    .map(({ tensor }) => tensor);
}

const bytesOf = ({ dtype, shape }: CheckpointTensor): number =>
  (sizeOf(shape) * DTYPES[dtype as Exclude<Dtype, 'string'>].bits) / 8;

/** Throws for a name that a header cannot hold: that of its metadata, and what is no text in UTF-8. */
function checkName(name: string): void {
  checkRange(
    name !== '__metadata__' && !hasLoneSurrogate(name),
    'writeCheckpoint: names of tensors must be ones that safetensors can hold (rename them by mapCheckpoint)',
    name,
  );
}

/** A header and the tensors that follow it, as the reference implementation writes them. */
export function planSafetensors(
  file: string,
  tensors: readonly CheckpointTensor[],
  metadata: Readonly<Record<string, string>>,
): FilePlan {
  const order = ordered(tensors);
  const parts: string[] = [];
  if (Object.keys(metadata).length > 0) parts.push(`"__metadata__":${JSON.stringify(metadata)}`);
  let at = 0;
  for (const tensor of order) {
    const { name, dtype, shape } = tensor;
    checkName(name);
    const end = at + bytesOf(tensor);
    const info = { dtype: SAFETENSORS_DTYPES[rankOf(dtype)]![0], shape, data_offsets: [at, end] };
    parts.push(`${JSON.stringify(name)}:${JSON.stringify(info)}`);
    at = end;
  }
  const json = new TextEncoder().encode(`{${parts.join(',')}}`);
  const length = Math.ceil(json.length / 8) * 8;
  const head = new Uint8Array(8 + length).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(length), true);
  head.set(json, 8);
  return { file, parts: [{ bytes: head }, ...order.map((tensor) => ({ tensor }))] };
}
