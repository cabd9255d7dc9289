import { type Checkpoint, checkCheckpoint } from '@weightkit/checkpoint';
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

const CODES = ['float4_e2m1fn', 'float6_e2m3fn', 'float6_e3m2fn'];
const DECODED = ['Q8_0', 'Q4_0', 'Q4_K'];

function refusedOf({ dtype, encoding }: Checkpoint['tensors'][number]): string | null {
  if (CODES.includes(dtype) || !/float/.test(dtype)) return `its dtype is ${dtype}`;
  return encoding.kind === 'ggml' && !DECODED.includes(encoding.type)
    ? `${encoding.type} blocks are not decoded`
    : null;
}

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
