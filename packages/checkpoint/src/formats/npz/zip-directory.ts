import type { ByteSource } from '../../access/byte-source.ts';
import { type CheckpointFault, checkFile } from '../../checkpoint-error.ts';

/** A file in a ZIP archive. */
export interface ZipEntry {
  name: string;
  /** Bytes of its name. */
  nameBytes: number;
  /** 0 stored, 8 deflated. */
  method: number;
  crc: number;
  compressed: number;
  size: number;
  /** Where its local header begins. */
  offset: number;
}

const [LOCAL, CENTRAL, END, END64, LOCATOR64] = [0x04034b50, 0x02014b50, 0x06054b50, 0x06064b50, 0x07064b50];
const MAX_ENTRIES = 100_000;
const MAX_DIRECTORY = 100_000_000;
const FULL = 0xffffffff;

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const big = (view: DataView, at: number): number => Number(view.getBigUint64(at, true));

interface Directory {
  count: number;
  begin: number;
  bytes: number;
}

async function findDirectory(source: ByteSource): Promise<Directory> {
  const { name: file, size } = source;
  const from = Math.max(0, size - 65_557);
  const tail = viewOf(await source.read(from, size));
  let at = tail.byteLength - 22;
  while (at >= 0 && !(tail.getUint32(at, true) === END && at + 22 + tail.getUint16(at + 20, true) === tail.byteLength))
    at--;
  checkFile(at >= 0, 'a ZIP file must end with its directory', 'none', { check: 'zip-end', file, byte: size });
  const directory = {
    count: tail.getUint16(at + 10, true),
    bytes: tail.getUint32(at + 12, true),
    begin: tail.getUint32(at + 16, true),
  };
  if (directory.count !== 0xffff && directory.bytes !== FULL && directory.begin !== FULL) return directory;
  const fault: CheckpointFault = { check: 'zip64', file, byte: from + at };
  checkFile(
    at >= 20 && tail.getUint32(at - 20, true) === LOCATOR64,
    'a large ZIP file must have a ZIP64 directory',
    'none',
    fault,
  );
  const place = big(tail, at - 12);
  checkFile(place + 56 <= size, 'a ZIP64 directory must lie inside the file', place, fault);
  const end = viewOf(await source.read(place, place + 56));
  checkFile(end.getUint32(0, true) === END64, 'a large ZIP file must have a ZIP64 directory', 'none', fault);
  return { count: big(end, 32), bytes: big(end, 40), begin: big(end, 48) };
}

/** Sizes and place that do not fit in 32 bits stand in the extra field 1, in this order. */
function readZip64(extra: DataView, entry: ZipEntry): void {
  for (let at = 0; at + 4 <= extra.byteLength; ) {
    const [id, length] = [extra.getUint16(at, true), extra.getUint16(at + 2, true)];
    const end = Math.min(extra.byteLength, at + 4 + length);
    at += 4;
    if (id === 1)
      for (const field of ['size', 'compressed', 'offset'] as const)
        if (entry[field] === FULL && at + 8 <= end) {
          entry[field] = big(extra, at);
          at += 8;
        }
    at = end;
  }
}

/** The files of a ZIP archive, by its directory. */
export async function zipDirectory(source: ByteSource): Promise<ZipEntry[]> {
  const { name: file, size } = source;
  const { count, begin, bytes } = await findDirectory(source);
  checkFile(
    count <= MAX_ENTRIES && bytes <= MAX_DIRECTORY,
    `a ZIP file must have ${MAX_ENTRIES} files at most`,
    count,
    { check: 'limit', file },
  );
  checkFile(begin + bytes <= size, 'the directory must lie inside the file', begin + bytes, {
    check: 'zip-directory',
    file,
  });
  const all = await source.read(begin, begin + bytes);
  const view = viewOf(all);
  const entries: ZipEntry[] = [];
  for (let i = 0, at = 0; i < count; i++) {
    const fault: CheckpointFault = { check: 'zip-directory', file, byte: begin + at };
    checkFile(
      at + 46 <= bytes && view.getUint32(at, true) === CENTRAL,
      `entry ${i} must be in the directory`,
      'none',
      fault,
    );
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((k) => view.getUint16(at + k, true)) as [
      number,
      number,
      number,
    ];
    checkFile(
      at + 46 + nameLength + extraLength + commentLength <= bytes,
      `entry ${i} must end inside the directory`,
      nameLength,
      fault,
    );
    checkFile((view.getUint16(at + 8, true) & 1) === 0, 'a file must not be encrypted', 'encrypted', fault);
    const entry: ZipEntry = {
      name: new TextDecoder().decode(all.subarray(at + 46, at + 46 + nameLength)),
      nameBytes: nameLength,
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      compressed: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      offset: view.getUint32(at + 42, true),
    };
    readZip64(viewOf(all.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength)), entry);
    const where = { ...fault, tensor: entry.name };
    checkFile(
      entry.method === 0 || entry.method === 8,
      'a file must be stored or deflated',
      `method ${entry.method}`,
      where,
    );
    checkFile(
      entry.method !== 0 || entry.size === entry.compressed,
      'a stored file must have one size',
      [entry.size, entry.compressed],
      where,
    );
    checkFile(
      entry.offset + 30 + entry.compressed <= size,
      'a file must lie inside the archive',
      entry.offset + entry.compressed,
      where,
    );
    entries.push(entry);
    at += 46 + nameLength + extraLength + commentLength;
  }
  return entries;
}

/** Where the bytes of a file begin, behind its local header. */
export async function zipData(source: ByteSource, { name, nameBytes, offset, compressed }: ZipEntry): Promise<number> {
  const head = await source.read(offset, Math.min(source.size, offset + 30 + nameBytes));
  const view = viewOf(head);
  const fault: CheckpointFault = { check: 'zip-local', file: source.name, tensor: name, byte: offset };
  checkFile(view.getUint32(0, true) === LOCAL, 'a file must begin with its local header', 'none', fault);
  const length = view.getUint16(26, true);
  const local = new TextDecoder().decode(head.subarray(30, 30 + length));
  checkFile(
    length === nameBytes && local === name,
    'the local header must have the name of the directory',
    local,
    fault,
  );
  const begin = offset + 30 + length + view.getUint16(28, true);
  checkFile(begin + compressed <= source.size, 'a file must lie inside the archive', begin + compressed, fault);
  return begin;
}
