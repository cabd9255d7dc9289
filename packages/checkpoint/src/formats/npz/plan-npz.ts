import { checkRange } from '@weightkit/numerics/check';
import { crc32 } from '../../access/crc32.ts';
import type { CheckpointTensor } from '../../checkpoint.ts';
import type { FilePart, FilePlan } from '../file-plan.ts';
import { hasLoneSurrogate } from '../utf-8.ts';
import { npyHeader } from './npy-header.ts';

const FULL = 0xffffffff;
// Made by no clock: 1980-01-01, the first date that ZIP has, so that the same arrays give the same bytes.
const DATE = 0x21;

interface Entry {
  name: Uint8Array;
  size: number;
  offset: number;
  crc: number;
}

type Field = readonly [bytes: 2 | 4 | 8, value: number];

function packed(fields: readonly Field[], ...rest: Uint8Array[]): Uint8Array {
  const length = fields.reduce((sum, [bytes]) => sum + bytes, 0);
  const out = new Uint8Array(length + rest.reduce((sum, { length: more }) => sum + more, 0));
  const view = new DataView(out.buffer);
  let at = 0;
  for (const [bytes, value] of fields) {
    if (bytes === 2) view.setUint16(at, value, true);
    else if (bytes === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += bytes;
  }
  for (const more of rest) {
    out.set(more, at);
    at += more.length;
  }
  return out;
}

// The name is UTF-8; sizes and checksum follow the data.
const FLAGS = 0x0808;
const isLarge = ({ size }: Entry): boolean => size >= FULL;
const versionOf = (large: boolean): number => (large ? 45 : 20);

const localHeader = (entry: Entry): Uint8Array => {
  const large = isLarge(entry);
  const extra = large
    ? packed([
        [2, 1],
        [2, 16],
        [8, 0],
        [8, 0],
      ])
    : new Uint8Array(0);
  return packed(
    [
      [4, 0x04034b50],
      [2, versionOf(large)],
      [2, FLAGS],
      [2, 0],
      [2, 0],
      [2, DATE],
      [4, 0],
      [4, large ? FULL : 0],
      [4, large ? FULL : 0],
      [2, entry.name.length],
      [2, extra.length],
    ],
    entry.name,
    extra,
  );
};

const descriptor = (entry: Entry): Uint8Array => {
  const width = isLarge(entry) ? 8 : 4;
  return packed([
    [4, 0x08074b50],
    [4, entry.crc],
    [width, entry.size],
    [width, entry.size],
  ]);
};

const centralHeader = (entry: Entry): Uint8Array => {
  const { size, offset, crc, name } = entry;
  const fields: Field[] = [];
  if (size >= FULL) fields.push([8, size], [8, size]);
  if (offset >= FULL) fields.push([8, offset]);
  const extra = fields.length > 0 ? packed([[2, 1], [2, 8 * fields.length], ...fields]) : new Uint8Array(0);
  const version = versionOf(fields.length > 0);
  const small = Math.min(size, FULL);
  return packed(
    [
      [4, 0x02014b50],
      [2, version],
      [2, version],
      [2, FLAGS],
      [2, 0],
      [2, 0],
      [2, DATE],
      [4, crc],
      [4, small],
      [4, small],
      [2, name.length],
      [2, extra.length],
      [2, 0],
      [2, 0],
      [2, 0],
      [4, 0],
      [4, Math.min(offset, FULL)],
    ],
    name,
    extra,
  );
};

function directory(entries: readonly Entry[], begin: number): Uint8Array {
  const headers = entries.map(centralHeader);
  const bytes = headers.reduce((sum, { length }) => sum + length, 0);
  const count = entries.length;
  const large = count >= 0xffff || begin >= FULL;
  const end64 = large
    ? packed([
        [4, 0x06064b50],
        [8, 44],
        [2, 45],
        [2, 45],
        [4, 0],
        [4, 0],
        [8, count],
        [8, count],
        [8, bytes],
        [8, begin],
        [4, 0x07064b50],
        [4, 0],
        [8, begin + bytes],
        [4, 1],
      ])
    : new Uint8Array(0);
  const short = Math.min(count, 0xffff);
  const end = packed([
    [4, 0x06054b50],
    [2, 0],
    [2, 0],
    [2, short],
    [2, short],
    [4, bytes],
    [4, Math.min(begin, FULL)],
    [2, 0],
  ]);
  return packed([], ...headers, end64, end);
}

/** A file's name in the archive: UTF-8 of at most 65,535 bytes, without NUL, where numpy stops to read. */
function nameOf(tensor: CheckpointTensor): Uint8Array {
  const name = new TextEncoder().encode(`${tensor.name}.npy`);
  if (name.length > 0xffff || name.includes(0) || hasLoneSurrogate(tensor.name))
    checkRange(
      false,
      'writeCheckpoint: names of tensors must be ones that npz can hold (rename them by mapCheckpoint)',
      tensor.name.slice(0, 80),
    );
  return name;
}

/** An npz file: stored npy files, one a tensor, as `numpy.load` reads them. */
export function planNpz(file: string, tensors: readonly CheckpointTensor[]): FilePlan {
  const parts: FilePart[] = [];
  const entries: Entry[] = [];
  let at = 0;
  for (const tensor of tensors) {
    const header = npyHeader(tensor.dtype, tensor.shape)!;
    const entry: Entry = {
      name: nameOf(tensor),
      size: header.length + tensor.byteLength,
      offset: at,
      crc: crc32(header),
    };
    const local = localHeader(entry);
    const onBytes = (bytes: Uint8Array): void => {
      entry.crc = crc32(bytes, entry.crc);
    };
    parts.push({ bytes: local }, { bytes: header }, { tensor, onBytes }, { make: () => descriptor(entry) });
    entries.push(entry);
    at += local.length + entry.size + (isLarge(entry) ? 24 : 16);
  }
  const begin = at;
  parts.push({ make: () => directory(entries, begin) });
  return { file, parts };
}

/** An npy file: the header and the numbers. */
export const planNpy = (file: string, tensor: CheckpointTensor): FilePlan => ({
  file,
  parts: [{ bytes: npyHeader(tensor.dtype, tensor.shape)! }, { tensor }],
});
