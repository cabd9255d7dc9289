import type { ByteSource } from '../../access/byte-source.ts';
import { type CheckpointFault, checkFile } from '../../checkpoint-error.ts';

const WINDOW = 1 << 16;

/** Bytes of `count` strings from `begin` on: each is a u32 with its length, and so many bytes. Read in windows. */
export async function stringLength(
  source: ByteSource,
  begin: number,
  count: number,
  fault: Omit<CheckpointFault, 'check'>,
): Promise<number> {
  let at = begin;
  let window: Uint8Array = new Uint8Array(0);
  let from = begin;
  for (let i = 0; i < count; i++) {
    if (at + 4 > from + window.length) {
      from = at;
      window = await source.read(at, Math.min(source.size, at + WINDOW));
    }
    checkFile(at + 4 <= from + window.length, `string ${i} must have its length`, source.size - at, {
      ...fault,
      check: 'string-length',
      byte: at,
    });
    const length = new DataView(window.buffer, window.byteOffset).getUint32(at - from, true);
    at += 4 + length;
    checkFile(at <= source.size, `string ${i} must end inside the file`, length, {
      ...fault,
      check: 'string-length',
      byte: at - length - 4,
    });
  }
  return at - begin;
}
