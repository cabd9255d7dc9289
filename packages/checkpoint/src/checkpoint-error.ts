import { show } from '@weightkit/numerics/check';

/** Where a file breaks its format's law. */
export interface CheckpointFault {
  /** The check that failed, a short name: `header-length`, `offsets`, `duplicate-key`, ... */
  check: string;
  /** The file's name, as far as it is known. */
  file?: string | undefined;
  /** The tensor's name. */
  tensor?: string | undefined;
  /** The byte of the file at which it shows, from 0. */
  byte?: number | undefined;
}

/** A file that cannot be read as what it says it is; its message is `openCheckpoint: rule, got value (where)`. */
export class CheckpointError extends Error implements CheckpointFault {
  /** What it is told by across copies of this package. */
  override name = 'CheckpointError';
  readonly check: string;
  readonly file: string | undefined;
  readonly tensor: string | undefined;
  readonly byte: number | undefined;

  constructor(rule: string, got: unknown, fault: CheckpointFault, options?: ErrorOptions) {
    const { check, file, tensor, byte } = fault;
    const where = [
      tensor === undefined ? '' : `tensor ${show(tensor)}`,
      file === undefined ? '' : `file ${show(file)}`,
      byte === undefined ? '' : `byte ${byte}`,
    ].filter((part) => part !== '');
    super(`openCheckpoint: ${rule}, got ${show(got)}${where.length ? ` (${where.join(', ')})` : ''}`, options);
    this.check = check;
    this.file = file;
    this.tensor = tensor;
    this.byte = byte;
  }
}

/** Throws a {@link CheckpointError} unless the condition holds. */
export function checkFile(ok: boolean, rule: string, got: unknown, fault: CheckpointFault): asserts ok {
  if (!ok) throw new CheckpointError(rule, got, fault);
}
