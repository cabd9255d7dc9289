import type { CheckpointTensor } from '../checkpoint.ts';

/** A piece of a file. */
export type FilePart =
  /** Bytes that are there. */
  | { readonly bytes: Uint8Array }
  /** Bytes that are known when all before them are written, as a checksum is. */
  | { readonly make: () => Uint8Array }
  /** A tensor's bytes, or those from `begin` up to `end`; `onBytes` sees them go by. */
  | {
      readonly tensor: CheckpointTensor;
      readonly begin?: number;
      readonly end?: number;
      readonly onBytes?: (bytes: Uint8Array) => void;
    };

/** A file that is to be written. */
export interface FilePlan {
  /** Its name below the target's folder. */
  readonly file: string;
  readonly parts: readonly FilePart[];
}
