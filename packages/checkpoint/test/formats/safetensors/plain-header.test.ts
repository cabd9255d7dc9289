import fc from 'fast-check';
import { expect, it } from 'vitest';
import { plainHeader } from '../../../src/formats/safetensors/plain-header.ts';
import { SAFETENSORS_DTYPES } from '../../../src/formats/safetensors/safetensors-dtypes.ts';
import { bytesOf, golden } from '../../support.ts';

const encoder = new TextEncoder();
const DTYPES = new Map<string, string>(SAFETENSORS_DTYPES);

type Info = { dtype: string; shape: number[]; data_offsets: [number, number] };

/** What a header says by JSON.parse, in the form of plainHeader. */
function parsed(text: string) {
  const { __metadata__: metadata = {}, ...infos } = JSON.parse(text) as Record<string, Info>;
  const entries = Object.entries(infos).map(
    ([
      name,
      {
        dtype,
        shape,
        data_offsets: [begin, end],
      },
    ]) => {
      return { name, dtype: DTYPES.get(dtype), shape, begin, end };
    },
  );
  return { entries, metadata };
}

const plain = (text: string) =>
  plainHeader(encoder.encode(text), (name, dtype, shape, begin, end) => ({ name, dtype, shape, begin, end }));

const count = fc.oneof(fc.nat(20), fc.nat({ max: 999_999_999_999_999 }));
const info = fc.record(
  {
    dtype: fc.constantFrom(...DTYPES.keys()),
    shape: fc.array(count, { maxLength: 5 }),
    data_offsets: fc.tuple(count, count),
  },
  { noNullPrototype: true },
);
const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
const infos = fc.dictionary(name, info, { noNullPrototype: true });
const metadata = fc.dictionary(fc.string(), fc.string({ unit: 'grapheme' }), { minKeys: 1, noNullPrototype: true });

it('plainHeader reads what JSON.parse reads, in any spacing', () => {
  let read = 0;
  fc.assert(
    fc.property(infos, fc.option(metadata), fc.constantFrom(undefined, 1, '\t', '\n \r'), (tensors, texts, space) => {
      const text = JSON.stringify(texts ? { __metadata__: texts, ...tensors } : tensors, null, space);
      const found = plain(`${text}   `);
      // What it leaves to JSON.parse.
      const left = Object.keys(tensors).some((key) => /["\\]|[^ -\uffff]|^\d+$/.test(key)) || text === '{}';
      if (found) read++;
      expect(found).toEqual(left && !found ? null : parsed(text));
    }),
  );
  expect(read).toBeGreaterThan(10);
});

it('plainHeader reads mutated headers as JSON.parse does, or leaves them to it', () => {
  const headers = golden<{ file: string }>('safetensors', 'safetensors.serialize').map(({ file }) => {
    const bytes = bytesOf(file);
    return bytes.subarray(8, 8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)));
  });
  let read = 0;
  const change = fc.record({
    at: fc.nat(),
    byte: fc.constantFrom(...encoder.encode('{}[],:"\\ 0129-+.eatrx\u00ff\u0000')),
  });
  fc.assert(
    fc.property(fc.constantFrom(...headers), fc.array(change, { maxLength: 2 }), (header, changes) => {
      const bytes = header.slice();
      for (const { at, byte } of changes) bytes[at % bytes.length] = byte;
      const found = plainHeader(bytes, (name, dtype, shape, begin, end) => ({ name, dtype, shape, begin, end }));
      if (!found) return;
      read++;
      expect(found).toEqual(parsed(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)));
    }),
    { numRuns: 3000 },
  );
  expect(read).toBeGreaterThan(100);
});

const tensor = '{"dtype":"U8","shape":[1],"data_offsets":[0,1]}';
it.each([
  ['a name twice', `{"a":${tensor},"a":${tensor}}`],
  ['a key twice', '{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}'],
  ['another key', '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"b":1}}'],
  ['metadata twice', `{"__metadata__":{"a":"b"},"__metadata__":{"a":"b"},"a":${tensor}}`],
  ['metadata with a key twice', `{"__metadata__":{"a":"b","\\u0061":"c"},"a":${tensor}}`],
  ['metadata with a number', `{"__metadata__":{"a":1},"a":${tensor}}`],
  ['metadata that is a tensor', `{"__metadata__":${tensor}}`],
  ['a name with an escape', `{"\\u0061":${tensor}}`],
  ['a name with a control character', `{"a\u0001":${tensor}}`],
  ['a name that JSON.parse puts first', `{"b":${tensor},"95":${tensor}}`],
  ['a number of 16 digits', '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1000000000000000]}}'],
  ['a number with a zero before it', '{"a":{"dtype":"U8","shape":[01],"data_offsets":[0,1]}}'],
  ['an unknown dtype', '{"a":{"dtype":"F31","shape":[1],"data_offsets":[0,1]}}'],
  ['a comma at the end', `{"a":${tensor},}`],
  ['text after the end', `{"a":${tensor}}{}`],
  ['a mark of byte order', `\ufeff{"a":${tensor}}`],
])('plainHeader leaves to JSON.parse: %s', (_, text) => {
  expect(plain(text)).toBeNull();
});
