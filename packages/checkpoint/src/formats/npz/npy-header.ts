import { CheckpointError, type CheckpointFault, checkFile } from '../../checkpoint-error.ts';
import { DTYPES, type Dtype, sizeOf } from '../../dtypes.ts';

type Name = Exclude<Dtype, 'string'>;

/** NumPy's names of the dtypes that are read and written, without the mark of byte order. */
const DESCR: readonly (readonly [descr: string, dtype: Name])[] = [
  ['b1', 'bool'],
  ['i1', 'int8'],
  ['i2', 'int16'],
  ['i4', 'int32'],
  ['i8', 'int64'],
  ['u1', 'uint8'],
  ['u2', 'uint16'],
  ['u4', 'uint32'],
  ['u8', 'uint64'],
  ['f2', 'float16'],
  ['f4', 'float32'],
  ['f8', 'float64'],
  ['c8', 'complex64'],
];

/** What the header of an npy file says of an array of numbers. */
export interface NpyHeader {
  dtype: Name;
  shape: number[];
  /** Whether the first axis runs fastest. */
  fortran: boolean;
  /** Whether each number's bytes come with the highest first. */
  bigEndian: boolean;
  /** Bytes before the numbers. */
  length: number;
  /** Bytes of the numbers. */
  bytes: number;
}

/** The header of an array that holds no numbers: texts, dates, Python objects. */
export interface OtherHeader {
  dtype: undefined;
  /** Its dtype, as NumPy writes it. */
  descr: string;
}

/** The bytes that are enough to know how long a header is. */
export const NPY_PREFIX = 12;
const MAX_HEADER = 65_536;
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** How long the header is, from the first 12 bytes. */
export function npyHeaderLength(prefix: Uint8Array, fault: Omit<CheckpointFault, 'check'>): number {
  checkFile(
    prefix.length >= 10 && MAGIC.every((byte, i) => prefix[i] === byte),
    'an array must begin with \\x93NUMPY',
    [...prefix.subarray(0, 6)],
    {
      ...fault,
      check: 'magic',
      byte: 0,
    },
  );
  const [major, minor] = [prefix[6]!, prefix[7]!];
  checkFile(major >= 1 && major <= 3 && minor === 0, 'version must be 1.0, 2.0 or 3.0', `${major}.${minor}`, {
    ...fault,
    check: 'version',
    byte: 6,
  });
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.byteLength);
  checkFile(major === 1 || prefix.length >= 12, 'an array must have its header', prefix.length, {
    ...fault,
    check: 'header-length',
  });
  const length = major === 1 ? 10 + view.getUint16(8, true) : 12 + view.getUint32(8, true);
  checkFile(length <= MAX_HEADER, `a header must have ${MAX_HEADER} bytes at most`, length, {
    ...fault,
    check: 'header-too-large',
    byte: 8,
  });
  return length;
}

const ENTRY =
  /^\s*(['"])(descr|fortran_order|shape)\1\s*:\s*(?:(['"])([<>|=])([a-zA-Z]\d*(?:\[\w+\])?)\3|(True|False)|\(([\d,\sL]*)\))\s*(?:,|$)/;

/** The parts of a header's dictionary, in any order, each once; undefined for anything else. */
function partsOf(text: string): { order: string; descr: string; fortran: string; dims: string } | undefined {
  let rest = /^\s*\{(.*)\}\s*$/s.exec(text)?.[1]?.trim();
  const found = new Map<string, string[]>();
  while (rest) {
    const entry: RegExpExecArray | null = ENTRY.exec(rest);
    if (!entry) return undefined;
    const [whole, , key, , ...values] = entry as unknown as string[];
    if (found.has(key!)) return undefined;
    found.set(key!, values);
    rest = rest.slice(whole!.length).trim();
  }
  const [order, descr] = found.get('descr') ?? [];
  const fortran = found.get('fortran_order')?.[2];
  const dims = found.get('shape')?.[3];
  const whole = order !== undefined && descr !== undefined && fortran !== undefined && dims !== undefined;
  return whole ? { order, descr, fortran, dims } : undefined;
}

/** Texts, bytes, Python objects, dates and spans of time. Not V, which other libraries write their numbers as. */
const NO_NUMBERS = /^[USaOMm]/;

/** What is said of a dtype that is not read. */
export const wrongDtype = (descr: string, fault: Omit<CheckpointFault, 'check'>): CheckpointError =>
  new CheckpointError(`dtype must be one of ${DESCR.map(([name]) => name).join(', ')}`, descr, {
    ...fault,
    check: 'dtype',
  });

/** Reads the dictionary of a header, whole. */
export function parseNpyHeader(header: Uint8Array, fault: Omit<CheckpointFault, 'check'>): NpyHeader | OtherHeader {
  const begin = header[6] === 1 ? 10 : 12;
  const text = new TextDecoder('latin1').decode(header.subarray(begin));
  const dictionary = partsOf(text);
  checkFile(
    dictionary !== undefined,
    'a header must be a dictionary of a plain descr, fortran_order and shape',
    text.trim(),
    {
      ...fault,
      check: 'header',
      byte: begin,
    },
  );
  const { order, descr, fortran, dims } = dictionary;
  const dtype = DESCR.find(([name]) => name === descr)?.[1];
  if (dtype === undefined) {
    if (NO_NUMBERS.test(descr)) return { dtype, descr };
    throw wrongDtype(descr, fault);
  }
  const parts = dims.split(',').map((part) => part.trim());
  // `(2)` is a number, `(2,)` a tuple.
  const isTuple = parts.length !== 1 || parts[0] === '';
  if (parts.at(-1) === '') parts.pop();
  // Python 2 wrote 2L for some sizes.
  const shape = parts.map((part) => (/^(0|[1-9]\d*)L?$/.test(part) ? Number.parseInt(part, 10) : Number.NaN));
  checkFile(isTuple && shape.every(Number.isSafeInteger), 'shape must be a tuple of sizes', `(${dims})`, {
    ...fault,
    check: 'shape',
  });
  const bytes = sizeOf(shape) * (DTYPES[dtype].bits / 8);
  checkFile(Number.isSafeInteger(bytes), 'shape must be one whose size can be counted', shape, {
    ...fault,
    check: 'overflow',
  });
  return { dtype, shape, fortran: fortran === 'True', bigEndian: order === '>', length: header.length, bytes };
}

/** The header that NumPy writes: version 1.0, padded with spaces to a multiple of 64 bytes. Undefined for other dtypes. */
export function npyHeader(dtype: Dtype, shape: readonly number[]): Uint8Array | undefined {
  const descr = DESCR.find(([, known]) => known === dtype)?.[0];
  if (descr === undefined) return undefined;
  const order = DTYPES[dtype as Name].bits === 8 ? '|' : '<';
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const dict = `{'descr': '${order}${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  // NumPy leaves room for a first axis that grows, up to 21 digits in all.
  const growth = shape.length > 0 ? 21 - String(shape[0]).length : 0;
  const text = `${dict}${' '.repeat(Math.max(0, growth))}`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64;
  const bytes = new Uint8Array(length).fill(0x20);
  bytes.set([...MAGIC, 1, 0]);
  new DataView(bytes.buffer).setUint16(8, length - 10, true);
  bytes.set(new TextEncoder().encode(text), 10);
  bytes[length - 1] = 0x0a;
  return bytes;
}
