import type { ByteSource } from '../../access/byte-source.ts';
import { type CheckpointFault, checkFile } from '../../checkpoint-error.ts';
import { DTYPES, sizeOf } from '../../dtypes.ts';
import { plainCodec, type Stored } from '../../stored-tensor.ts';
import { strictJson } from '../strict-json.ts';
import { type MakeEntry, plainHeader } from './plain-header.ts';
import { dtypeOfName, type SafetensorsDtype } from './safetensors-dtypes.ts';

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

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function isCounts(value: unknown): value is number[] {
  if (!Array.isArray(value)) return false;
  for (const item of value) if (!Number.isSafeInteger(item) || item < 0) return false;
  return true;
}

function entryOf(name: string, info: unknown, file: string, make: MakeEntry<SafetensorsEntry>): SafetensorsEntry {
  // Messages and faults are made only where one is needed: there may be many thousands of tensors.
  const fault = (check: string): CheckpointFault => ({ check, file, tensor: name });
  if (!isObject(info)) checkFile(false, 'a tensor must have dtype, shape and data_offsets', info, fault('tensor-info'));
  const { dtype: dtypeName, shape, data_offsets: offsets } = info;
  const dtype = dtypeOfName(dtypeName);
  if (dtype === undefined) checkFile(false, 'dtype must be one of safetensors', dtypeName, fault('dtype'));
  if (!isCounts(shape)) checkFile(false, 'shape must be a list of sizes', shape, fault('shape'));
  if (!isCounts(offsets) || offsets.length !== 2)
    checkFile(false, 'data_offsets must be two offsets', offsets, fault('offsets'));
  return make(name, dtype, shape, offsets[0]!, offsets[1]!);
}

/** Tensors must lie one after the other, without holes, each of the length that its shape says. */
function checkPlaces(entries: SafetensorsEntry[], start: number, size: number, file: string): void {
  let previous = start;
  for (const { name, dtype, shape, begin, end } of entries) {
    const bits = sizeOf(shape) * DTYPES[dtype].bits;
    // Nothing else is worth a word, nor the making of messages, of which there may be many thousands.
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

/** A header that {@link plainHeader} does not read; checks come in the order of the reference reader. */
function parsedHeader(bytes: Uint8Array, file: string, make: MakeEntry<SafetensorsEntry>): SafetensorsHeader {
  const { value } = strictJson(bytes, { file }, { at: 8, digitsOnly: true });
  checkFile(isObject(value), 'a header must be an object', value, { check: 'header', file, byte: 8 });
  const { __metadata__: metadata = null } = value;
  checkFile(
    metadata === null || (isObject(metadata) && Object.values(metadata).every((text) => typeof text === 'string')),
    '__metadata__ must be text by key',
    metadata,
    { check: 'metadata', file, byte: 8 },
  );
  const entries: SafetensorsEntry[] = [];
  for (const name of Object.keys(value))
    if (name !== '__metadata__') entries.push(entryOf(name, value[name], file, make));
  return { entries, metadata: (metadata ?? {}) as Record<string, string> };
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
  checkFile(size >= 8, 'a safetensors file must have 8 bytes or more', size, {
    check: 'header-too-small',
    file,
    byte: 0,
  });
  const view = new DataView((await source.read(0, 8)).buffer);
  const length = Number(view.getBigUint64(0, true));
  checkFile(length <= MAX_HEADER, `a header must have ${MAX_HEADER} bytes at most`, length, {
    check: 'header-too-large',
    file,
    byte: 0,
  });
  const start = 8 + length;
  checkFile(start <= size, `the file must have its header's ${length} bytes`, size - 8, {
    check: 'header-length',
    file,
    byte: 0,
  });
  const bytes = await source.read(8, start);
  const make: MakeEntry<SafetensorsEntry> = (name, dtype, shape, begin, end) => {
    return { name, shape, dtype, codec: plainCodec(dtype), source, begin: start + begin, end: start + end };
  };
  const header = plainHeader(bytes, make) ?? parsedHeader(bytes, file, make);
  const { entries } = header;
  sort(entries);
  checkPlaces(entries, start, size, file);
  return header;
}
