import { readFileSync } from 'node:fs';
import { CheckpointError, openCheckpoint, writeCheckpoint } from '@weightkit/checkpoint';
import { fillBits, randomKey } from '@weightkit/numerics';
import { expect, it } from 'vitest';
import { crc32 } from '../src/access/crc32.ts';
import { sectionLengths } from '../src/formats/compact/sections.ts';

const golden = (name: string): { file?: string }[] =>
  JSON.parse(readFileSync(new URL(`../test/golden/${name}.json`, import.meta.url), 'utf8')).cases;
const files = (name: string): Uint8Array[] =>
  golden(name).flatMap(({ file }) => (file ? [new Uint8Array(Buffer.from(file, 'base64'))] : []));

const RUNS = 20_000;
// The longest that one file of a few kB may take on a busy machine; a hang would not end at all.
const MILLISECONDS = 2000;

/** Changes some bytes, cuts, doubles or swaps pieces; the same for the same number. */
function mutate(bytes: Uint8Array, run: number): Uint8Array {
  const bits = fillBits(new Uint32Array(16), randomKey(run, 'mutate'));
  let next = 0;
  const draw = (below: number): number => bits[next++ % 16]! % Math.max(1, below);
  let out = bytes.slice();
  for (let change = 1 + draw(4); change > 0; change--) {
    const at = draw(out.length);
    const kind = draw(5);
    if (kind === 0) out[at] = draw(256);
    else if (kind === 1) out[at] = out[at]! ^ (1 << draw(8));
    else if (kind === 2) out = out.slice(0, at);
    else if (kind === 3) out = Uint8Array.from([...out.subarray(0, at), ...out.subarray(draw(out.length))]);
    else out.fill([0, 255, 0x7f, 0x80][draw(4)]!, at, at + 1 + draw(8));
  }
  return out;
}

/** Opens and reads everything; the error, if there is one. */
async function readAll(source: Uint8Array | Map<string, Uint8Array>): Promise<unknown> {
  try {
    const checkpoint = await openCheckpoint(source);
    for (const tensor of checkpoint.tensors) await tensor.values();
    return undefined;
  } catch (error) {
    return error;
  }
}

it.each(['safetensors', 'numpy', 'gguf'])(
  'a mutated file of %s opens or is refused by one clear error, in bounded time',
  async (name) => {
    const originals = files(name);
    const slow: number[] = [];
    let opened = 0;
    for (let run = 0; run < RUNS; run++) {
      const begin = performance.now();
      const error = await readAll(mutate(originals[run % originals.length]!, run));
      if (performance.now() - begin > MILLISECONDS) slow.push(run);
      if (error === undefined) opened++;
      else expect(error, `run ${run}`).toBeInstanceOf(CheckpointError);
    }
    expect(slow).toEqual([]);
    // Mutations of numbers alone leave a file that opens; if none did, the mutations would test nothing but the first check.
    expect(opened).toBeGreaterThan(RUNS / 100);
  },
  600_000,
);

it('a mutated model.json opens or is refused by one clear error, in bounded time', async () => {
  const source = await openCheckpoint(files('safetensors')[2]!);
  const written = new Map<string, Uint8Array>();
  await writeCheckpoint(source, written, { format: 'tfjs' });
  for (let run = 0; run < RUNS; run++) {
    const mutated = new Map(written);
    mutated.set('model.json', mutate(written.get('model.json')!, run));
    const error = await readAll(mutated);
    if (error !== undefined) expect(error, `run ${run}`).toBeInstanceOf(CheckpointError);
  }
}, 600_000);

/** A compact file whose header or sections are changed, and whose checksums are those of what is there then. */
function mutateCompact(file: Uint8Array, places: readonly [begin: number, end: number][], run: number): Uint8Array {
  const start = 24 + new DataView(file.buffer).getUint32(16, true);
  const data = file.slice(start);
  for (const [i, [begin, end]] of places.entries()) {
    if ((run + i) % 3 > 0) continue;
    const changed = mutate(data.slice(begin, end), run + i).subarray(0, end - begin);
    data.set(changed, begin);
    new DataView(data.buffer).setUint32(end, crc32(data.subarray(begin, end)), true);
  }
  const header = run % 2 ? mutate(file.slice(24, start), run) : file.slice(24, start);
  const out = new Uint8Array(24 + header.length + data.length);
  out.set(file.subarray(0, 24));
  out.set(header, 24);
  out.set(data, 24 + header.length);
  const view = new DataView(out.buffer);
  view.setUint32(12, crc32(header), true);
  view.setBigUint64(16, BigInt(header.length), true);
  return out;
}

it('a mutated file of compact opens or is refused by one clear error, with its checksums set right or not', async () => {
  const [file] = files('compact') as [Uint8Array];
  const { tensors } = await openCheckpoint(file);
  const places: [number, number][] = [];
  const header = JSON.parse(
    new TextDecoder().decode(file.subarray(24, 24 + new DataView(file.buffer).getUint32(16, true))),
  ) as { model: number };
  let at = 0;
  for (const length of [
    header.model,
    ...tensors.flatMap(({ shape, encoding, byteLength }) => sectionLengths(shape, encoding, byteLength)),
  ]) {
    places.push([at, at + length]);
    at += length + 4;
  }
  const slow: number[] = [];
  let opened = 0;
  for (let run = 0; run < RUNS; run++) {
    const begin = performance.now();
    const error = await readAll(run % 8 === 0 ? mutate(file, run) : mutateCompact(file, places, run));
    if (performance.now() - begin > MILLISECONDS) slow.push(run);
    if (error === undefined) opened++;
    else expect(error, `run ${run}`).toBeInstanceOf(CheckpointError);
  }
  expect(slow).toEqual([]);
  expect(opened).toBeGreaterThan(RUNS / 100);
}, 600_000);
