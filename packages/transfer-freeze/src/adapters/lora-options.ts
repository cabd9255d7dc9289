import type { WeightFilter } from '@weightkit/core';
import { checkBoolean, checkNumber, checkOptions, checkSeed } from '@weightkit/numerics/check';

/** Which weights adapters are put beside, and which train as they are. */
export interface AdaptersOptions {
  /**
   * The weights that get adapters: kernels of dense layers, recurrent layers and convolutions but transposed ones, the pointwise
   * ones of separable convolutions, embeddings. Depthwise kernels have no matrix of inputs and outputs.
   * @defaultValue all of these that `train` does not take
   */
  filter?: WeightFilter;
  /**
   * The weights that train as they are, as a new head.
   * @defaultValue none
   */
  train?: WeightFilter;
}

/** Options of `lora`, `dora` and `pissa`. */
export interface LoraOptions extends AdaptersOptions {
  /**
   * Rank of what is added to a weight: 1 or more, and no more than its inputs and its outputs.
   * @defaultValue 8, or as many as a weight has inputs or outputs where these are fewer
   */
  rank?: number;
  /**
   * What is added is multiplied by alpha / rank: a finite number; of `pissa` above 0.
   * @defaultValue the rank, so that it is added as it is
   */
  alpha?: number;
  /**
   * Whether to multiply by alpha / √rank instead, so that larger ranks learn as fast (rsLoRA, Kalajdzievski 2023).
   * @defaultValue false
   */
  rankStabilized?: boolean;
  /**
   * Any safe integer; the first factors depend on it and on the weights' paths alone, those of `pissa` on the weights as well.
   * @defaultValue 0
   */
  seed?: number;
}

/** Checked options. */
export interface LoraPlan {
  rank: number;
  /** Whether each weight must take that rank. */
  isGiven: boolean;
  scale: number;
  filter: WeightFilter | undefined;
  train: WeightFilter | undefined;
  seed: number;
  /** What a file says of them. */
  metadata: Record<string, string>;
}

/** Checks the options and fills in the defaults. */
export function planOf(fn: string, options: LoraOptions): LoraPlan {
  checkOptions(fn, options, ['rank', 'alpha', 'rankStabilized', 'filter', 'train', 'seed']);
  const { rank = 8, rankStabilized = false, filter, train, seed = 0 } = options;
  checkNumber(`${fn}: rank must be an integer of 1 or more`, rank, (n) => Number.isSafeInteger(n) && n >= 1);
  const { alpha = rank } = options;
  checkNumber(`${fn}: alpha must be a finite number`, alpha, Number.isFinite);
  checkBoolean(fn, 'rankStabilized', rankStabilized);
  checkSeed(fn, seed);
  return {
    rank,
    isGiven: options.rank !== undefined,
    scale: alpha / (rankStabilized ? Math.sqrt(rank) : rank),
    filter,
    train,
    seed,
    metadata: {
      peft_type: 'LORA',
      r: String(rank),
      lora_alpha: String(alpha),
      use_rslora: String(rankStabilized),
    },
  };
}
