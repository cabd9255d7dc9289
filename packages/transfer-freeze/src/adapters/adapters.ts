import type { Checkpoint } from '@weightkit/checkpoint';
import type { SkippedWeight } from '@weightkit/core';

/** What putting adapters beside weights did. */
export interface AdaptersReport {
  /** Paths of the weights that have adapters, in model order. */
  adapted: string[];
  /** Paths of the weights that train as they are. */
  trained: string[];
  /** The weights that were asked for and have none, and why. */
  skipped: SkippedWeight[];
  /** Number of entries that train: those of the adapters, and of `trained`. */
  trainableParameters: number;
  /** Number of entries that stand still. */
  frozenParameters: number;
}

/** How {@link Adapters.merge} merges. */
export interface MergeOptions {
  /**
   * Whether to keep a copy of the weights as they were, on the device, for {@link Adapters.unmerge}.
   * @defaultValue false
   */
  keepBase?: boolean;
}

/** How {@link Adapters.load} reads a file. */
export interface LoadOptions {
  /**
   * Whether a file of factors of a smaller rank, or whose products are multiplied by another number, may be taken, so that adapters of many
   * ranks go in and out of one model: what it lacks is 0 in one factor and stays in the other, and so trains on; the number goes into
   * that factor. The file must be of the same weights and kind, and of no larger rank.
   * @defaultValue false
   */
  fit?: boolean;
  /**
   * What the products of the file are multiplied by, alpha / rank, for files that do not say it, as those that peft writes. Only with `fit`.
   * @defaultValue what the file's metadata say, or what these are multiplied by
   */
  scale?: number;
}

/** Adapters in place; see `lora`. */
export interface Adapters {
  /** Paths of the weights that have adapters, in model order. */
  readonly paths: readonly string[];
  /** What products of factors are multiplied by; 1 where there are none. */
  readonly scale: number;
  /** Whether they are in place. */
  readonly active: boolean;
  /** What was done. */
  report(): AdaptersReport;
  /**
   * What was learned as a file of peft has it, for `writeCheckpoint(checkpoint, 'adapter_model.safetensors')`: a few kilobytes.
   *
   * @throws Error when not in place; RangeError when an entry is not finite
   */
  toCheckpoint(): Promise<Checkpoint>;
  /**
   * Takes what such a file has, in place of what was learned: another task on the same model. The optimizer need not be another.
   *
   * @param checkpoint - of adapters of the same kind, weights and rank; borrowed
   * @param options - see {@link LoadOptions}
   * @throws RangeError where a tensor is not there, has another shape or is not finite, where the file has adapters of another kind or of
   * weights that have none here, or says that its products are multiplied by another number, unless they are to be fitted; nothing has
   * changed then
   */
  load(checkpoint: Checkpoint, options?: LoadOptions): Promise<void>;
  /**
   * Writes what the layers compute with into the weights and takes the adapters away: a plain model that predicts as before. Compile it
   * with a new optimizer before it trains on.
   *
   * @param options - see {@link MergeOptions}
   * @throws Error when not in place, or above a mask, which would cut off what was learned, or above a parametrization without a right
   * inverse: fold these first. Nothing has changed then
   */
  merge(options?: MergeOptions): void;
  /**
   * Undoes `merge({ keepBase: true })`: the weights are what they were, bit for bit, whatever became of them since, with the adapters beside
   * them. Compile with a new optimizer before they train on.
   *
   * @throws Error when nothing was kept, or when the weights have got other parametrizations since; nothing has changed then
   */
  unmerge(): void;
  /**
   * Takes the adapters away: the weights are what they were, bit for bit. Compile with a new optimizer before it trains on.
   *
   * @throws Error when not in place
   */
  remove(): void;
  /** Lets go what `merge({ keepBase: true })` has kept, if anything; the model stays as it is. */
  dispose(): void;
}
