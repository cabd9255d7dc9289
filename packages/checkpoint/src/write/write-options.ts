import type { Format } from '../checkpoint.ts';

/** The formats that are written. */
export type WritableFormat = Exclude<Format, 'gguf'>;

/** How far a write has come. */
export interface WriteProgress {
  /** Bytes written. */
  bytes: number;
  /** Bytes in all, without headers and the index. */
  total: number;
  /** The tensor that has been written last. */
  tensor: string;
}

/** Options of {@link writeCheckpoint}. */
export interface WriteCheckpointOptions {
  /** @defaultValue by the target's ending, else the checkpoint's own, safetensors for GGUF */
  format?: WritableFormat;
  /**
   * The most bytes of a weight file, an integer of 1 or more. A safetensors or compact file over it becomes shards with an index.
   * @defaultValue 4 MiB for tfjs, as the converter has it; 5e9 for safetensors and compact
   */
  shardBytes?: number;
  /**
   * Whether a target that is there may be replaced: it stays whole until the new one is, then weight files that it alone named are
   * deleted.
   * @defaultValue false
   */
  overwrite?: boolean;
  /**
   * Whether the write can be gone on with after it was cut off, by a crash, a kill, an error or an abort: tensors that are whole stay
   * in a folder beside the target (`model.json.resume`) until the same call is made again, in another process too. A call with
   * another source or other options is refused. For paths, and checkpoints that have an `identity`. Of two writes at once
   * to one target the second is refused.
   *
   * @defaultValue false: nothing is left behind
   */
  resume?: boolean;
  /** Called after each tensor; a promise is waited for. @defaultValue nothing */
  onProgress?: (progress: WriteProgress) => void | Promise<void>;
  /** Stops the write, which leaves nothing behind unless it can be resumed. @defaultValue none */
  signal?: AbortSignal;
}
