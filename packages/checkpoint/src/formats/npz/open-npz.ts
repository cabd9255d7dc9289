import type { ByteSource } from '../../access/byte-source.ts';
import { crc32 } from '../../access/crc32.ts';
import type { Checkpoint, CheckpointTensor } from '../../checkpoint.ts';
import { CheckpointError, type CheckpointFault, checkFile } from '../../checkpoint-error.ts';
import { computedTensor } from '../../computed-tensor.ts';
import { plainCodec } from '../../plain-codec.ts';
import { storedTensor } from '../../stored-tensor.ts';
import { inflate } from './inflate.ts';
import {
  NPY_PREFIX,
  type NpyHeader,
  npyHeaderLength,
  type OtherHeader,
  parseNpyHeader,
  wrongDtype,
} from './npy-header.ts';
import { isOrdered, reordered } from './npy-tensor.ts';
import { type ZipEntry, zipData, zipDirectory } from './zip-directory.ts';

type Where = Omit<CheckpointFault, 'check'>;

type Header = NpyHeader | OtherHeader;

async function readNpyHeader(source: ByteSource, begin: number, end: number, where: Where): Promise<Header> {
  const prefix = await source.read(begin, Math.min(end, begin + NPY_PREFIX));
  const length = npyHeaderLength(prefix, where);
  checkFile(begin + length <= end, `an array must have its header's ${length} bytes`, end - begin, {
    ...where,
    check: 'header-length',
  });
  return parseNpyHeader(await source.read(begin, begin + length), where);
}

function checkLength(header: NpyHeader, size: number, where: Where): void {
  checkFile(
    header.length + header.bytes === size,
    `an array of ${header.dtype} [${header.shape}] must have ${header.bytes} bytes`,
    size - header.length,
    {
      ...where,
      check: 'length',
    },
  );
}

/** An array whose bytes lie plain in a file, from `begin` up to `end` with its header; its header alone where it holds no numbers. */
async function plainArray(
  name: string,
  source: ByteSource,
  begin: number,
  end: number,
  where: Where,
): Promise<CheckpointTensor | OtherHeader> {
  const header = await readNpyHeader(source, begin, end, where);
  if (header.dtype === undefined) return header;
  checkLength(header, end - begin, where);
  const data = begin + header.length;
  if (!isOrdered(header)) return reordered(name, header, () => source.read(data, end));
  const { dtype, shape } = header;
  return storedTensor({ name, shape, dtype, codec: plainCodec(dtype), source, begin: data, end });
}

/** The header of a deflated array: inflating stops when it is there. */
async function deflatedHeader(pieces: AsyncIterable<Uint8Array>, where: Where): Promise<Header> {
  let bytes = new Uint8Array(0);
  for await (const piece of pieces) {
    const joined = new Uint8Array(bytes.length + piece.length);
    joined.set(bytes);
    joined.set(piece, bytes.length);
    bytes = joined;
    if (bytes.length < NPY_PREFIX) continue;
    const length = npyHeaderLength(bytes.subarray(0, NPY_PREFIX), where);
    if (bytes.length >= length) return parseNpyHeader(bytes.slice(0, length), where);
  }
  npyHeaderLength(bytes, where);
  throw new CheckpointError('an array must have its header', bytes.length, { ...where, check: 'header-length' });
}

async function deflatedArray(
  name: string,
  source: ByteSource,
  entry: ZipEntry,
  where: Where,
): Promise<CheckpointTensor | OtherHeader> {
  const begin = await zipData(source, entry);
  const pieces = (limit: number): AsyncGenerator<Uint8Array> =>
    inflate(source, begin, begin + entry.compressed, limit, where);
  const header = await deflatedHeader(pieces(entry.size), where);
  if (header.dtype === undefined) return header;
  checkLength(header, entry.size, where);
  const { dtype, shape, bytes, length } = header;
  async function* stream(): AsyncGenerator<Uint8Array> {
    let [at, crc] = [0, 0];
    for await (const piece of pieces(entry.size)) {
      crc = crc32(piece, crc);
      const from = Math.min(piece.length, Math.max(0, length - at));
      at += piece.length;
      if (from < piece.length) yield piece.subarray(from);
    }
    checkFile(at === entry.size, `a file must inflate to ${entry.size} bytes`, at, {
      ...where,
      check: 'inflated-length',
    });
    checkFile(crc === entry.crc, 'a file must have the checksum of the directory', crc, { ...where, check: 'crc' });
  }
  const tensor = computedTensor({ name, shape, dtype, codec: plainCodec(dtype), byteLength: bytes, stream });
  return isOrdered(header) ? tensor : reordered(name, header, () => tensor.bytes());
}

/** Opens an npz file: a ZIP archive of npy files. Arrays that hold no numbers stand in its extras, unless there are no others. */
export async function openNpz(source: ByteSource): Promise<Checkpoint> {
  const file = source.name;
  const tensors: CheckpointTensor[] = [];
  const others = new Map<string, OtherHeader>();
  const seen = new Set<string>();
  const entries = await zipDirectory(source);
  checkFile(
    !entries.some((entry) => entry.name.endsWith('/data.pkl')),
    'an archive must be one of numpy',
    'one of PyTorch (.pt: load it in Python and save it with safetensors)',
    { file, check: 'format' },
  );
  for (const entry of entries) {
    // A folder, as `zip -r` lists it.
    if (entry.name.endsWith('/') && entry.size === 0) continue;
    const name = entry.name.replace(/\.npy$/, '');
    const where = { file, tensor: name };
    checkFile(entry.name.endsWith('.npy'), 'a file in an npz archive must be an npy file', entry.name, {
      ...where,
      check: 'file-name',
    });
    checkFile(!seen.has(name), 'an array must have a name of its own', name, { ...where, check: 'duplicate-name' });
    seen.add(name);
    const begin = entry.method === 0 ? await zipData(source, entry) : 0;
    const array =
      entry.method === 0
        ? await plainArray(name, source, begin, begin + entry.size, where)
        : await deflatedArray(name, source, entry, where);
    if ('descr' in array) others.set(name, array);
    else tensors.push(array);
  }
  const [first] = others;
  if (first && tensors.length === 0) throw wrongDtype(first[1].descr, { file, tensor: first[0] });
  const arrays = Object.fromEntries([...others].map(([name, { descr }]) => [name, descr]));
  return { format: 'npz', tensors, extras: first ? { arrays } : {}, close: () => source.close() };
}

/** Opens an npy file: one array, named after the file. */
export async function openNpy(source: ByteSource): Promise<Checkpoint> {
  const name = source.name
    .split(/[/\\]/)
    .at(-1)!
    .replace(/\.npy$/, '');
  const where = { file: source.name };
  const tensor = await plainArray(name, source, 0, source.size, where);
  if ('descr' in tensor) throw wrongDtype(tensor.descr, where);
  return { format: 'npy', tensors: [tensor], extras: {}, close: () => source.close() };
}
