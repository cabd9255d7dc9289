// npm run bench:files: weight files looked at and converted, beside Python's tools and cat, on one core; rewrites FILES.md, the table that
// is committed.
//   node files.mjs [--rounds 9] [--megabytes 400] [words of task names]
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { computedTensor, openCheckpoint, plainCodec, writeCheckpoint } from '@weightkit/checkpoint';
import { extent, fillNormal, randomKey } from '@weightkit/numerics';
import { pruneCheckpoint } from '@weightkit/pruning/checkpoint';
import { quantizeCheckpoint } from '@weightkit/quantization/checkpoint';
import { summarize } from '@weightkit/weight-metrics/checkpoint';
import { crc32 } from '../packages/checkpoint/dist/access/crc32.js';
import { machineLine } from './machine.mjs';
import { median } from './measure.mjs';
import { endPython, pythonRunner, versionOf } from './python.mjs';

const { values, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '9' }, megabytes: { type: 'string', default: '400' } },
});
const ROUNDS = Number(values.rounds);
const HEADER_ROUNDS = 9;

// Everything on one core: this process and its children, by another start of it.
const pinned = process.env.WEIGHTKIT_ON_ONE_CORE === '1';
if (!pinned && spawnSync('taskset', ['--version']).status === 0) {
  const { status } = spawnSync('taskset', ['-c', '1', process.execPath, ...process.argv.slice(1)], {
    stdio: 'inherit',
    env: { ...process.env, WEIGHTKIT_ON_ONE_CORE: '1' },
  });
  process.exit(status ?? 1);
}

const memory = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const folder = mkdtempSync(join(memory, 'weightkit-files-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const at = (name) => join(folder, name);

/** A tensor of normals, drawn when it is asked for. */
const normals = (name, rows, cols, seed) =>
  computedTensor({
    name,
    shape: [rows, cols],
    dtype: 'float32',
    codec: plainCodec('float32'),
    byteLength: 4 * rows * cols,
    async *stream() {
      const drawn = new Float32Array(rows * cols);
      fillNormal(drawn, randomKey(seed));
      yield new Uint8Array(drawn.buffer);
    },
  });

const made = (tensors) => ({ format: 'safetensors', tensors, extras: {}, close: async () => {} });

/** A file of kernels of 4 MB, and one of 10,000 tensors of 16 bytes. */
async function makeFiles() {
  const kernels = Array.from({ length: Math.round(Number(values.megabytes) / 4.194304) }, (_, i) =>
    normals(`layers.${i}.weight`, 1024, 1024, i),
  );
  await writeCheckpoint(made(kernels), at('large.safetensors'));
  const small = Array.from({ length: 10_000 }, (_, i) => normals(`layers.${i}.bias`, 1, 4, i));
  await writeCheckpoint(made(small), at('many.safetensors'));
  await writeCheckpoint(made(small), at('many/model.json'));
  writeFileSync(at('tokens.gguf'), vocabulary(150_000));
}

/** A GGUF file with the vocabulary of a language model: tokens, scores, kinds and merges. */
function vocabulary(tokens) {
  const number = (method, bytes, value) => {
    const out = Buffer.alloc(bytes);
    out[method](value);
    return out;
  };
  const u32 = (value) => number('writeUInt32LE', 4, value);
  const u64 = (value) => number('writeBigUInt64LE', 8, BigInt(value));
  const text = (value) => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);
  const list = (key, kind, item) =>
    Buffer.concat([text(key), u32(9), u32(kind), u64(tokens), ...Array.from({ length: tokens }, (_, i) => item(i))]);
  return Buffer.concat([
    Buffer.from('GGUF'),
    u32(3),
    u64(0),
    u64(4),
    list('tokenizer.ggml.tokens', 8, (i) => text(i % 9 === 0 ? `▁wort${i}` : `tok${i}`)),
    list('tokenizer.ggml.scores', 6, (i) => number('writeFloatLE', 4, -i)),
    list('tokenizer.ggml.token_type', 5, () => u32(1)),
    list('tokenizer.ggml.merges', 8, (i) => text(`t ok${i}`)),
  ]);
}

/**
 * What each of some runners takes, by turns: medians of milliseconds of processor time, which other programs on the machine hardly
 * change.
 *
 * @param {Record<string, () => Promise<number>>} runners - each gives the time that it took
 */
async function byTurns(runners) {
  const times = Object.fromEntries(Object.keys(runners).map((name) => [name, []]));
  for (let round = -1; round < ROUNDS; round++)
    for (const [name, run] of Object.entries(runners)) {
      const ms = await run();
      if (round >= 0) times[name].push(ms);
    }
  return Object.fromEntries(Object.entries(times).map(([name, found]) => [name, median(found)]));
}

/** Processor time of this process, all its threads. */
const timed = (body) => async () => {
  const begin = process.cpuUsage();
  await body();
  const { user, system } = process.cpuUsage(begin);
  return (user + system) / 1000;
};

/** That of a command and what it starts: the shell's `times` has minutes and seconds on its second line. */
const sh = (command, name) => async () => {
  if (name) rmSync(at(name), { force: true });
  const out = execFileSync('sh', ['-c', `${command}; times`], { cwd: folder, encoding: 'utf8' });
  const parts = [
    ...out
      .trim()
      .split('\n')
      .at(-1)
      .matchAll(/(\d+)m([\d.]+)s/g),
  ];
  return parts.reduce((sum, [, minutes, seconds]) => sum + 60_000 * Number(minutes) + 1000 * Number(seconds), 0);
};

/** The median of what it takes a new process that has loaded the package to open a file, in milliseconds of processor time. */
function openingTime(path) {
  const program = `
    import { openCheckpoint } from '@weightkit/checkpoint';
    await openCheckpoint({ weightSpecs: [] });
    const begin = process.cpuUsage();
    const checkpoint = await openCheckpoint(process.argv[1]);
    const { user, system } = process.cpuUsage(begin);
    console.log((user + system) / 1000);
    await checkpoint.close();`;
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  const once = () =>
    Number(execFileSync(process.execPath, ['--input-type=module', '-e', program, path], { cwd, encoding: 'utf8' }));
  return median(Array.from({ length: HEADER_ROUNDS }, once));
}

/** @param {string} [name] - what `body` writes: deleted before, and not timed, for a file that is written over is not what is measured */
const opened = (body, name) => {
  const run = timed(async () => {
    const checkpoint = await openCheckpoint(at('large.safetensors'));
    try {
      await body(checkpoint, name && at(name));
    } finally {
      await checkpoint.close();
    }
  });
  return async () => {
    if (name) rmSync(at(name), { recursive: true, force: true });
    return run();
  };
};

const written = (name, body) => opened(body, name);

const file = JSON.stringify(at('large.safetensors'));
const SETUP = `
import time, zlib, numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file
def tensors():
    with safe_open(${file}, 'numpy') as f:
        for name in f.keys():
            yield name, f.get_tensor(name)
def scan():
    return all(np.isfinite(x).all() for _, x in tensors())
def checksum():
    crc = 0
    room = memoryview(bytearray(1 << 20))
    with open(${file}, 'rb', buffering=0) as f:
        while n := f.readinto(room):
            crc = zlib.crc32(room[:n], crc)
def moments():
    for _, x in tensors():
        x = x.astype(np.float64)
        d = x - x.mean()
        x.min(), x.max(), np.abs(x).sum(), (d ** 2).mean(), (d ** 3).mean(), (d ** 4).mean()
def affine():
    with open(${JSON.stringify(at('python.bin'))}, 'wb') as out:
        for _, x in tensors():
            low, high = x.min(), x.max()
            scale = (high - low) / 255
            zero = np.round(-low / scale) * scale
            out.write(np.round((np.clip(x, -zero, high) + zero) / scale).astype(np.uint8).tobytes())
def halves():
    save_file({name: x.astype(np.float16) for name, x in tensors()}, ${JSON.stringify(at('python.safetensors'))})
def prune():
    kept = dict(tensors())
    size = np.concatenate([np.abs(x).ravel() for x in kept.values()])
    bound = np.partition(size, size.size // 2)[size.size // 2]
    save_file({name: np.where(np.abs(x) < bound, np.float32(0), x) for name, x in kept.items()}, ${JSON.stringify(at('python.safetensors'))})
`;
/** Processor time of a statement of Python. */
function python(statement) {
  const line = `begin = time.process_time(); ${statement}; print(1000 * (time.process_time() - begin), end='')`;
  const run = pythonRunner('safetensors', SETUP, line);
  return (
    run &&
    (async () => {
      for (const name of ['python.bin', 'python.safetensors']) rmSync(at(name), { force: true });
      return Number(await run());
    })
  );
}

const TASKS = [
  {
    task: 'all values finite, and their range',
    goal: 2,
    ours: opened(async ({ tensors }) => {
      for (const tensor of tensors)
        for await (const piece of tensor.chunks(1 << 18)) if (extent(piece).nonFinite > 0) throw new Error(tensor.name);
    }),
    python: python('scan()'),
    limit: 'read',
  },
  {
    task: 'CRC-32 of all bytes',
    goal: 2,
    ours: opened(async ({ tensors }) => {
      let crc = 0;
      for (const tensor of tensors) for await (const piece of tensor.byteChunks(1 << 20)) crc = crc32(piece, crc);
    }),
    python: python('checksum()'),
    limit: 'read',
  },
  {
    task: 'summarize, without spectra',
    ours: opened((checkpoint) => summarize(checkpoint, { spectra: false })),
    python: python('moments()'),
    limit: 'read',
  },
  {
    task: 'copy to safetensors',
    ours: written('copy.safetensors', (checkpoint, path) => writeCheckpoint(checkpoint, path)),
    python: python("save_file(dict(tensors()), 'python.safetensors')".replace("'python", `'${folder}/python`)),
    limit: 'copied',
  },
  ...['uint8', 'float16'].map((dtype) => ({
    task: `quantize to ${dtype}, file to file`,
    goal: 1,
    ours: written(dtype, async (source, path) => {
      const { checkpoint } = await quantizeCheckpoint(source, { dtype });
      await writeCheckpoint(checkpoint, join(path, 'model.json'), { shardBytes: 2 ** 32 });
    }),
    python: python(dtype === 'uint8' ? 'affine()' : 'halves()'),
    limit: 'copied',
  })),
  ...['tensor', 'global'].map((scope) => ({
    task: `prune half, ${scope === 'tensor' ? 'each tensor' : 'all tensors together'}, file to file`,
    ours: written('pruned.safetensors', async (source, path) => {
      const { checkpoint } = await pruneCheckpoint(source, { sparsity: 0.5, scope });
      await writeCheckpoint(checkpoint, path);
    }),
    python: scope === 'global' ? python('prune()') : null,
    limit: 'copied',
  })),
];

const load = () => loadavg()[0].toFixed(1);
const before = load();
await makeFiles();
const HEADERS = [
  ['safetensors, 10,000 tensors', 'many.safetensors'],
  ['model.json, 10,000 weights', 'many/model.json'],
  ['GGUF, 150,000 tokens with scores, kinds and merges', 'tokens.gguf'],
];
const met = (good) => (good ? 'met' : '**missed**');
const headers = HEADERS.filter(([task]) => wanted.every((word) => task.includes(word))).map(([task, name]) => {
  const ms = openingTime(at(name));
  const row = [task, `${(statSync(at(name)).size / 1e6).toFixed(1)}`, ms.toFixed(1), `< 50 ms: ${met(ms < 50)}`];
  console.log(row.join(' | '));
  return row;
});

const size = statSync(at('large.safetensors')).size;
const speed = (ms) => (size / ms / 1e6).toFixed(2);
const rows = [];
for (const { task, goal, ours, python: peer, limit } of TASKS) {
  if (!wanted.every((word) => task.includes(word))) continue;
  const cat =
    limit === 'read' ? sh('cat large.safetensors > /dev/null') : sh('cat large.safetensors > cat.bin', 'cat.bin');
  const times = await byTurns({ ours, limit: cat, ...(peer ? { peer } : {}) });
  const row = [
    task,
    speed(times.ours),
    peer ? speed(times.peer) : '',
    peer ? `${(times.peer / times.ours).toFixed(1)} x` : '',
    speed(times.limit),
    goal ? `≥ ${goal} GB/s: ${met(size / times.ours / 1e6 >= goal)}` : '',
  ];
  rows.push(row);
  console.log(row.join(' | '));
}
endPython();

const versions = ['numpy', 'safetensors'].map((name) => [name, versionOf(name)]);
const missing = versions.filter(([, version]) => version === null).map(([name]) => name);
const table = [
  '# Files',
  '',
  `Generated by \`npm run bench:files\`; do not edit. A safetensors file of ${(size / 1e6).toFixed(0)} MB in memory (${memory === '/dev/shm' ? 'tmpfs' : 'the temporary folder'}), float32`,
  'normals in tensors of 4 MB, is read, or converted into another file there. Ours, Python and `cat` in turn, medians of',
  `${ROUNDS} rounds, in GB of the source for each second; ${pinned ? 'all on one core' : '**not held to one core**, for want of taskset'}. \`cat\` into nothing is the limit for what reads, into a file`,
  'for what writes. Python is numpy over safetensors, tensor by tensor. Quantizing reads the source twice, pruning three or four',
  'times. A second is one of processor time, of all threads: what else runs on the machine, its load, changes that less.',
  '',
  machineLine(
    [],
    [
      ...versions.map(([name, version]) => (version ? `${name} ${version}` : `no ${name}`)),
      `load ${before} before and ${load()} after`,
    ],
  ),
  ...(missing.length > 0 ? ['', `Python's rows are left out: no ${missing.join(', ')}.`] : []),
  '',
  '| task | weightkit (GB/s) | Python (GB/s) | ratio | cat (GB/s) | goal |',
  '| --- | ---: | ---: | ---: | ---: | --- |',
  ...rows.map((row) => `| ${row.join(' | ')} |`),
  '',
  `Headers, opened by a new process that has loaded the package: medians of ${HEADER_ROUNDS} processes.`,
  '',
  '| file | MB | ms | goal |',
  '| --- | ---: | ---: | --- |',
  ...headers.map((row) => `| ${row.join(' | ')} |`),
  '',
];
if (wanted.length === 0) writeFileSync(new URL('FILES.md', import.meta.url), table.join('\n'));
