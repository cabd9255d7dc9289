import { openCheckpoint, writeCheckpoint } from '@weightkit/checkpoint';
import { expect, it } from 'vitest';
import { bytesOf, faultOf, golden, joined, little, numberOf, openBytes } from '../../support.ts';

interface Archive {
  call: string;
  file: string;
  values: Record<string, (number | string)[]>;
  shapes: Record<string, number[]>;
}
const archives = golden<Archive>('numpy').filter(({ values }) => values !== undefined);
const mixed = golden<{ call: string; file: string; others: object; alone: string }>('numpy').filter(
  ({ others }) => others,
);
const arrays = golden<{ name: string; file: string; shape: number[] }>('numpy', 'numpy.save');

it.each(archives)('openCheckpoint reads every array of $call', async ({ file, values, shapes }) => {
  const checkpoint = await openBytes('a.npz', bytesOf(file));
  expect(checkpoint.format).toBe('npz');
  expect(checkpoint.tensors.map(({ name }) => name)).toEqual(Object.keys(values));
  for (const tensor of checkpoint.tensors) {
    expect(tensor.shape).toEqual(shapes[tensor.name]);
    expect(Array.from((await tensor.values()) as Float64Array, Number)).toEqual(values[tensor.name]!.map(numberOf));
    const pieces: number[] = [];
    for await (const piece of tensor.chunks(4)) pieces.push(...Array.from(piece as Float64Array, Number));
    expect(pieces).toEqual(values[tensor.name]!.map(numberOf));
  }
});

it.each(mixed)('openCheckpoint names the arrays of $call, and a write says that they are left out', async (archive) => {
  const checkpoint = await openBytes('a.npz', bytesOf(archive.file));
  expect(checkpoint.extras).toEqual({ arrays: archive.others });
  expect(checkpoint.tensors.map(({ name }) => name)).toEqual(['w']);
  expect(await checkpoint.tensors[0]!.values()).toEqual(Float32Array.of(1, -2));
  expect((await writeCheckpoint(checkpoint, new Map())).dropped).toEqual(['arrays']);
  const fault = await faultOf(openBytes('a.npz', bytesOf(archive.alone)));
  expect(fault).toMatchObject({ check: 'dtype', tensor: 'labels' });
});

it.each(arrays.filter(({ name }) => name !== 'big' && name !== 'fortran'))(
  'writeCheckpoint writes the npy bytes of numpy.save: $name',
  async ({ name, file, shape }) => {
    const checkpoint = await openBytes(`${name}.npy`, bytesOf(file));
    expect(checkpoint.tensors[0]).toMatchObject({ name, shape });
    const files = new Map<string, Uint8Array>();
    await writeCheckpoint(checkpoint, files);
    expect(Buffer.from(files.get('tensor.npy')!).toString('latin1')).toBe(
      Buffer.from(file, 'base64').toString('latin1'),
    );
  },
);

it('writeCheckpoint writes an npz file that opens again with the same numbers', async () => {
  const source = await openBytes('a.npz', bytesOf(archives[1]!.file));
  const files = new Map<string, Uint8Array>();
  await writeCheckpoint(source, files);
  const again = await openCheckpoint(files);
  for (const [i, tensor] of source.tensors.entries()) {
    expect(again.tensors[i]).toMatchObject({ name: tensor.name, shape: tensor.shape, dtype: tensor.dtype });
    expect(await again.tensors[i]!.bytes()).toEqual(await tensor.bytes());
  }
});

const npy = (dict: string, data: number[] = [0, 0, 128, 63], version = [1, 0]): Uint8Array => {
  const text = `${dict}\n`;
  return joined([0x93], 'NUMPY', version, little(text.length, version[0] === 1 ? 2 : 4), text, data);
};
const dict = (descr: string, shape: string, fortran = 'False'): string =>
  `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }`;

const hostile: [title: string, bytes: Uint8Array, check: string][] = [
  ['six bytes', joined([0x93], 'NUMPY'), 'magic'],
  ['version 4', npy(dict('<f4', '(1,)'), [], [4, 0]), 'version'],
  ['version 1.1', npy(dict('<f4', '(1,)'), [], [1, 1]), 'version'],
  ['a header over the file', joined([0x93], 'NUMPY', [1, 0], little(500, 2), '{}'), 'header-length'],
  ['a header of 4 GB', joined([0x93], 'NUMPY', [2, 0], little(0xffffffff, 4), '{}'), 'header-too-large'],
  [
    'a header of 70,000 bytes',
    joined([0x93], 'NUMPY', [3, 0], little(70_000, 4), ' '.repeat(70_000)),
    'header-too-large',
  ],
  ['no dictionary', npy('7'), 'header'],
  ['a dictionary without shape', npy("{'descr': '<f4', 'fortran_order': False}"), 'header'],
  ['a call in place of a dictionary', npy("__import__('os').system('true')"), 'header'],
  ['Python objects', npy(dict('|O', '(1,)')), 'dtype'],
  ['records', npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }"), 'header'],
  ['a dtype of dtypes', npy("{'descr': ('<f4', (2,)), 'fortran_order': False, 'shape': (1,), }"), 'header'],
  ['descr twice', npy("{'descr': '<f4', 'descr': '<f8', 'fortran_order': False, 'shape': (1,), }"), 'header'],
  ['a fourth key', npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}"), 'header'],
  ['text', npy(dict('<U4', '(1,)')), 'dtype'],
  ['float128', npy(dict('<f16', '(1,)')), 'dtype'],
  ['a shape below 0', npy(dict('<f4', '(-1,)')), 'header'],
  ['a size with a 0 before it', npy(dict('<f4', '(01,)')), 'shape'],
  ['a number in place of a shape', npy(dict('<f4', '(1)')), 'shape'],
  ['a shape with a hole', npy(dict('<f4', '(1,,2)')), 'shape'],
  ['a size over 2^53', npy(dict('<f4', '(9007199254740993,)')), 'shape'],
  ['sizes whose product is too large', npy(dict('<f4', '(4294967296, 4294967296)')), 'overflow'],
  ['fewer bytes than the shape says', npy(dict('<f4', '(2,)')), 'length'],
  ['more bytes than the shape says', npy(dict('<f4', '()'), [0, 0, 0, 0, 0]), 'length'],
];
it.each(hostile)('openCheckpoint refuses an npy file with %s', async (_title, bytes, check) => {
  const fault = await faultOf(openBytes('a.npy', bytes));
  expect(fault.check).toBe(check);
  expect(fault.message).toMatch(/^openCheckpoint: .+, got .+/);
});

interface Zip {
  name: string;
  data: Uint8Array;
  method: number;
  size: number;
  stored: number;
  offset: number;
  flags: number;
  localMark: string;
  count: number;
  begin: number | undefined;
  length: number | undefined;
  nameLength: number;
  /** The name in the local header. */
  local: string;
  /** The extra field of the directory's entry. */
  extra: Uint8Array;
  /** What lies between the directory and the end. */
  between: Uint8Array;
  tail: Uint8Array;
}

/** An archive of one stored file, each part of which can be falsified. */
function zip(changes: Partial<Zip> = {}): Uint8Array {
  const data = changes.data ?? npy(dict('<f4', '(1,)'));
  const {
    name,
    method,
    size,
    stored,
    offset,
    flags,
    localMark,
    count,
    begin,
    length,
    nameLength,
    extra,
    between,
    tail,
    local: localName,
  } = {
    name: 'a.npy',
    method: 0,
    size: data.length,
    stored: data.length,
    offset: 0,
    flags: 0,
    localMark: 'PK\x03\x04',
    count: 1,
    begin: undefined,
    length: undefined,
    nameLength: (changes.name ?? 'a.npy').length,
    local: changes.name ?? 'a.npy',
    extra: new Uint8Array(0),
    between: new Uint8Array(0),
    tail: new Uint8Array(0),
    ...changes,
  };
  const local = joined(
    localMark,
    little(20, 2),
    little(flags, 2),
    little(method, 2),
    little(0, 4),
    little(0, 4),
    little(stored, 4),
    little(size, 4),
    little(localName.length, 2),
    little(0, 2),
    localName,
    data,
  );
  const central = joined(
    'PK\x01\x02',
    little(20, 2),
    little(20, 2),
    little(flags, 2),
    little(method, 2),
    little(0, 4),
    little(0, 4),
    little(stored, 4),
    little(size, 4),
    little(nameLength, 2),
    little(extra.length, 2),
    little(0, 10),
    little(offset, 4),
    name,
    extra,
  );
  const end = joined(
    'PK\x05\x06',
    little(0, 4),
    little(count, 2),
    little(count, 2),
    little(length ?? central.length, 4),
    little(begin ?? local.length, 4),
    little(0, 2),
  );
  return joined(local, central, between, end, tail);
}
const FULL = 0xffffffff;
/** The extra field of ZIP64. */
const extra64 = (...values: (number | bigint)[]): Uint8Array =>
  joined(little(1, 2), little(8 * values.length, 2), ...values.map((value) => little(value)));
/** The locator of a ZIP64 directory. */
const locator64 = (place: number | bigint): Uint8Array =>
  joined('PK\x06\x07', little(0, 4), little(place), little(1, 4));
/** A ZIP64 directory behind an archive of one file, and its locator. */
const directory64 = (count: number | bigint, length: number, begin: number): Uint8Array =>
  joined(
    'PK\x06\x06',
    little(44),
    little(0, 12),
    little(count),
    little(count),
    little(length),
    little(begin),
    locator64(zip().length - 22),
  );
const hostileZips: [title: string, bytes: Uint8Array, check: string][] = [
  ['nothing behind its first mark', joined('PK\x03\x04'), 'zip-end'],
  ['no directory', zip().subarray(0, 60), 'zip-end'],
  ['bytes behind its end', zip({ tail: joined([1]) }), 'zip-end'],
  ['a directory outside the file', zip({ begin: 10_000_000 }), 'zip-directory'],
  ['a directory that is longer than the file', zip({ length: 10_000_000 }), 'zip-directory'],
  ['more entries than its directory has', zip({ count: 2 }), 'zip-directory'],
  ['a place for ZIP64 without it', zip({ count: 0xffff }), 'zip64'],
  ['a ZIP64 directory outside the file', zip({ count: 0xffff, between: locator64(2n ** 62n) }), 'zip64'],
  ['a ZIP64 directory that is none', zip({ count: 0xffff, between: locator64(0) }), 'zip64'],
  ['a ZIP64 directory of 2^40 files', zip({ count: 0xffff, between: directory64(2n ** 40n, 51, 0) }), 'limit'],
  ['ZIP64 sizes of 2^60', zip({ size: FULL, stored: FULL, extra: extra64(2n ** 60n, 2n ** 60n) }), 'zip-directory'],
  ['two ZIP64 sizes', zip({ size: FULL, stored: FULL, extra: extra64(132, 131) }), 'zip-directory'],
  ['ZIP64 sizes that are not there', zip({ size: FULL, stored: FULL, extra: extra64() }), 'zip-directory'],
  ['a ZIP64 place outside the archive', zip({ offset: FULL, extra: extra64(2n ** 53n) }), 'zip-directory'],
  ['another name in the local header', zip({ local: 'b.npy' }), 'zip-local'],
  ['a longer name in the local header', zip({ local: 'a.npy.npy' }), 'zip-local'],
  ['a name over the directory', zip({ nameLength: 60_000 }), 'zip-directory'],
  ['a file outside the archive', zip({ offset: 1_000_000 }), 'zip-directory'],
  ['a file without its local header', zip({ localMark: 'PK\x03\x05' }), 'format'],
  ['a place inside the local header', zip({ offset: 4 }), 'zip-local'],
  ['an encrypted file', zip({ flags: 1 }), 'zip-directory'],
  ['LZMA', zip({ method: 14 }), 'zip-directory'],
  ['two sizes of a stored file', zip({ size: 1_000_000 }), 'zip-directory'],
  ['a stored file that is longer than the archive', zip({ size: 1_000_000, stored: 1_000_000 }), 'zip-directory'],
  ['another file than npy', zip({ name: 'a.txt' }), 'file-name'],
  ['a pickle', zip({ data: joined([0x80, 4], 'cos\nsystem\n') }), 'magic'],
  ['deflated data that is none', zip({ method: 8, data: joined([255, 255, 255, 255]) }), 'deflate'],
  ['a deflated file of no bytes', zip({ method: 8, data: new Uint8Array(0) }), 'deflate'],
];
it.each(hostileZips)('openCheckpoint refuses an npz file with %s', async (_title, bytes, check) => {
  const fault = await faultOf(openBytes('a.npz', bytes));
  expect(fault.check).toBe(check);
});

it('openCheckpoint reads an archive by its ZIP64 directory and sizes', async () => {
  const size = npy(dict('<f4', '(1,)')).length;
  const extra = extra64(size, size, 0);
  const central = 46 + 'a.npy'.length + extra.length;
  const local = 30 + 'a.npy'.length + size;
  const place = local + central;
  const between = joined(directory64(1, central, local).subarray(0, 56), locator64(place));
  const bytes = zip({ size: FULL, stored: FULL, offset: FULL, extra, count: 0xffff, between });
  const { tensors } = await openBytes('a.npz', bytes);
  expect([...((await tensors[0]!.values()) as Float32Array)]).toEqual([1]);
});

it.each([
  "{'fortran_order': False, 'shape': (1,), 'descr': '<f4'}",
  '{"shape": (1 ,), "descr": "<f4", "fortran_order": False,}',
  "{'descr': '<f4', 'fortran_order': False, 'shape': (1L,), }",
])('openCheckpoint reads a header whose keys numpy.load takes: %s', async (header) => {
  const { tensors } = await openBytes('a.npy', npy(header));
  expect(tensors[0]!.shape).toEqual([1]);
  expect([...((await tensors[0]!.values()) as Float32Array)]).toEqual([1]);
});

async function deflated(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new CompressionStream('deflate-raw'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

it('openCheckpoint stops inflating at the size that the directory states', async () => {
  const bomb = await deflated(joined(npy(dict('<f4', '(1,)'), []), new Uint8Array(50_000_000)));
  const size = npy(dict('<f4', '(1,)')).length;
  const fault = await faultOf(openBytes('a.npz', zip({ method: 8, data: bomb, size, stored: bomb.length })));
  expect(fault.check).toBe('inflated-length');
});

it('values refuses deflated bytes with another checksum', async () => {
  const plain = npy(dict('<f4', '(1,)'));
  const data = await deflated(plain);
  const { tensors } = await openBytes('a.npz', zip({ method: 8, data, size: plain.length, stored: data.length }));
  await expect(tensors[0]!.values()).rejects.toMatchObject({ check: 'crc' });
});
