import * as tf from '@tensorflow/tfjs-core';
import { type CheckpointTensor, computedTensor, type Dtype, plainCodec } from '@weightkit/checkpoint';
import { disposed } from '../model/weight-source.ts';
import type { WeightView } from '../parametrize/view.ts';

/** A weight that is downloaded when it is asked for. */
export interface LiveWeight {
  /** Its name in the checkpoint. */
  name: string;
  /** Its path in the source, for messages. */
  path: string;
  /** The tensor that holds it, which may be disposed. */
  current: () => tf.Tensor;
  /** What layers see it through. */
  view?: WeightView | undefined;
}

/** Bytes in a piece. */
const PIECE = 1 << 22;
const WIDTHS: Readonly<Record<string, number>> = { float32: 4, int32: 4, bool: 1, complex64: 8 };
const TYPES = { float32: Float32Array, int32: Int32Array, bool: Uint8Array, complex64: Float32Array };

/** Strings as a weights manifest has them: each after its length in four bytes. */
function stringBytes(strings: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(strings.reduce((sum, { length }) => sum + 4 + length, 0));
  const view = new DataView(out.buffer);
  let at = 0;
  for (const one of strings) {
    view.setUint32(at, one.length, true);
    out.set(one, at + 4);
    at += 4 + one.length;
  }
  return out;
}

async function bytesOf(tensor: tf.Tensor): Promise<Uint8Array> {
  if (tensor.dtype === 'string') return stringBytes((await tensor.bytes()) as Uint8Array[]);
  const values = await tensor.data();
  const Type = TYPES[tensor.dtype as keyof typeof TYPES];
  // What a backend hands out for bool may be of another type.
  const { buffer, byteOffset, byteLength } = values instanceof Type ? values : Type.from(values as Int32Array);
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** The bytes that a tensor takes in a file. No device holds strings: their lengths are read at once. */
const lengthOf = (tensor: tf.Tensor): number =>
  tensor.dtype === 'string'
    ? (tf.engine().readSync(tensor.dataId) as Uint8Array[]).reduce((sum, { length }) => sum + 4 + length, 0)
    : WIDTHS[tensor.dtype]! * tensor.size;

/**
 * A weight as a tensor of a checkpoint. It holds nothing: each reading computes and downloads the value, and refuses when the
 * weight has changed since this was made, for then it would belong to another model than the tensors read before.
 *
 * @param fn - the function that asks
 * @param weight - see {@link LiveWeight}
 */
export function liveTensor(fn: string, { name, path, current, view }: LiveWeight): CheckpointTensor {
  const alive = (): tf.Tensor => {
    const tensor = current();
    if (tensor.isDisposed) throw disposed(fn, path);
    return tensor;
  };
  const take = (): tf.Tensor => view?.compute() ?? tf.tidy(() => tf.clone(alive()));
  const stamp = (): unknown[] => [alive().dataId, ...(view?.stamp() ?? [])];
  const first = stamp();
  // A transform keeps shape and dtype.
  const { shape, dtype } = alive();
  const byteLength = lengthOf(alive());
  return computedTensor({
    name,
    shape: [...shape],
    dtype: dtype as Dtype,
    codec: plainCodec(dtype as Dtype),
    byteLength,
    async *stream() {
      const now = stamp();
      if (now.length !== first.length || now.some((part, i) => part !== first[i]))
        throw new Error(
          `${fn}: weights must stay as they are until the checkpoint is read, got ${path}, which has changed; make another checkpoint`,
        );
      const tensor = take();
      try {
        const bytes = await bytesOf(tensor);
        // Copies: some backends hand out the memory that they compute with.
        for (let at = 0; at < bytes.length; at += PIECE) yield bytes.slice(at, at + PIECE);
      } finally {
        tensor.dispose();
      }
    },
  });
}
