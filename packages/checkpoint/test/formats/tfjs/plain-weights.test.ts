import { openCheckpoint } from '@weightkit/checkpoint';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { plainWeights } from '../../../src/formats/tfjs/plain-weights.ts';

const encoder = new TextEncoder();

interface Weight {
  name: string;
  shape: number[];
  dtype: string;
}

const weight = fc.record(
  {
    name: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
    shape: fc.array(fc.nat(50), { maxLength: 4 }),
    dtype: fc.constantFrom('float32', 'int32', 'bool', 'string', 'complex64'),
  },
  { noNullPrototype: true },
);
const group = fc.record(
  { paths: fc.array(fc.string(), { maxLength: 3 }), weights: fc.array(weight, { minLength: 1, maxLength: 5 }) },
  { noNullPrototype: true },
);
const model = fc.record(
  {
    modelTopology: fc.jsonValue({ maxDepth: 3 }),
    weightsManifest: fc.array(group, { minLength: 1, maxLength: 3 }),
    signature: fc.jsonValue({ maxDepth: 2 }),
  },
  { noNullPrototype: true },
);

/** What was read, put together again. */
function joined(bytes: Uint8Array): unknown {
  const read = plainWeights(bytes);
  if (!read) return null;
  const { value, groups } = read;
  const weightsManifest = value.weightsManifest.map((one, i) => ({
    ...(one as object),
    weights: groups[i]!.map(({ name, shape, dtype }): Weight => ({ name, shape, dtype })),
  }));
  return { ...value, weightsManifest };
}

it('plainWeights reads what JSON.parse reads, in any spacing', () => {
  let read = 0;
  fc.assert(
    fc.property(model, fc.constantFrom(undefined, 1, '\t', '\n \r'), (given, space) => {
      const text = JSON.stringify(given, null, space);
      const found = joined(encoder.encode(text));
      if (found) read++;
      const names = given.weightsManifest.flatMap(({ weights }) => weights.map(({ name }) => name));
      const left = names.some((name) => /["\\]|[^ -\uffff]/.test(name)) || text.split('"weightsManifest"').length > 2;
      if (!left || found) expect(found).toEqual(JSON.parse(text));
    }),
  );
  expect(read).toBeGreaterThan(20);
});

it('plainWeights reads a mutated file as JSON.parse does, or leaves it to it', () => {
  const text = JSON.stringify({
    format: 'graph-model "x"',
    modelTopology: { node: [{ name: 'a\\"weights', attr: {} }] },
    weightsManifest: [
      { paths: ['a.bin'], weights: [{ name: 'a/é', shape: [2, 3], dtype: 'float32' }] },
      {
        paths: ['b.bin', 'c]"{.bin'],
        weights: [
          { name: 'b', shape: [], dtype: 'int32' },
          { name: 'c', shape: [0], dtype: 'bool' },
        ],
      },
    ],
    signature: { inputs: {} },
  });
  const original = encoder.encode(text);
  expect(joined(original)).toEqual(JSON.parse(text));
  let read = 0;
  const change = fc.record({
    at: fc.nat(),
    byte: fc.constantFrom(...encoder.encode('{}[],:"\\ 0129-+.eatrx\u00ff\u0000')),
  });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 2 }), (changes) => {
      const bytes = original.slice();
      for (const { at, byte } of changes) bytes[at % bytes.length] = byte;
      const found = joined(bytes);
      if (found === null) return;
      read++;
      expect(found).toEqual(JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)));
    }),
    { numRuns: 3000 },
  );
  expect(read).toBeGreaterThan(100);
});

const weights = (text: string): string => `{"weightsManifest":[{"paths":["a.bin"],"weights":[${text}]}]}`;
const one = '{"name":"a","shape":[1],"dtype":"float32"}';
it.each([
  ['a quantized weight', weights('{"name":"a","shape":[1],"dtype":"float32","quantization":{"dtype":"float16"}}')],
  ['an unknown dtype', weights('{"name":"a","shape":[1],"dtype":"float64"}')],
  ['a key twice', weights('{"name":"a","name":"a","shape":[1],"dtype":"float32"}')],
  ['a key of the outermost object twice', weights(one).replace(/}$/, ',"a":1,"a":1}')],
  ['a size below 0', weights('{"name":"a","shape":[-1],"dtype":"float32"}')],
  ['a comma at the end', weights(`${one},`)],
  ['a size that cannot be counted', weights('{"name":"a","shape":[999999999999999,9],"dtype":"float32"}')],
  ['another manifest inside', `{"modelTopology":${weights(one)},"weightsManifest":[]}`],
  [
    'another manifest inside, the first one escaped',
    `{"\\u0077eightsManifest":[{"paths":[],"weights":[]}],"a":${weights(one)}}`,
  ],
  ['text after the end', `${weights(one)}{}`],
])('plainWeights leaves to JSON.parse: %s', (_, text) => {
  expect(plainWeights(encoder.encode(text))).toBeNull();
});

it('openCheckpoint keeps the texts of other entries, in their order, wherever the manifest stands', async () => {
  const text = `{ "a" : [1.50, {"b": "ü"}],"weightsManifest": [{"paths": ["a.bin"], "weights": [${one}]}], "c":null , "d" : "}" }`;
  const files = new Map([
    ['model.json', encoder.encode(text)],
    ['a.bin', new Uint8Array(4)],
  ]);
  const { extras, tensors } = await openCheckpoint(files);
  expect(extras.modelJson).toEqual([
    ['a', '[1.50, {"b": "ü"}]'],
    ['c', 'null'],
    ['d', '"}"'],
  ]);
  expect(tensors.map(({ name }) => name)).toEqual(['a']);
});
