import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fillIntegers, fillNormal, foldIn, randomKey } from '@weightkit/numerics';
import { bundleSources } from './bundle-sources.ts';

/** Numbers of a tensor: 32 MB of float32, of which 1 MB is not 0. */
const [ROWS, COLS, NORMALS] = [8192, 1024, 1 << 18];
const SIZE = ROWS * COLS;

/** Numbers in a file of so many tensors. */
const entriesOf = (tensors: number): number => tensors * SIZE;

const nameOf = (i: number): string => `layers.${String(i).padStart(3, '0')}.weight`;

/** The normals of a tensor and the place of the first, by its number alone. */
function normalsOf(i: number): { from: number; values: Float32Array } {
  const key = foldIn(randomKey(11), i);
  const [from] = fillIntegers(new Int32Array(1), key, { max: SIZE - NORMALS });
  return { from: from!, values: fillNormal(new Float32Array(NORMALS), foldIn(key, 1)) };
}

/** All magnitudes that are not 0, sorted. */
function magnitudesOf(tensors: number): Float32Array {
  const all = new Float32Array(tensors * NORMALS);
  for (let i = 0; i < tensors; i++) all.set(normalsOf(i).values, i * NORMALS);
  return all.map(Math.abs).sort();
}

/** A safetensors file with some of the tensors, sparse on disk: nothing is written where they are 0. */
async function writeSparse(path: string, places: readonly number[]): Promise<void> {
  const bytes = 4 * SIZE;
  const entries = places.map((i, at) => [
    nameOf(i),
    { dtype: 'F32', shape: [ROWS, COLS], data_offsets: [at * bytes, (at + 1) * bytes] },
  ]);
  const json = JSON.stringify(Object.fromEntries(entries));
  const head = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, ' ');
  head.writeBigUInt64LE(BigInt(head.length - 8));
  head.write(json, 8);
  const file = await open(path, 'w');
  try {
    await file.truncate(head.length + places.length * bytes);
    await file.write(head, 0, head.length, 0);
    for (const [at, i] of places.entries()) {
      const { from, values } = normalsOf(i);
      await file.write(new Uint8Array(values.buffer), 0, values.byteLength, head.length + at * bytes + 4 * from);
    }
  } finally {
    await file.close();
  }
}

/** The tensors in one file, and in three with an index. */
async function writeLarge(folder: string, tensors: number): Promise<{ one: string; three: string }> {
  const all = Array.from({ length: tensors }, (_, i) => i);
  const one = join(folder, 'one.safetensors');
  await writeSparse(one, all);
  const shardOf = (i: number): number => Math.floor((3 * i) / tensors);
  const fileOf = (shard: number): string => `three-0000${shard + 1}-of-00003.safetensors`;
  for (const shard of [0, 1, 2])
    await writeSparse(
      join(folder, fileOf(shard)),
      all.filter((i) => shardOf(i) === shard),
    );
  const map = Object.fromEntries(all.map((i) => [nameOf(i), fileOf(shardOf(i))]));
  const three = join(folder, 'three.safetensors.index.json');
  await writeFile(three, JSON.stringify({ metadata: {}, weight_map: map }));
  return { one, three };
}

/** What a child does with a file. */
type LargeTask = 'open' | 'scan' | 'prune' | 'quantize';

/** What a child says: the most memory that it held, in bytes, and what it found. */
interface LargeReport {
  resident: number;
  zeros: number;
  threshold: number | null;
}

const PROGRAM = `
import { readFileSync } from 'node:fs';
import { openCheckpoint, writeCheckpoint } from '@weightkit/checkpoint';
import { extent } from '@weightkit/numerics';
import { pruneCheckpoint } from '@weightkit/pruning/checkpoint';
import { quantizeCheckpoint } from '@weightkit/quantization/checkpoint';
const [task, source, target, sparsity, resume] = process.argv.slice(2);
const checkpoint = await openCheckpoint(source);
const options = { shardBytes: 2 ** 40, resume: resume === 'resume', onProgress: () => console.error('wrote') };
const found = { zeros: 0, threshold: null };
if (task === 'scan')
  for (const tensor of checkpoint.tensors)
    for await (const piece of tensor.chunks(2 ** 18)) {
      const { zeros, nonFinite } = extent(piece);
      if (nonFinite > 0) throw new Error(tensor.name);
      found.zeros += zeros;
    }
if (task === 'prune') {
  const pruned = await pruneCheckpoint(checkpoint, { sparsity: Number(sparsity), scope: 'global' });
  await writeCheckpoint(pruned.checkpoint, target, options);
  Object.assign(found, { zeros: pruned.report.zeros[1], threshold: pruned.report.pruned[0].threshold });
}
if (task === 'quantize') {
  const quantized = await quantizeCheckpoint(checkpoint, { dtype: 'uint8' });
  await writeCheckpoint(quantized.checkpoint, target, options);
}
await checkpoint.close();
const [, kilobytes] = /VmHWM:\\s+(\\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'));
console.log(JSON.stringify({ resident: 1024 * kilobytes, ...found }));
`;

/** What runs a task in a child process with nothing else in it. */
async function largeRunner(folder: string) {
  const program = join(folder, 'large.mjs');
  await bundleSources(PROGRAM, program, { external: ['@tensorflow/*'] });
  return {
    program,
    async run(task: LargeTask, source: string, target = '', sparsity = 0, resume = ''): Promise<LargeReport> {
      const { stdout } = await promisify(execFile)(process.execPath, [
        program,
        task,
        source,
        target,
        `${sparsity}`,
        resume,
      ]);
      return JSON.parse(stdout);
    },
  };
}

/** The MD5 of a file, which is not read whole. */
async function hashOf(path: string): Promise<string> {
  const hash = createHash('md5');
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest('hex');
}

/** Starts a task and kills it when it has written so many tensors; whether it was killed before its end. */
async function killedAfter(tensors: number, args: readonly string[]): Promise<boolean> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let wrote = 0;
  child.stderr.on('data', (text: Buffer) => {
    wrote += `${text}`.split('wrote').length - 1;
    if (wrote >= tensors) child.kill('SIGKILL');
  });
  return new Promise((done) => child.once('close', (_, signal) => done(signal === 'SIGKILL')));
}

/** What became of a large file, and what it must be by sorting all numbers. */
export interface Converted {
  /** The most memory that a process held that opened the file, and one that did the rest, in bytes. */
  resident: { open: number; most: number };
  /** Zeros of the source and of the pruned file, and the threshold: found and expected. */
  found: number[];
  expected: number[];
  /** Hashes of the pruned and the quantized files: from one file, from three, and from one by processes that were killed. */
  hashes: [one: string[], three: string[], resumed: string[]];
  /** Whether each process that was to be killed was. */
  kills: boolean[];
}

/**
 * Scans, prunes and quantizes a file in child processes, the same tensors in three shards, and the file again in processes that are
 * killed and gone on from.
 *
 * @param folder - an empty one, for all files
 * @param tensors - how many, of 32 MB
 * @param sparsity - of the pruned file, over all tensors
 */
export async function convertLarge(folder: string, tensors: number, sparsity: number): Promise<Converted> {
  const { one, three } = await writeLarge(folder, tensors);
  const { program, run } = await largeRunner(folder);
  const open = await run('open', one);
  const scanned = await run('scan', one);
  const residents = [scanned.resident];
  const found = [scanned.zeros];
  const convert = async (source: string, resume = ''): Promise<string[]> => {
    const pruned = await run('prune', source, join(folder, 'pruned.safetensors'), sparsity, resume);
    const quantized = await run('quantize', source, join(folder, 'quantized/model.json'), 0, resume);
    residents.push(pruned.resident, quantized.resident);
    found.push(pruned.zeros, pruned.threshold ?? Number.NaN);
    const files = ['pruned.safetensors', 'quantized/group1-shard1of1.bin', 'quantized/model.json'];
    const hashes = await Promise.all(files.map((file) => hashOf(join(folder, file))));
    for (const file of files) await rm(join(folder, file));
    return hashes;
  };
  const fromOne = await convert(one);
  const fromThree = await convert(three);
  // Killed in the middle, twice each, before it is let to the end.
  const tasks = [
    ['prune', one, join(folder, 'pruned.safetensors'), `${sparsity}`, 'resume'],
    ['quantize', one, join(folder, 'quantized/model.json'), '0', 'resume'],
  ];
  const kills: boolean[] = [];
  for (const task of tasks)
    for (const after of [Math.floor(tensors / 3), Math.floor((2 * tensors) / 3)])
      kills.push(await killedAfter(after, [program, ...task]));
  const hashes: Converted['hashes'] = [fromOne, fromThree, await convert(one, 'resume')];
  const magnitudes = magnitudesOf(tensors);
  const entries = entriesOf(tensors);
  const gone = Math.round(sparsity * entries);
  const expected = [
    entries - magnitudes.filter((size) => size > 0).length,
    ...[one, three, one].flatMap(() => [gone, magnitudes[gone - (entries - magnitudes.length)]!]),
  ];
  return { resident: { open: open.resident, most: Math.max(...residents) }, found, expected, hashes, kills };
}
