import type { ByteSource } from '../../access/byte-source.ts';
import { DTYPES, sizeOf } from '../../dtypes.ts';
import { type Codec, type Stored, usualCodec } from '../../stored-tensor.ts';
import { type MakeEntry, plainHeader } from './plain-header.ts';
import type { SafetensorsDtype } from './safetensors-dtypes.ts';

/** The longest header that the reference reader takes. */
const MAX_HEADER = 100_000_000;

/** What a header says of a tensor; offsets count from the file's first byte. */
export interface SafetensorsEntry extends Stored {
  dtype: SafetensorsDtype;
}

/** A header that has passed every check. */
export interface SafetensorsHeader {
  /** The tensors in the order of their bytes. */
  entries: SafetensorsEntry[];
  metadata: Record<string, string>;
}

/** Whether tensors lie one after the other, without holes, each of the length that its shape says. */
function areTight(entries: readonly SafetensorsEntry[], start: number, size: number): boolean {
  let at = start;
  for (const { dtype, shape, begin, end } of entries) {
    if (begin !== at || 8 * (end - begin) !== sizeOf(shape) * DTYPES[dtype].bits) return false;
    at = end;
  }
  return at === size;
}

/** Sorts entries by their place; most files have them so. */
function sort(entries: SafetensorsEntry[]): void {
  let i = 1;
  while (i < entries.length && entries[i - 1]!.begin < entries[i]!.begin) i++;
  if (i < entries.length) entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
}

/** Reads and checks a header, in the order of the reference reader; nothing is allocated for tensors. */
export async function readHeader(source: ByteSource): Promise<SafetensorsHeader> {
  const { name: file, size } = source;
  const length = size < 8 ? 0 : Number(new DataView((await source.read(0, 8)).buffer).getBigUint64(0, true));
  const start = 8 + length;
  if (length > MAX_HEADER || start > size) {
    const wrong = await import(/* webpackChunkName: "weightkit-wrong-header" */ './wrong-header.ts');
    wrong.checkHead(size, length, MAX_HEADER, file);
  }
  const bytes = await source.read(8, start);
  const make: MakeEntry<SafetensorsEntry> = (name, dtype, shape, begin, end) => {
    return { name, shape, dtype, codec: usualCodec(dtype) as Codec, source, begin: start + begin, end: start + end };
  };
  let header = plainHeader(bytes, make);
  if (!header) {
    const parsed = await import(/* webpackChunkName: "weightkit-parsed-header" */ './parsed-header.ts');
    header = parsed.parsedHeader(bytes, file, make);
  }
  const { entries } = header;
  sort(entries);
  if (!areTight(entries, start, size)) {
    const wrong = await import(/* webpackChunkName: "weightkit-wrong-header" */ './wrong-header.ts');
    wrong.checkPlaces(entries, start, size, file);
  }
  const lacking = entries.filter(({ codec }) => !codec);
  if (lacking.length > 0) {
    const codecs = await import(/* webpackChunkName: "weightkit-plain-codec" */ '../../plain-codec.ts');
    for (const entry of lacking) entry.codec = codecs.plainCodec(entry.dtype);
  }
  return header;
}
