import type { ByteSource } from '../../access/byte-source.ts';
import { crc32 } from '../../access/crc32.ts';
import type { Checkpoint, CheckpointTensor, Extras } from '../../checkpoint.ts';
import { type CheckpointFault, checkFile } from '../../checkpoint-error.ts';
import { computedTensor } from '../../computed-tensor.ts';
import { strictJson } from '../strict-json.ts';
import { type CompactEntry, checkKeys, compactEntry, isObject } from './compact-entry.ts';
import { CRC, MARK, PREAMBLE, VERSION } from './compact-header.ts';
import { hex, type Sections, sectionBytes, sectionLengths } from './sections.ts';

const [MAX_HEADER, MAX_MODEL] = [100_000_000, 256_000_000];

interface Header {
  /** The file's byte at which the data begin. */
  start: number;
  value: Record<string, unknown>;
}

async function readHeader(source: ByteSource): Promise<Header> {
  const { name: file, size } = source;
  checkFile(size >= PREAMBLE, `a compact file must have ${PREAMBLE} bytes or more`, size, {
    check: 'header-too-small',
    file,
    byte: 0,
  });
  const view = new DataView((await source.read(0, PREAMBLE)).slice().buffer);
  const mark = Array.from({ length: 8 }, (_, i) => String.fromCharCode(view.getUint8(i))).join('');
  checkFile(mark === MARK, 'the mark must be whole (was the file sent as text?)', mark, {
    check: 'mark',
    file,
    byte: 0,
  });
  const version = view.getUint32(8, true);
  checkFile(version === VERSION, `version must be ${VERSION}`, version, { check: 'version', file, byte: 8 });
  const length = Number(view.getBigUint64(16, true));
  checkFile(length <= MAX_HEADER, `a header must have ${MAX_HEADER} bytes at most`, length, {
    check: 'header-too-large',
    file,
    byte: 16,
  });
  const start = PREAMBLE + length;
  checkFile(start <= size, `the file must have its header's ${length} bytes`, size - PREAMBLE, {
    check: 'header-length',
    file,
    byte: 16,
  });
  const bytes = await source.read(PREAMBLE, start);
  const [stored, crc] = [view.getUint32(12, true), crc32(bytes)];
  checkFile(stored === crc, `the header must have the checksum ${hex(stored)}`, hex(crc), {
    check: 'crc',
    file,
    byte: PREAMBLE,
  });
  const { value } = strictJson(bytes, { file }, { at: PREAMBLE });
  const fault: CheckpointFault = { check: 'header', file, byte: PREAMBLE };
  checkFile(isObject(value), 'a header must be an object', value, fault);
  checkKeys(value, ['tensors'], ['metadata', 'model'], 'a header', fault);
  return { start, value };
}

function metadataOf(metadata: unknown, file: string): Record<string, string> {
  const isText = isObject(metadata) && Object.values(metadata).every((text) => typeof text === 'string');
  checkFile(isText, 'metadata must be texts by key', metadata, { check: 'metadata', file, byte: PREAMBLE });
  return metadata as Record<string, string>;
}

/** The entries of a model.json, which lie before the tensors. */
async function readModel(
  source: ByteSource,
  start: number,
  length: unknown,
): Promise<NonNullable<Extras['modelJson']>> {
  const file = source.name;
  const fault: CheckpointFault = { check: 'model', file, byte: start };
  checkFile(Number.isSafeInteger(length) && (length as number) > 0, 'model must be a number of bytes', length, fault);
  const bytes = length as number;
  checkFile(bytes <= MAX_MODEL, `model must have ${MAX_MODEL} bytes at most`, bytes, fault);
  checkFile(start + bytes + CRC <= source.size, `the file must have its model's ${bytes} bytes`, source.size - start, {
    check: 'file-length',
    file,
    byte: start,
  });
  const text = new Uint8Array(bytes);
  let at = 0;
  for await (const piece of sectionBytes({ source, begin: start, lengths: [bytes] })) {
    text.set(piece, at);
    at += piece.length;
  }
  const { value, outermost } = strictJson(text, { file }, { at: start });
  checkFile(isObject(value), 'model must be an object', value, fault);
  return outermost();
}

/** Tensors must lie one after the other, without holes, each of the length that its shape and its encoding say. */
function checkPlace(
  { name, dtype, shape, encoding, bytes, begin, end }: CompactEntry,
  previous: number,
  start: number,
  file: string,
): number[] {
  const fault = (check: string): CheckpointFault => ({ check, file, tensor: name, byte: start + begin });
  checkFile(
    begin === previous && end >= begin + CRC,
    `at must begin at ${previous}, where what is before ends, and end behind`,
    [begin, end],
    fault('offsets'),
  );
  const lengths = sectionLengths(shape, encoding, dtype === 'string' ? end - begin - CRC : bytes);
  const length = lengths.reduce((sum, one) => sum + one + CRC, 0);
  const least = bytes + CRC;
  checkFile(
    length === end - begin && length >= least,
    `a tensor of ${dtype} [${shape}] must have ${dtype === 'string' ? `${least} bytes or more` : `${length} bytes`} with its checksums`,
    end - begin,
    fault('length'),
  );
  return lengths;
}

function tensorOf({ name, shape, dtype, encoding, codec }: CompactEntry, sections: Sections): CheckpointTensor {
  return computedTensor({
    name,
    shape,
    dtype,
    encoding,
    codec,
    byteLength: sections.lengths.reduce((sum, length) => sum + length, 0),
    stream: () => sectionBytes(sections),
  });
}

/** Opens a file of the format `compact`, version 1; checksums of tensors are compared when these are read. */
export async function openCompact(source: ByteSource): Promise<Checkpoint> {
  const file = source.name;
  const { start, value } = await readHeader(source);
  const { tensors: infos, model, metadata } = value;
  checkFile(Array.isArray(infos), 'tensors must be a list', infos, { check: 'header', file, byte: PREAMBLE });
  const extras: { -readonly [K in keyof Extras]: Extras[K] } = {};
  if (metadata !== undefined) extras.metadata = metadataOf(metadata, file);
  if (model !== undefined) extras.modelJson = await readModel(source, start, model);
  let previous = model === undefined ? 0 : (model as number) + CRC;
  const tensors = new Map<string, CheckpointTensor>();
  const entries = new Map<string, CompactEntry['rest']>();
  for (const info of infos) {
    const entry = compactEntry(info, file, start);
    const { name, begin, end, rest } = entry;
    const byte = start + begin;
    checkFile(!tensors.has(name), 'a tensor must have a name of its own', name, {
      check: 'duplicate-name',
      file,
      tensor: name,
      byte,
    });
    const lengths = checkPlace(entry, previous, start, file);
    checkFile(start + end <= source.size, `a tensor must end inside the file, at byte ${start + end}`, source.size, {
      check: 'file-length',
      file,
      tensor: name,
      byte,
    });
    previous = end;
    tensors.set(name, tensorOf(entry, { source, begin: byte, lengths, tensor: name }));
    if (rest.length > 0) entries.set(name, rest);
  }
  checkFile(
    start + previous === source.size,
    `the file must end with what it holds, at byte ${start + previous}`,
    source.size,
    {
      check: 'file-length',
      file,
      byte: start + previous,
    },
  );
  if (entries.size > 0) extras.entries = entries;
  return { format: 'compact', tensors: [...tensors.values()], extras, close: () => source.close() };
}
