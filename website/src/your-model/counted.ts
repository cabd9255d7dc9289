import { type Checkpoint, type CheckpointTensor, mapCheckpoint } from '@weightkit/checkpoint';

const entriesOf = ({ shape }: CheckpointTensor): number => shape.reduce((product, size) => product * size, 1);

/** The checkpoint, whose tensors tell how many of their bytes are read. */
export function counted(checkpoint: Checkpoint, add: (bytes: number) => void): Checkpoint {
  return mapCheckpoint(checkpoint, (tensor) => ({
    ...tensor,
    async bytes() {
      const bytes = await tensor.bytes();
      add(bytes.length);
      return bytes;
    },
    async values() {
      const values = await tensor.values();
      add(tensor.byteLength);
      return values;
    },
    async *chunks(count) {
      const each = tensor.byteLength / Math.max(1, entriesOf(tensor));
      for await (const values of tensor.chunks(count)) {
        add(values.length * each);
        yield values;
      }
    },
    async *byteChunks(size) {
      for await (const bytes of tensor.byteChunks(size)) {
        add(bytes.length);
        yield bytes;
      }
    },
  }));
}
