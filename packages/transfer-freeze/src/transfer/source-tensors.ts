import { type Checkpoint, type CheckpointTensor, checkCheckpoint, whyNoNumbers } from '@weightkit/checkpoint';
import { stablePaths, type WeightSource, weightsOf } from '@weightkit/core';

/** A tensor that weights can be taken from. */
export interface SourceTensor {
  readonly name: string;
  /** The name with names that tfjs made up counted by place. */
  readonly stablePath: string;
  readonly shape: readonly number[];
  /** Why its numbers cannot be taken; null where they can. */
  readonly refused: string | null;
  /** Its numbers, in float32. */
  read(): Promise<Float32Array>;
}

/** Floats alone: integers are codes or places. */
const refusedOf = (tensor: CheckpointTensor): string | null =>
  whyNoNumbers(tensor) ?? (/float/.test(tensor.dtype) ? null : `its dtype is ${tensor.dtype}`);

const isCheckpoint = (source: unknown): source is Checkpoint =>
  typeof source === 'object' && source !== null && 'tensors' in source && 'extras' in source;

function ofCheckpoint(fn: string, checkpoint: Checkpoint): SourceTensor[] {
  checkCheckpoint(fn, 'from', checkpoint);
  const stable = stablePaths(checkpoint.tensors.map(({ name }) => name));
  return checkpoint.tensors.map((tensor, i) => ({
    name: tensor.name,
    stablePath: stable[i]!,
    shape: tensor.shape,
    refused: refusedOf(tensor),
    async read() {
      const values = await tensor.values();
      return values instanceof Float32Array ? values : Float32Array.from(values as Float64Array);
    },
  }));
}

const ofModel = (fn: string, source: WeightSource): SourceTensor[] =>
  weightsOf(source, undefined, fn).map(({ path, stablePath, shape, dtype, read }) => ({
    name: path,
    stablePath,
    shape,
    refused: dtype === 'float32' ? null : `its dtype is ${dtype}`,
    async read() {
      const tensor = read();
      try {
        // The cpu backend hands out its own array.
        return Float32Array.from(await tensor.data());
      } finally {
        tensor.dispose();
      }
    },
  }));

/** The tensors of a model or a checkpoint; none is read. */
export const tensorsOf = (fn: string, source: WeightSource | Checkpoint): SourceTensor[] =>
  isCheckpoint(source) ? ofCheckpoint(fn, source) : ofModel(fn, source);
