import { type Checkpoint, type CheckpointTensor, tensorMatcher } from '@weightkit/checkpoint';
import {
  type GridDtype,
  type GridOptions,
  type PackedCheckpoint,
  packCheckpoint,
} from '@weightkit/quantization/checkpoint';
import { refusedAgain } from './quantize.ts';

/** Which values share a scale: all of a tensor, those of one output (of one index along the last axis), or so many inputs of one output. */
export type Scales = 'tensor' | 'channel' | number;

/** Options of {@link pack}. */
export interface PackOptions {
  /** The grid of kernels that no rule names; int8 where there are no rules. */
  readonly dtype?: GridDtype | undefined;
  /** Grids by pattern; the first that matches counts. */
  readonly rules: readonly (readonly [pattern: string, dtype: GridDtype])[];
  /** Of grids that have a choice. */
  readonly scales?: Scales | undefined;
  /** Which tensors may be packed. */
  readonly filter?: ((tensor: CheckpointTensor) => boolean) | undefined;
  readonly requantize: boolean;
  readonly onProgress?: (tensor: string, done: number, total: number) => void;
  readonly signal: AbortSignal;
}

/** Grids of integers: without a word, each column has a scale. */
const INTEGER = /^(u?int\d+|ternary)$/;

/** A grid of tensors of so many axes, with the scales that were asked for or the usual ones. */
function gridOf(dtype: GridDtype, scales: Scales | undefined, ranks: readonly number[] = [2]): GridOptions {
  const by = scales ?? (INTEGER.test(dtype) ? 'channel' : undefined);
  if (by === undefined || /^b?float16$/.test(dtype)) return { dtype };
  // The inputs of a kernel lie along its last axis but one; lists have only one, of which each number would be a channel.
  const [some, all] = [Math.min(...ranks), Math.max(...ranks)];
  if (typeof by === 'number') return { dtype, granularity: { group: by, axis: some < 2 ? -1 : -2 } };
  return { dtype, granularity: by === 'tensor' || all < 2 ? 'tensor' : { axis: -1 } };
}

/**
 * Packs a checkpoint as `packCheckpoint` does: what rules name by their grids, and kernels that none names by the other one.
 *
 * @throws UsageError for tensors that are quantized already
 */
export async function pack(checkpoint: Checkpoint, options: PackOptions): Promise<PackedCheckpoint> {
  const { rules, scales, filter, requantize, onProgress, signal } = options;
  const { dtype = rules.length > 0 ? undefined : 'int8' } = options;
  const byRule = Object.fromEntries(
    rules.map(([pattern, kind]) => {
      const named = checkpoint.tensors.filter(tensorMatcher('weightkit', pattern));
      const ranks = named.map(({ shape }) => shape.length);
      return [pattern, gridOf(kind, scales, ranks)];
    }),
  );
  return refusedAgain(
    packCheckpoint(checkpoint, {
      ...(dtype === undefined ? { grid: byRule } : { grid: gridOf(dtype, scales), rules: byRule }),
      ...(filter === undefined ? {} : { filter }),
      requantize,
      onProgress: ({ tensor, done, total }) => onProgress?.(tensor, done, total),
      signal,
    }),
  );
}
