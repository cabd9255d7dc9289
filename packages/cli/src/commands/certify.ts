import type { Checkpoint } from '@weightkit/checkpoint';
import { compare } from '@weightkit/weight-metrics/checkpoint';

/** What was found when what was written was read and compared with what it was made from. */
export interface Certificate {
  /** Entries that were compared. */
  readonly compared: number;
  /** Entries that differ. */
  readonly changed: number;
  /** Of these the ones that became 0. */
  readonly zeroed: number;
  /** The largest |after - before| and the tensor that has it; null where nothing differs. */
  readonly largestError: { readonly value: number; readonly tensor: string } | null;
  /** Tensors that are missing, have another shape, or other entries that are no real numbers. */
  readonly broken: readonly string[];
  /** The largest |after - before| of each tensor that was compared. */
  readonly errors: ReadonlyMap<string, number>;
}

/**
 * Compares what was written with what it was made from, value by value.
 *
 * @param before - borrowed
 * @param after - what was written, opened again; borrowed
 */
export async function certify(before: Checkpoint, after: Checkpoint, signal?: AbortSignal): Promise<Certificate> {
  const deltas = await compare(before, after, signal ? { signal } : {});
  const errors = new Map<string, number>();
  const broken: string[] = [];
  let [compared, changed, zeroed] = [0, 0, 0];
  let largestError: Certificate['largestError'] = null;
  for (const delta of deltas) {
    if (!delta.matched) {
      if (!delta.same) broken.push(`${delta.name}: ${delta.reason}`);
      continue;
    }
    compared += delta.parameters;
    changed += delta.changed;
    zeroed += delta.zerosGained;
    errors.set(delta.name, delta.maxAbs);
    if (delta.maxAbs > (largestError?.value ?? 0)) largestError = { value: delta.maxAbs, tensor: delta.name };
  }
  return { compared, changed, zeroed, largestError, broken, errors };
}
