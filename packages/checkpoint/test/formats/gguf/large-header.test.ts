import { expect, it } from 'vitest';
import { faultOf, joined, little, openBytes } from '../../support.ts';

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(8);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([length, bytes]);
};
const [INT32, FLOAT32, STRING, ARRAY] = [5, 6, 8, 9];
const list = (key: string, kind: number, items: Uint8Array[]) =>
  Buffer.concat([text(key), joined(little(ARRAY, 4), little(kind, 4), little(items.length)), ...items]);

/** The header of a language model: tokens, their scores and kinds, merges, and tensors of one number. */
function header(tokens: number, tensors: number): Uint8Array {
  const counted = Array.from({ length: tokens }, (_, i) => i);
  const one = Uint8Array.from(little(1, 4));
  const names = Array.from({ length: tensors }, (_, i) => i);
  return Buffer.concat([
    joined('GGUF', little(3, 4), little(tensors), little(4)),
    list(
      'tokenizer.ggml.tokens',
      STRING,
      counted.map((i) => text(i % 9 === 0 ? `▁wört${i}` : `tok${i}`)),
    ),
    list(
      'tokenizer.ggml.scores',
      FLOAT32,
      counted.map((i) => new Uint8Array(Float32Array.of(-i).buffer)),
    ),
    list(
      'tokenizer.ggml.token_type',
      INT32,
      counted.map(() => one),
    ),
    list(
      'tokenizer.ggml.merges',
      STRING,
      counted.map((i) => text(`t ok${i}`)),
    ),
    ...names.map((i) => joined(text(`blk.${i}.weight`), little(1, 4), little(1), little(0, 4), little(32 * i))),
  ]);
}

it('openCheckpoint reads a GGUF header of 150,000 tokens and 1,000 tensors, much larger than a window, in well under a second', async () => {
  const head = header(150_000, 1000);
  const start = Math.ceil(head.length / 32) * 32;
  const file = new Uint8Array(start + 32 * 999 + 4);
  file.set(head);
  new DataView(file.buffer).setFloat32(start + 32 * 7, 2.5, true);
  const times: number[] = [];
  for (let round = 0; round < 5; round++) {
    const begin = performance.now();
    const { tensors, extras } = await openBytes('a.gguf', file);
    times.push(performance.now() - begin);
    expect(tensors.length).toBe(1000);
    if (round > 0) continue;
    expect(await tensors[7]!.values()).toEqual(Float32Array.of(2.5));
    const tokens = JSON.parse(extras.metadata!['tokenizer.ggml.tokens']!) as string[];
    expect([tokens.length, tokens[9], tokens[149_999]]).toEqual([150_000, '▁wört9', 'tok149999']);
    expect(JSON.parse(extras.metadata!['tokenizer.ggml.scores']!)[149_999]).toBe(-149_999);
  }
  // 50 to 100 ms of work: five times that on a busy machine. With a wait for each value it was seconds.
  expect(Math.min(...times)).toBeLessThan(500);
});

it('openCheckpoint has lists of texts as JSON.stringify does', async () => {
  const texts = [
    '"',
    '\\',
    '\n\t\u0001\u001f\b',
    '\ufeff',
    '😀é\u2028',
    '',
    'a'.repeat(70_000),
    '"'.repeat(300_000),
    '\u007f',
  ];
  const file = joined('GGUF', little(3, 4), little(0), little(1), list('tokens', STRING, texts.map(text)));
  const { extras } = await openBytes('a.gguf', file);
  expect(extras.metadata).toEqual({ tokens: JSON.stringify(texts) });
});

it('openCheckpoint refuses other bytes in a list of texts, and says where', async () => {
  const half = joined(little(1), [0xc3]);
  const head = joined('GGUF', little(3, 4), little(0), little(1));
  const file = joined(head, list('tokens', STRING, [text('a'), half, joined(little(1), [0xa9])]));
  const fault = await faultOf(openBytes('a.gguf', file));
  expect([fault.check, fault.byte]).toEqual(['utf-8', file.length - 18]);
});
