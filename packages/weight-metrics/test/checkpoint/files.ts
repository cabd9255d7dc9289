import { type Checkpoint, type CheckpointTensor, openCheckpoint } from '@weightkit/checkpoint';

/** A checkpoint of float32 vectors or matrices. */
export const openFloats = (tensors: Record<string, { values: Float32Array; shape?: number[] }>): Promise<Checkpoint> =>
  openCheckpoint({
    weightSpecs: Object.entries(tensors).map(([name, { values, shape = [values.length] }]) => ({
      name,
      shape,
      dtype: 'float32',
    })),
    weightData: Object.values(tensors).map(({ values }) => values.slice().buffer),
  });

/** A checkpoint of a safetensors file: dtype, shape and bytes by name. */
export async function openSafetensors(
  tensors: Record<string, { dtype: string; shape: number[]; data: ArrayBufferView }>,
): Promise<Checkpoint> {
  let end = 0;
  const entries = Object.entries(tensors).map(([name, { dtype, shape, data }]) => {
    const begin = end;
    end += data.byteLength;
    return [name, { dtype, shape, data_offsets: [begin, end] }];
  });
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const file = new Uint8Array(8 + json.length + end);
  new DataView(file.buffer).setUint32(0, json.length, true);
  file.set(json, 8);
  let at = 8 + json.length;
  for (const { data } of Object.values(tensors)) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return openCheckpoint(new Map([['model.safetensors', file]]));
}

/** The same tensors, whose numbers come in pieces of at most `count`, whatever is asked for. */
export const cut = (checkpoint: Checkpoint, count: number): Checkpoint => ({
  ...checkpoint,
  tensors: checkpoint.tensors.map(
    (tensor): CheckpointTensor => ({
      ...tensor,
      chunks: (most) => tensor.chunks(Math.min(most, count)),
      byteChunks: (most) => tensor.byteChunks(Math.min(most, count)),
    }),
  ),
});
