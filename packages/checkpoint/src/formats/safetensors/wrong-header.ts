import { type CheckpointFault, checkFile } from '../../checkpoint-error.ts';
import { DTYPES, sizeOf } from '../../dtypes.ts';
import type { SafetensorsDtype } from './safetensors-dtypes.ts';

/** What a header says of a tensor; offsets count from the file's first byte. */
interface Placed {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** Throws for a file whose header's length is none: says why. */
export function checkHead(size: number, length: number, most: number, file: string): void {
  const fault = (check: string): CheckpointFault => ({ check, file, byte: 0 });
  checkFile(size >= 8, 'a safetensors file must have 8 bytes or more', size, fault('header-too-small'));
  checkFile(length <= most, `a header must have ${most} bytes at most`, length, fault('header-too-large'));
  checkFile(8 + length <= size, `the file must have its header's ${length} bytes`, size - 8, fault('header-length'));
}

/** Throws unless tensors lie one after the other, without holes, each of the length that its shape says; says of the first that does not what is wrong. */
export function checkPlaces(entries: readonly Placed[], start: number, size: number, file: string): void {
  let previous = start;
  for (const { name, dtype, shape, begin, end } of entries) {
    const bits = sizeOf(shape) * DTYPES[dtype].bits;
    if (begin === previous && 8 * (end - begin) === bits) {
      previous = end;
      continue;
    }
    const fault = (check: string): CheckpointFault => ({ check, file, tensor: name, byte: begin });
    checkFile(
      begin === previous && end >= begin,
      `data_offsets must begin at ${previous - start}, where the tensor before ends, and not end before`,
      [begin - start, end - start],
      fault('offsets'),
    );
    checkFile(Number.isSafeInteger(bits), 'shape must be one whose size can be counted', shape, fault('overflow'));
    checkFile(bits % 8 === 0, 'a tensor must take whole bytes', `${bits} bits`, fault('alignment'));
    checkFile(
      end - begin === bits / 8,
      `a tensor of ${dtype} [${shape}] must have ${bits / 8} bytes`,
      end - begin,
      fault('length'),
    );
    previous = end;
  }
  checkFile(
    previous === size,
    previous > size
      ? `the file must have the ${previous} bytes that its tensors take`
      : `the file must end with its last tensor, at byte ${previous}`,
    size,
    { check: 'file-length', file, byte: Math.min(previous, size) },
  );
}
