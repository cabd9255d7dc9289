import { openCheckpoint, writeCheckpoint } from '@weightkit/checkpoint';
import { expect, it } from 'vitest';
import { bytesOf, faultOf, golden, joined, little, numberOf, openBytes } from '../../support.ts';

interface Archive {
  call: string;
  file: string;
  values: Record<string, (number | string)[]>;
  shapes: Record<string, number[]>;
}
const archives = golden<Archive>('numpy').filter(({ call }) => call !== 'numpy.save');
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
  ['Python objects', npy(dict('|O', '(1,)')), 'header'],
  ['records', npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }"), 'header'],
  ['text', npy(dict('<U4', '(1,)')), 'dtype'],
  ['float128', npy(dict('<f16', '(1,)')), 'dtype'],
  ['a shape below 0', npy(dict('<f4', '(-1,)')), 'header'],
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
  tail: Uint8Array;
}

/** An archive of one stored file, each part of which can be falsified. */
function zip(changes: Partial<Zip> = {}): Uint8Array {
  const data = changes.data ?? npy(dict('<f4', '(1,)'));
  const { name, method, size, stored, offset, flags, localMark, count, begin, length, nameLength, tail } = {
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
    little(name.length, 2),
    little(0, 2),
    name,
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
    little(0, 12),
    little(offset, 4),
    name,
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
  return joined(local, central, end, tail);
}
const hostileZips: [title: string, bytes: Uint8Array, check: string][] = [
  ['nothing behind its first mark', joined('PK\x03\x04'), 'zip-end'],
  ['no directory', zip().subarray(0, 60), 'zip-end'],
  ['bytes behind its end', zip({ tail: joined([1]) }), 'zip-end'],
  ['a directory outside the file', zip({ begin: 10_000_000 }), 'zip-directory'],
  ['a directory that is longer than the file', zip({ length: 10_000_000 }), 'zip-directory'],
  ['more entries than its directory has', zip({ count: 2 }), 'zip-directory'],
  ['a place for ZIP64 without it', zip({ count: 0xffff }), 'zip64'],
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
