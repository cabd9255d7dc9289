import type { ByteSource } from '../../access/byte-source.ts';
import { type CheckpointFault, checkFile } from '../../checkpoint-error.ts';
import { sizeOf } from '../../dtypes.ts';
import { plainCodec } from '../../plain-codec.ts';
import type { TfjsEntry } from './plain-entry.ts';

const WINDOW = 1 << 16;

/** Bytes of `count` strings from `begin` on: each is a u32 with its length, and so many bytes. Read in windows. */
async function stringLength(
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

/**
 * The weights of a source, of which some are strings, with the bytes that they have; they must end where the source does.
 */
export async function withStrings(
  source: ByteSource,
  entries: readonly TfjsEntry[],
  file: string,
): Promise<TfjsEntry[]> {
  const known: TfjsEntry[] = [];
  const codec = plainCodec('string');
  let at = 0;
  for (const entry of entries) {
    const { name, shape, dtype } = entry;
    const isString = dtype === 'string';
    const length = isString ? await stringLength(source, at, sizeOf(shape), { file, tensor: name }) : entry.bytes;
    checkFile(at + length <= source.size, `${name} must end inside the weight files`, source.size - at, {
      check: 'weights-length',
      file,
      tensor: name,
      byte: at,
    });
    known.push(isString ? { ...entry, codec, bytes: length } : entry);
    at += length;
  }
  checkFile(at === source.size, `the weight files must end with the last weight, at byte ${at}`, source.size, {
    check: 'weights-length',
    file,
    byte: at,
  });
  return known;
}
