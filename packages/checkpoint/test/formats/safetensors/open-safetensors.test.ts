import { writeCheckpoint } from '@weightkit/checkpoint';
import { expect, it } from 'vitest';
import { bytesOf, faultOf, golden, joined, little, openBytes } from '../../support.ts';

interface Case {
  title: string;
  metadata: Record<string, string>;
  tensors: { name: string; dtype: string; shape: number[]; bytes: string }[];
  file: string;
}
const cases = golden<Case>('safetensors', 'safetensors.serialize');

it.each(cases)('openCheckpoint reads what the reference implementation wrote: $title', async (given) => {
  const checkpoint = await openBytes('a.safetensors', bytesOf(given.file));
  expect(checkpoint.format).toBe('safetensors');
  expect(checkpoint.extras.metadata).toEqual(given.metadata);
  const read = await Promise.all(
    checkpoint.tensors.map(async ({ name, dtype, shape, bytes }) => ({
      name,
      dtype,
      shape,
      bytes: Buffer.from(await bytes()).toString('base64'),
    })),
  );
  const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
  expect(read.sort(byName)).toEqual([...given.tensors].sort(byName));
});

it.each(cases)('writeCheckpoint writes the bytes of the reference implementation: $title', async (given) => {
  const checkpoint = await openBytes('a.safetensors', bytesOf(given.file));
  const files = new Map<string, Uint8Array>();
  const report = await writeCheckpoint(checkpoint, files);
  expect(report).toMatchObject({ format: 'safetensors', converted: [], dropped: [] });
  expect(Buffer.from(files.get('model.safetensors')!).toString('latin1')).toBe(
    Buffer.from(bytesOf(given.file)).toString('latin1'),
  );
});

it('values gives numbers of every dtype that has them, and codes of 4 and 6 bits', async () => {
  const header = JSON.stringify({
    four: { dtype: 'F4', shape: [4], data_offsets: [0, 2] },
    six: { dtype: 'F6_E2M3', shape: [4], data_offsets: [2, 5] },
    half: { dtype: 'F16', shape: [2], data_offsets: [5, 9] },
    big: { dtype: 'I64', shape: [1], data_offsets: [9, 17] },
  });
  const data = [0x21, 0x43, 1, 2, 3, 0x00, 0x3c, 0x01, 0x00, ...little(-2n)];
  const { tensors } = await openBytes('a.safetensors', joined(little(header.length), header, data));
  const values = await Promise.all(tensors.map((tensor) => tensor.values()));
  expect(values).toEqual([
    Uint8Array.of(0x21, 0x43),
    Uint8Array.of(1, 2, 3),
    Float32Array.of(1, 2 ** -24),
    BigInt64Array.of(-2n),
  ]);
});

it('chunks gives the numbers in pieces, byteChunks the bytes', async () => {
  const header = JSON.stringify({ a: { dtype: 'F32', shape: [5], data_offsets: [0, 20] } });
  const data = new Uint8Array(Float32Array.of(1, 2, 3, 4, 5).buffer);
  const { tensors } = await openBytes('a.safetensors', joined(little(header.length), header, data));
  const pieces = [];
  for await (const piece of tensors[0]!.chunks(2)) pieces.push([...(piece as Float32Array)]);
  expect(pieces).toEqual([[1, 2], [3, 4], [5]]);
  const sizes = [];
  for await (const piece of tensors[0]!.byteChunks(8)) sizes.push(piece.length);
  expect(sizes).toEqual([8, 8, 4]);
});

const file = (header: string, data: number[] = []): Uint8Array =>
  joined(little(new TextEncoder().encode(header).length), header, data);
const one = (info: string, data: number[] = [0, 0, 0, 0]): Uint8Array => file(`{"a":${info}}`, data);
const f32 = (shape: string, offsets: string): string => `{"dtype":"F32","shape":${shape},"data_offsets":${offsets}}`;

const hostile: [title: string, bytes: Uint8Array, check: string][] = [
  ['an empty file', new Uint8Array(0), 'header-too-small'],
  ['seven bytes', joined(little(0, 7)), 'header-too-small'],
  ['a length of 2^64 - 1', joined(little(2n ** 64n - 1n), '{}'), 'header-too-large'],
  ['a length of 100,000,001', joined(little(100_000_001), '{}'), 'header-too-large'],
  ['a length over the file', joined(little(100), '{}'), 'header-length'],
  ['a length of one byte too many', joined(little(3), '{}'), 'header-length'],
  ['no header', joined(little(0)), 'json'],
  ['text that is not UTF-8', joined(little(4), [0x7b, 0xff, 0xfe, 0x7d]), 'utf-8'],
  ['a mark of byte order', file('\ufeff{}'), 'json'],
  ['text that is not JSON', file('{"a":}'), 'json'],
  ['JSON with a comma at its end', file('{"a":1,}'), 'json'],
  ['JSON after JSON', file('{}{}'), 'json'],
  ['a list for a header', file('[]'), 'header'],
  ['null for a header', file('null'), 'header'],
  ['a number for a header', file('7'), 'header'],
  ['a header nested without end', file('['.repeat(100_000)), 'json'],
  ['half a pair of surrogates for a name', file(`{"\\ud800":${f32('[1]', '[0,4]')}}`, [0, 0, 0, 0]), 'utf-8'],
  [
    'half a pair of surrogates in its metadata',
    file(`{"__metadata__":{"a":"\\udfff"},"a":${f32('[1]', '[0,4]')}}`, [0, 0, 0, 0]),
    'utf-8',
  ],
  ['a tensor twice', file(`{"a":${f32('[1]', '[0,4]')},"a":${f32('[1]', '[0,4]')}}`, [0, 0, 0, 0]), 'duplicate-key'],
  [
    'a tensor twice, once escaped',
    file(`{"a":${f32('[1]', '[0,4]')},"\\u0061":${f32('[1]', '[0,4]')}}`, [0, 0, 0, 0]),
    'duplicate-key',
  ],
  ['a dtype twice', one('{"dtype":"F32","dtype":"I32","shape":[1],"data_offsets":[0,4]}'), 'duplicate-key'],
  ['metadata twice', file('{"__metadata__":{},"__metadata__":{}}'), 'duplicate-key'],
  ['metadata that is a list', file('{"__metadata__":[]}'), 'metadata'],
  ['metadata with a number', file('{"__metadata__":{"a":1}}'), 'metadata'],
  ['a tensor that is a number', one('1'), 'tensor-info'],
  ['a tensor that is null', one('null'), 'tensor-info'],
  ['an unknown dtype', one('{"dtype":"F31","shape":[1],"data_offsets":[0,4]}'), 'dtype'],
  ['a dtype in small letters', one('{"dtype":"f32","shape":[1],"data_offsets":[0,4]}'), 'dtype'],
  ['no dtype', one('{"shape":[1],"data_offsets":[0,4]}'), 'dtype'],
  ['no shape', one('{"dtype":"F32","data_offsets":[0,4]}'), 'shape'],
  ['a shape with a text', one(f32('["1"]', '[0,4]')), 'shape'],
  ['a size below 0', one(f32('[-1]', '[0,4]')), 'json-number'],
  ['a size with a point', one(f32('[1.0]', '[0,4]')), 'json-number'],
  ['a size with an exponent', one(f32('[1e0]', '[0,4]')), 'json-number'],
  ['a size over 2^53', one(f32('[9007199254740993]', '[0,4]')), 'shape'],
  ['sizes whose product is over 2^64', one(f32('[4294967296,4294967296,4294967296]', '[0,4]')), 'overflow'],
  ['one offset', one(f32('[1]', '[0]')), 'offsets'],
  ['three offsets', one(f32('[1]', '[0,4,8]')), 'offsets'],
  ['an end before its begin', file(`{"a":${f32('[1]', '[4,0]')}}`, [0, 0, 0, 0]), 'offsets'],
  ['a first tensor that does not begin at 0', one(f32('[1]', '[4,8]'), [0, 0, 0, 0, 0, 0, 0, 0]), 'offsets'],
  ['a hole', file(`{"a":${f32('[1]', '[0,4]')},"b":${f32('[1]', '[8,12]')}}`, new Array(12).fill(0)), 'offsets'],
  [
    'tensors over each other',
    file(`{"a":${f32('[1]', '[0,4]')},"b":${f32('[1]', '[0,4]')}}`, new Array(4).fill(0)),
    'offsets',
  ],
  ['fewer bytes than the shape says', one(f32('[2]', '[0,4]')), 'length'],
  ['more bytes than the shape says', one(f32('[1]', '[0,8]'), new Array(8).fill(0)), 'length'],
  ['half a byte', one('{"dtype":"F4","shape":[1],"data_offsets":[0,1]}', [0]), 'alignment'],
  ['six bits', one('{"dtype":"F6_E3M2","shape":[1],"data_offsets":[0,1]}', [0]), 'alignment'],
  ['a file that ends in the last tensor', one(f32('[1]', '[0,4]'), [0, 0]), 'file-length'],
  ['a tail', one(f32('[1]', '[0,4]'), [0, 0, 0, 0, 0]), 'file-length'],
  ['a tail behind no tensors', file('{}', [1]), 'file-length'],
  ['a ZIP archive behind the tensors', joined(one(f32('[1]', '[0,4]')), 'PK\x05\x06', little(0, 18)), 'file-length'],
];

it.each(hostile)('openCheckpoint refuses %s', async (_title, bytes, check) => {
  const fault = await faultOf(openBytes('a.safetensors', bytes));
  expect(fault.check).toBe(check);
  expect(fault.message).toMatch(/^openCheckpoint: .+, got .+/);
  expect(fault.file).toBe('a.safetensors');
});

it.each([
  ['spaces before the header', file(' \n{}')],
  ['white space behind it', file('{}\t\r\n ')],
  ['metadata that is null', file('{"__metadata__":null}')],
  ['an empty dimension', one(f32('[0,9007199254740991,9007199254740991]', '[0,0]'), [])],
  ['a tensor called __proto__', file(`{"__proto__":${f32('[]', '[0,4]')}}`, [0, 0, 128, 63])],
])('openCheckpoint takes %s', async (_title, bytes) => {
  const { tensors } = await openBytes('a.safetensors', bytes);
  for (const tensor of tensors) expect((await tensor.values()).length).toBe(tensor.shape.includes(0) ? 0 : 1);
});

it('openCheckpoint opens the shards that writeCheckpoint makes, and gives the same tensors', async () => {
  const { file: bytes } = cases.find(({ title }) => title === 'every dtype')!;
  const whole = await openBytes('a.safetensors', bytesOf(bytes));
  const files = new Map<string, Uint8Array>();
  const report = await writeCheckpoint(whole, files, { shardBytes: 100 });
  expect(report.files.length).toBeGreaterThan(3);
  expect(report.files.at(-1)!.file).toBe('model.safetensors.index.json');
  const index = JSON.parse(new TextDecoder().decode(files.get('model.safetensors.index.json')!));
  expect(index.metadata.total_size).toBe(whole.tensors.reduce((sum, { byteLength }) => sum + byteLength, 0));
  const { openCheckpoint } = await import('@weightkit/checkpoint');
  const sharded = await openCheckpoint(files);
  for (const tensor of whole.tensors) {
    const found = sharded.tensors.find(({ name }) => name === tensor.name)!;
    expect(await found.bytes()).toEqual(await tensor.bytes());
  }
});

const shard = one(f32('[1]', '[0,4]'));
it.each<[string, string, string]>([
  ['a shard outside the folder', '{"weight_map":{"a":"../a.safetensors"}}', 'file-name'],
  ['an absolute shard', '{"weight_map":{"a":"/etc/passwd"}}', 'file-name'],
  ['a shard by URL', '{"weight_map":{"a":"http://127.0.0.1/a.safetensors"}}', 'file-name'],
  ['a shard that is not there', '{"weight_map":{"a":"b.safetensors"}}', 'unreadable'],
  ['a tensor that is not in its shard', '{"weight_map":{"b":"a.safetensors"}}', 'index'],
  ['a tensor that the index does not name', '{"weight_map":{}}', 'none'],
  ['a map that is a list', '{"weight_map":["a.safetensors"]}', 'index'],
  ['a tensor twice', '{"weight_map":{"a":"a.safetensors","a":"a.safetensors"}}', 'duplicate-key'],
])('openCheckpoint refuses an index with %s', async (_title, json, check) => {
  const { openCheckpoint } = await import('@weightkit/checkpoint');
  const open = openCheckpoint(
    new Map([
      ['model.safetensors.index.json', joined(json)],
      ['a.safetensors', shard],
    ]),
  );
  if (check === 'none') expect((await open).tensors).toEqual([]);
  else expect((await faultOf(open)).check).toBe(check);
});
