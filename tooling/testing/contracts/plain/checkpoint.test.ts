import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as kit from '@weightkit/checkpoint';
import { afterAll } from 'vitest';
import { type Refusal, testRefusals } from '../../src/refusals.ts';
import { close, FLAGS, FUNCTIONS, opened, TEXTS } from './opened.ts';

const folder = mkdtempSync(join(tmpdir(), 'refusals-'));
afterAll(() => rmSync(folder, { recursive: true }));

let round = 0;
function fresh<T>(target: T): T {
  if (target instanceof Map) return new Map() as T;
  return typeof target === 'string' && target !== '' ? (join(folder, `${round++}`, target) as T) : target;
}

const bytes = () => new Uint8Array(Float32Array.of(1, 2).buffer);
const computed = (): kit.Computed => ({
  name: 'w',
  shape: [2],
  dtype: 'float32',
  codec: kit.plainCodec('float32'),
  byteLength: 8,
  stream: async function* () {
    yield bytes();
  },
});

const coded = (): kit.CodedTensor => ({
  name: 'w',
  shape: [2],
  encoding: {
    kind: 'codes',
    grid: 'int4',
    bits: 4,
    signed: true,
    view: [2],
    block: [1],
    scales: 'float32',
    zeroPoints: false,
    codebook: 0,
  },
  parts: () => ({ codes: Int8Array.of(1, 2), scales: Float32Array.of(1, 2), zeroPoints: null, codebook: null }),
});

async function drain(pieces: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of pieces);
}
let stored: kit.Checkpoint | undefined;
/** The methods of a tensor that `of` makes. */
const reading = (of: string, tensor: () => kit.CheckpointTensor | Promise<kit.CheckpointTensor>): Refusal[] =>
  (['chunks', 'byteChunks'] as const).map((name) => ({
    name,
    of,
    call: async (count: number) => drain((await tensor())[name](count)),
    args: () => [1],
    takes: { count: ['1', '2'] },
  }));

testRefusals(
  '@weightkit/checkpoint',
  kit,
  [
    {
      name: 'ask',
      of: 'checkCheckpoint',
      call: (checkpoint: kit.Checkpoint) => kit.checkCheckpoint('ask', 'checkpoint', checkpoint),
      args: async () => [await opened()],
      takes: { checkpoint: [] },
      done: close,
    },
    {
      name: 'ask',
      of: 'checkListening',
      call: (onProgress: unknown, signal: unknown) => kit.checkListening('ask', { onProgress, signal }),
      args: () => [() => {}, new AbortController().signal],
      takes: { 'onProgress?': FUNCTIONS, 'signal?': [] },
    },
    {
      name: 'codedTensor',
      call: kit.codedTensor,
      args: () => [coded()],
      takes: {
        coded: [],
        'coded.name': TEXTS,
        'coded.shape': [],
        'coded.encoding': [],
        'coded.parts': FUNCTIONS,
      },
    },
    ...reading('codedTensor', () => kit.codedTensor(coded())),
    { name: 'codeParts', call: kit.codeParts, args: () => [kit.codedTensor(coded())], takes: { tensor: [] } },
    {
      name: 'computedTensor',
      call: kit.computedTensor,
      args: () => [computed()],
      takes: {
        computed: [],
        'computed.name': TEXTS,
        'computed.shape': ['[]'],
        'computed.dtype': [],
        'computed.encoding?': [],
        'computed.codec': [],
        'computed.byteLength': ['0', '1', '2'],
        'computed.stream': FUNCTIONS,
      },
    },
    ...reading('computedTensor', () => kit.computedTensor(computed())),
    { name: 'globToRegExp', call: kit.globToRegExp, args: () => ['a*'], takes: { glob: TEXTS } },
    {
      name: 'ask',
      of: 'makeFolder',
      // A text is the name of a folder.
      call: (path: never) => kit.makeFolder('ask', fresh(path)),
      args: () => ['made'],
      takes: { path: ["'5'", "'nonsense'"] },
    },
    {
      name: 'mapCheckpoint',
      call: kit.mapCheckpoint,
      args: async () => [await opened(), () => null, {}],
      takes: { checkpoint: [], transform: [], 'options?': [], 'options.identity?': TEXTS },
      own: ['class'],
      done: close,
    },
    {
      name: 'ask',
      of: 'nameMatcher',
      call: (filter: never) => kit.nameMatcher('ask', 'name', filter, (name: string) => name)('w'),
      args: () => ['a*'],
      takes: { filter: [...TEXTS, '[]', "['5']", 'many texts', 'RegExp'] },
      own: ['class'],
    },
    {
      name: 'openCheckpoint',
      call: kit.openCheckpoint,
      args: () => [{ weightSpecs: [{ name: 'w', shape: [2], dtype: 'float32' }], weightData: bytes().buffer }, {}],
      takes: { source: [], 'options?': [], 'options.signal?': [], 'options.fetch?': FUNCTIONS },
      free: (checkpoint) => (checkpoint as kit.Checkpoint).close(),
    },
    {
      name: 'openCheckpoint',
      call: kit.openCheckpoint,
      args: () => [{ weightSpecs: [{ name: 'w', shape: [2], dtype: 'float32' }], weightData: bytes().buffer }],
      takes: { source: [], 'source.weightSpecs': [], 'source.weightData': ['ArrayBuffer'] },
    },
    {
      name: 'openCheckpoint',
      call: (load: never) => kit.openCheckpoint({ load }),
      args: () => [async () => ({ weightSpecs: [] })],
      takes: { load: [] },
      own: ['class'],
    },
    ...reading('openCheckpoint', async () => {
      stored ??= await opened();
      return stored.tensors[0]!;
    }),
    {
      name: 'lendBuffer',
      call: kit.lendBuffer,
      args: () => [new Uint8Array(1 << 20)],
      takes: { buffer: [] },
    },
    { name: 'loadFormats', call: kit.loadFormats, args: () => [], takes: {} },
    {
      name: 'plainCodec',
      call: kit.plainCodec,
      args: () => ['float32'],
      takes: { dtype: [] },
    },
    {
      name: 'ask',
      of: 'saveModel',
      call: (json: never, checkpoint: kit.Checkpoint) => kit.saveModel('ask', fresh(json), checkpoint),
      args: async () => ['model.json', await opened()],
      takes: { json: ["'5'", "'nonsense'"], checkpoint: [] },
      done: close,
    },
    {
      name: 'ask',
      of: 'tensorMatcher',
      call: (filter: never) => kit.tensorMatcher('ask', filter)(kit.computedTensor(computed())),
      args: () => ['a*'],
      takes: { filter: [...TEXTS, '[]', "['5']", 'many texts', 'RegExp'] },
      own: ['class'],
    },
    {
      name: 'ask',
      of: 'toArtifacts',
      call: (checkpoint: kit.Checkpoint) => kit.toArtifacts(checkpoint, 'ask'),
      args: async () => [await opened()],
      takes: { checkpoint: [] },
      done: close,
    },
    {
      name: 'whyNoNumbers',
      call: kit.whyNoNumbers,
      args: () => [kit.computedTensor(computed())],
      takes: { tensor: [] },
    },
    {
      name: 'writeCheckpoint',
      // A text is the name of a folder; nothing is written twice.
      call: (checkpoint: kit.Checkpoint, target: never, options: never) =>
        kit.writeCheckpoint(checkpoint, fresh(target), options),
      args: async () => [await opened(), new Map(), {}],
      takes: {
        checkpoint: [],
        target: ["'5'", "'nonsense'", 'Map'],
        'options?': [],
        'options.format?': [],
        'options.shardBytes?': ['1', '2'],
        'options.overwrite?': FLAGS,
        // The target is a Map, which no write is gone on with.
        'options.resume?': ['false'],
        'options.onProgress?': ['function', 'async function'],
        'options.signal?': [],
      },
      own: ['class'],
      done: close,
    },
  ],
  {},
  { CheckpointError: 'an error, of any values' },
);
