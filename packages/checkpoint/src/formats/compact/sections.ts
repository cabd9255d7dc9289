import type { ByteSource } from '../../access/byte-source.ts';
import { crc32 } from '../../access/crc32.ts';
import type { Encoding } from '../../checkpoint.ts';
import { checkFile } from '../../checkpoint-error.ts';
import { partsOf } from '../../codes-encoding.ts';
import { piecesOf } from '../../stored-tensor.ts';
import { CRC } from './compact-header.ts';

const PIECE = 1 << 20;

/** The lengths of a tensor's sections: the parts of one of codes that it has, else one. */
export function sectionLengths(shape: readonly number[], encoding: Encoding, byteLength: number): number[] {
  if (encoding.kind !== 'codes') return [byteLength];
  const { codebook, scales, zeroPoints, factors, codes } = partsOf(shape, encoding);
  return [codebook, scales, zeroPoints, factors, codes].filter((length) => length > 0);
}

/** Sections that lie one after the other in a file, each before its checksum. */
export interface Sections {
  readonly source: ByteSource;
  /** The first byte of the first one. */
  readonly begin: number;
  readonly lengths: readonly number[];
  /** The tensor that they are of. */
  readonly tensor?: string;
}

/** The bytes of sections without their checksums, each of which is compared when its section is behind. */
export async function* sectionBytes({ source, begin, lengths, tensor }: Sections): AsyncGenerator<Uint8Array> {
  const end = lengths.reduce((sum, length) => sum + length + CRC, begin);
  let section = 0;
  let left = lengths[0]!;
  let [crc, stored, filled, place] = [0, 0, 0, begin];
  for await (const piece of piecesOf(source, begin, end, PIECE))
    for (let at = 0; at < piece.length; ) {
      if (left > 0) {
        const part = piece.subarray(at, at + left);
        crc = crc32(part, crc);
        at += part.length;
        left -= part.length;
        yield part;
        continue;
      }
      stored += piece[at++]! * 2 ** (8 * filled++);
      if (filled < CRC) continue;
      checkFile(stored === crc, `the section at byte ${place} must have the checksum ${hex(stored)}`, hex(crc), {
        check: 'crc',
        file: source.name,
        tensor,
        byte: place,
      });
      place += lengths[section]! + CRC;
      left = lengths[++section] ?? 0;
      [crc, stored, filled] = [0, 0, 0];
    }
}

export const hex = (crc: number): string => crc.toString(16).padStart(8, '0');
