import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { openCheckpoint, writeCheckpoint } from '@weightkit/checkpoint';
import { pruneCheckpoint } from '@weightkit/pruning/checkpoint';
import { type PackCheckpointOptions, packCheckpoint, quantizeCheckpoint } from '@weightkit/quantization/checkpoint';
import { describe, expect, it, onTestFinished } from 'vitest';
import golden from '../../../checkpoint/test/golden/safetensors.json' with { type: 'json' };
import type { Written } from '../../src/commands/write.ts';
import { resultOf, scratch, serveParts, type TestWeight, weightkit, writeFiles, writeModel } from '../support.ts';

const wave = (name: string, shape: number[], seed = 1): TestWeight => ({
  name,
  shape,
  values: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(seed + i * 1.7)),
});
const WEIGHTS = [wave('conv/kernel', [3, 3, 4, 8]), wave('conv/bias', [8], 3), wave('out/kernel', [32, 10], 9)];
const modelIn = (folder: string) => writeModel(folder, WEIGHTS, { format: 'layers-model', modelTopology: { a: 1 } });
/** A checkpoint that is closed after the test. */
async function opened(path: string) {
  const checkpoint = await openCheckpoint(path);
  onTestFinished(() => checkpoint.close());
  return checkpoint;
}
const filesIn = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(join(folder, name)).toString('base64')]),
  );

/** A signal that is aborted when it is looked at for the n-th time. */
function stopAfter(looks: number): { signal: AbortSignal } {
  const stop = new AbortController();
  let left = looks;
  const look = (): void => {
    if (--left === 0) stop.abort();
  };
  const signal = new Proxy(stop.signal, {
    get(target, name) {
      if (name === 'aborted' || name === 'throwIfAborted') look();
      const value = Reflect.get(target, name, target) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { signal };
}

describe('commands that write', () => {
  it.each([
    ['uint8', [], {}],
    ['float16', ['--dtype', 'float16'], { dtype: 'float16' as const }],
    [
      'rules',
      ['--rule', '**/bias=float16', '--dtype', 'uint16'],
      { dtype: { '**/bias': 'float16', '**': 'uint16' } as const },
    ],
    [
      'a filter',
      ['--filter', '**/kernel', '--rounding', 'float64'],
      { filter: '**/kernel', rounding: 'float64' as const },
    ],
    ['what is left out', ['--exclude', 'conv/*'], { filter: 'out/kernel' }],
    ['both', ['--filter', '**/kernel', '--exclude', 'out/**'], { filter: 'conv/kernel' }],
  ])('quantize with %s writes the bytes of quantizeCheckpoint, within its bounds', async (_, args, options) => {
    const folder = scratch();
    const model = modelIn(folder);
    const written = await resultOf<Written & { quantized: { name: string; bound: number }[] }>([
      'quantize',
      model,
      join(folder, 'out'),
      ...args,
    ]);
    const { checkpoint } = await quantizeCheckpoint(await opened(model), options);
    await writeCheckpoint(checkpoint, join(folder, 'mine'));
    expect(filesIn(join(folder, 'out'))).toEqual(filesIn(join(folder, 'mine')));
    const errors = written.certificate.errors as unknown as Record<string, number>;
    for (const { name, bound } of written.quantized) expect(errors[name]).toBeLessThanOrEqual(bound);
    expect(written.certificate.largestError!.value).toBe(Math.max(...Object.values(errors)));
  });

  it.each<[string, string[], PackCheckpointOptions]>([
    ['int8', [], { grid: { dtype: 'int8', granularity: { axis: -1 } } }],
    ['int4', ['--dtype', 'int4', '--scales', '32'], { grid: { dtype: 'int4', granularity: { group: 32, axis: -2 } } }],
    ['uint2', ['--dtype', 'uint2', '--scales', 'tensor'], { grid: { dtype: 'uint2', granularity: 'tensor' } }],
    ['nf4', ['--dtype', 'nf4'], { grid: { dtype: 'nf4' } }],
    ['float16', ['--dtype', 'float16', '--scales', '8'], { grid: { dtype: 'float16' } }],
    [
      'groups of lists',
      ['--rule', '**/bias=int4', '--scales', '3'],
      { grid: { '**/bias': { dtype: 'int4', granularity: { group: 3, axis: -1 } } } },
    ],
    [
      'rules alone',
      ['--rule', '**/bias=int6', '--rule', 'conv/*=mxfp4'],
      { grid: { '**/bias': { dtype: 'int6', granularity: 'tensor' }, 'conv/*': { dtype: 'mxfp4' } } },
    ],
    [
      'rules beside a data type, and what is left out',
      ['--rule', 'conv/*=uint3', '--dtype', 'ternary', '--exclude', '**/bias'],
      {
        grid: { dtype: 'ternary', granularity: { axis: -1 } },
        rules: { 'conv/*': { dtype: 'uint3', granularity: { axis: -1 } } },
        filter: ['conv/kernel', 'out/kernel'],
      },
    ],
  ])('quantize with %s writes the bytes of packCheckpoint to .compact, with its errors', async (_, args, options) => {
    const folder = scratch();
    const model = modelIn(join(folder, 'm'));
    type Packed = Written & { packed: { name: string; maxError: number }[]; bytes: [number, number] };
    const written = await resultOf<Packed>(['quantize', model, join(folder, 'out.compact'), ...args]);
    const { checkpoint, report } = await packCheckpoint(await opened(model), options);
    await writeCheckpoint(checkpoint, join(folder, 'mine.compact'));
    const [out, mine] = ['out', 'mine'].map((name) => readFileSync(join(folder, `${name}.compact`)));
    expect(out!.equals(mine!)).toBe(true);
    expect(written).toMatchObject(JSON.parse(JSON.stringify(report)));
    const errors = written.certificate.errors as unknown as Record<string, number>;
    for (const { name, maxError } of written.packed) expect(errors[name]).toBe(maxError);
  });

  it('shows what packed codes take and how far they are, and why others stay', async () => {
    const folder = scratch();
    const model = modelIn(folder);
    const { out } = await weightkit(
      ['quantize', model, join(folder, 'a.compact'), '--dtype', 'int4', '--dry-run', '--all'],
      { terminal: 140, env: { NO_COLOR: '1' } },
    );
    for (const part of [
      /out\/kernel +int4 +5\.00 +1,280 +200 +\d+\.\d dB/,
      /conv\/bias +as it was +-.*no kernel of a dense/,
    ])
      expect(out).toMatch(part);
    for (const part of ['2 tensors quantized, 1 as they were', 'would write', 'every tensor within its bound'])
      expect(out).toContain(part);
    expect(readdirSync(folder).filter((name) => name.endsWith('.compact'))).toEqual([]);
  });

  it.each([
    ['a share of each', ['--sparsity', '0.5'], { sparsity: 0.5 }],
    ['percent of all', ['--sparsity', '80%', '--scope', 'global'], { sparsity: 0.8, scope: 'global' as const }],
    ['a number', ['--count', '3', '--filter', 'conv/bias'], { count: 3, filter: 'conv/bias' }],
    [
      'a share, biases and what is left out apart',
      ['--sparsity', '0.5', '--exclude', 'out/*'],
      { sparsity: 0.5, filter: 'conv/kernel' },
    ],
    [
      'a filter and what is left out of it',
      ['--count', '3', '--filter', 'conv/*', '--exclude', '**/kernel'],
      { count: 3, filter: 'conv/bias' },
    ],
    ['n of m', ['--structure', '2:4'], { structure: { n: 2, m: 4 } }],
    ['n of m along an axis', ['--structure', '1:2', '--axis', '-1'], { structure: { n: 1, m: 2, axis: -1 } }],
    ['blocks', ['--structure', '2x2', '--sparsity', '50%'], { structure: { block: [2, 2] }, sparsity: 0.5 }],
    [
      'blocks of which a multiple stays',
      ['--structure', '1x4', '--sparsity', '30%', '--multiple-of', '8'],
      { structure: { block: [1, 4] }, sparsity: 0.3, multipleOf: 8 },
    ],
    [
      'shares by pattern',
      ['--sparsity', 'out/*=0.9', '--sparsity', '**/kernel=25%'],
      { sparsity: { 'out/*': 0.9, '**/kernel': 0.25 } },
    ],
  ])(
    'prune by %s writes the bytes of pruneCheckpoint, and the certificate counts the new zeros',
    async (_, args, options) => {
      const folder = scratch();
      const model = modelIn(folder);
      const written = await resultOf<Written & { zeros: [number, number] }>([
        'prune',
        model,
        join(folder, 'out/model.json'),
        ...args,
      ]);
      const { checkpoint, report } = await pruneCheckpoint(await opened(model), options);
      await writeCheckpoint(checkpoint, join(folder, 'mine'));
      expect(filesIn(join(folder, 'out'))).toEqual(filesIn(join(folder, 'mine')));
      expect(written.certificate).toMatchObject({ zeroed: report.zeros[1] - report.zeros[0], broken: [] });
      expect(written.zeros).toEqual(report.zeros);
    },
  );

  it.each(golden.cases.filter(({ call }) => call === 'safetensors.serialize').map((one) => [one.title, one] as const))(
    'convert gives the bytes of the reference writer again: %s',
    async (_, { file }) => {
      const folder = scratch();
      const bytes = Buffer.from(file, 'base64');
      writeFiles(folder, { 'a.safetensors': bytes });
      expect(await weightkit(['convert', join(folder, 'a.safetensors'), join(folder, 'b.safetensors')])).toMatchObject({
        code: 0,
      });
      expect(readFileSync(join(folder, 'b.safetensors')).equals(bytes)).toBe(true);
    },
  );

  it('convert goes to safetensors and, into the topology, back to the very files', async () => {
    const folder = scratch();
    const model = modelIn(join(folder, 'a'));
    expect(await weightkit(['quantize', model, join(folder, 'b')])).toMatchObject({ code: 0 });
    expect(await weightkit(['convert', model, join(folder, 'w.safetensors')])).toMatchObject({ code: 0 });
    const back = await resultOf<Written>([
      'convert',
      join(folder, 'w.safetensors'),
      join(folder, 'c'),
      '--to',
      'tfjs',
      '--into',
      model,
    ]);
    expect(back.certificate.changed).toBe(0);
    await writeCheckpoint(await opened(model), join(folder, 'mine'));
    expect(filesIn(join(folder, 'c'))).toEqual(filesIn(join(folder, 'mine')));
  });

  it('convert names what a format cannot hold, and how it is left out', async () => {
    const folder = scratch();
    const bytes = Buffer.concat([
      Buffer.alloc(8),
      Buffer.from(
        '{"n":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}',
      ),
      Buffer.alloc(12),
    ]);
    bytes.writeUInt32LE(bytes.length - 20);
    writeFiles(folder, { 'a.safetensors': bytes });
    const line = ['convert', join(folder, 'a.safetensors'), join(folder, 'b/model.json')];
    expect(await weightkit(line)).toMatchObject({
      code: 2,
      err: "weightkit convert: tfjs files cannot hold int64, and n is one\n  try: weightkit convert <input> <output> --exclude 'n' leaves it out\n",
    });
    expect(await weightkit([...line, '--exclude', 'n'])).toMatchObject({ code: 0 });
  });

  it('convert writes a bare manifest without --into, and says so and that nothing is transposed', async () => {
    const folder = scratch();
    const model = modelIn(join(folder, 'a'));
    await weightkit(['convert', model, join(folder, 'w.safetensors')]);
    const { err, code } = await weightkit(['convert', join(folder, 'w.safetensors'), join(folder, 'b/model.json')]);
    expect(code).toBe(0);
    expect(err).toContain('--into model.json puts them into a model');
    expect(err).toContain('nothing was transposed');
    expect(Object.keys(JSON.parse(readFileSync(join(folder, 'b/model.json'), 'utf8')))).toEqual(['weightsManifest']);
  });

  it('convert selects, renames and makes shards; a name for two is refused, and so is a model that does not fit', async () => {
    const folder = scratch();
    const model = modelIn(join(folder, 'a'));
    const out = join(folder, 'w.safetensors');
    const args = [
      '--filter',
      'conv/*',
      '--rename',
      '^conv/=net.',
      '--rename',
      '(.*)\\.kernel$=$1.weight',
      '--shard-bytes',
      '1kb',
    ];
    await resultOf(['convert', model, out, ...args]);
    const { tensors } = await resultOf<{ tensors: { name: string }[] }>([
      'inspect',
      join(folder, 'w.safetensors.index.json'),
    ]);
    expect(tensors.map(({ name }) => name).sort()).toEqual(['net.bias', 'net.weight']);
    const refused = (...line: string[]) => weightkit(['convert', ...line]);
    expect(await refused(model, join(folder, 'x.npz'), '--rename', '.*=w')).toMatchObject({
      code: 2,
      err: expect.stringContaining('got w for conv/kernel and conv/bias'),
    });
    expect(await refused(model, join(folder, 'x/model.json'), '--filter', 'conv/*', '--into', model)).toMatchObject({
      code: 2,
      err: expect.stringContaining('it also has out/kernel'),
    });
    const turned = writeModel(join(folder, 't'), [WEIGHTS[0]!, WEIGHTS[1]!, wave('out/kernel', [10, 32])]);
    expect(await refused(turned, join(folder, 'x/model.json'), '--into', model)).toMatchObject({
      code: 2,
      err: expect.stringContaining(
        'out/kernel is [10, 32], the model has [32, 10]: turned about, and nothing is transposed here',
      ),
    });
    expect(readdirSync(folder).sort()).toEqual([
      'a',
      't',
      'w-00001-of-00002.safetensors',
      'w-00002-of-00002.safetensors',
      'w.safetensors.index.json',
    ]);
  });

  it('--dry-run writes nothing and says to the byte what a write then makes, under names of its own too', async () => {
    const folder = scratch();
    const model = modelIn(join(folder, 'a'));
    for (const [command, output, ...args] of [
      ['quantize', 'q'],
      ['quantize', 'q', '--dtype', 'float16', '--force'],
      ['convert', 'ünï "x".safetensors', '--shard-bytes', '1kb'],
      ['convert', 'own/net-ü.json', '--shard-bytes', '1kb'],
      ['convert', 'own/net-ü.json', '--shard-bytes', '700', '--force'],
      ['prune', 'p.npz', '--count', '9'],
    ] as const) {
      const line = [command, model, join(folder, output), ...args];
      const before = readdirSync(folder);
      const dry = await resultOf<Written>([...line, '--dry-run']);
      expect(readdirSync(folder)).toEqual(before);
      const wet = await resultOf<Written>(line);
      const lengths = ({ files }: Written) => files.map(({ bytes }) => bytes);
      expect(lengths(dry), line.join(' ')).toEqual(lengths(wet));
      expect(dry.after, line.join(' ')).toMatchObject({ bytes: wet.after.bytes });
      expect({ ...dry.certificate }).toEqual({ ...wet.certificate });
      expect(
        wet.files.reduce(
          (sum, { file }) => sum + statSync(join(folder, output, '..', output.includes('.') ? '' : output, file)).size,
          0,
        ),
      ).toBe(wet.after.bytes);
    }
  });

  it('estimates sizes above 64 MB in a dry run too, as the write that it stands for, and says so', async () => {
    const folder = scratch();
    // 68 MB: the second half compresses, the first does not.
    const noise = Uint8Array.from({ length: 1 << 16 }, (_, i) => Math.floor(Math.abs(Math.sin(i) * 1e7)) % 251);
    const data = Buffer.alloc(68_000_000);
    for (let at = 0; at < data.length / 2; at += noise.length)
      data.set(
        noise.map((byte) => (byte + at) % 256),
        at,
      );
    const header = `${JSON.stringify({ w: { dtype: 'F32', shape: [17_000_000], data_offsets: [0, data.length] } })}    `;
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    writeFiles(folder, { 'big.safetensors': Buffer.concat([length, Buffer.from(header), data]) });
    const args = ['convert', join(folder, 'big.safetensors'), join(folder, 'again.safetensors')];
    const dry = await resultOf<Written>([...args, '--dry-run']);
    expect(dry.after).toMatchObject({ bytes: dry.before.bytes, compressed: { exact: false } });
    // The same blocks but for the length of the header.
    const { gzip, brotli } = dry.before.compressed!;
    expect(Math.abs(dry.after.compressed!.gzip / gzip - 1)).toBeLessThan(0.01);
    expect(Math.abs(dry.after.compressed!.brotli / brotli - 1)).toBeLessThan(0.01);
    const { out } = await weightkit([...args, '--dry-run'], { terminal: 90 });
    expect(out).toMatch(/out {2}68\.0 MB \(68,000,0\d\d bytes\), about gzip/);
    expect(out).toContain('gzip and brotli above 64 MB are estimated from 64 blocks; --sizes compresses all');
  }, 60_000);

  it('says what came in and went out, in bytes and by gzip', async () => {
    const folder = scratch();
    const model = modelIn(folder);
    const { out } = await weightkit(['prune', model, join(folder, 'p'), '--sparsity', '0.9', '--format', 'pretty']);
    const gzipped = (name: string) => gzipSync(readFileSync(join(folder, name)), { level: 6 }).length;
    const { after } = await resultOf<Written>(['prune', model, join(folder, 'p2'), '--sparsity', '0.9']);
    expect(after.compressed!.gzip).toBe(gzipped('p/model.json') + gzipped('p/group1-shard1of1.bin'));
    expect(out).toMatch(/\nin {3}[\d.]+ kB \(.*\), gzip .*, brotli .*\nout {2}[\d.]+ kB/);
    expect(out).toMatch(/times smaller by gzip\nwrote /);
    expect(out).toContain('certificate: read back from disk, 547 values became 0 and every other value is as it was');
  });

  it('says of an address what its weights take, since its files are elsewhere', async () => {
    const folder = scratch();
    modelIn(folder);
    const { address } = await serveParts(folder);
    const { out } = await weightkit(['quantize', `${address}/model.json`, join(folder, 'small')], { terminal: 90 });
    const bytes = 4 * (3 * 3 * 4 * 8 + 8 + 320);
    expect(out).toContain(
      `in   ${(bytes / 1000).toFixed(2)} kB (${bytes.toLocaleString('en-US')} bytes) of weights, from an address\n`,
    );
    expect(out).toMatch(/out {2}.*times smaller\n/);
  });

  it('never writes over the input, by another name neither, nor over a model that is there without --force', async () => {
    const folder = scratch();
    const model = modelIn(join(folder, 'a'));
    symlinkSync(join(folder, 'a'), join(folder, 'link'));
    const before = filesIn(join(folder, 'a'));
    for (const output of ['a', 'a/model.json', 'link', 'a/../link/model.json'])
      expect(await weightkit(['quantize', model, join(folder, output), '--force'])).toMatchObject({
        code: 2,
        err: expect.stringContaining('the output must not be the input'),
      });
    expect(filesIn(join(folder, 'a'))).toEqual(before);
    expect(await weightkit(['quantize', model, join(folder, 'b')])).toMatchObject({ code: 0 });
    const taken = await weightkit(['quantize', model, join(folder, 'b'), '--dtype', 'float16']);
    expect(taken).toMatchObject({ code: 2, err: expect.stringMatching(/is there already\n {2}try: .*--force/) });
    expect(await weightkit(['quantize', model, join(folder, 'b'), '--dtype', 'float16', '--force'])).toMatchObject({
      code: 0,
    });
    expect(await weightkit(['convert', model, join(folder, 'w.safetensors'), '--shard-bytes', '1kb'])).toMatchObject({
      code: 0,
    });
    expect(await weightkit(['convert', model, join(folder, 'w.safetensors')])).toMatchObject({ code: 2 });
  });

  it.each([
    [['quantize', 'IN', 'OUT.safetensors'], 'safetensors files have no uint8 codes'],
    [['quantize', 'IN', 'OUT.npz', '--dtype', 'uint16'], 'npz files have no uint16 codes'],
    [['quantize', 'IN', 'OUT', '--rule', 'x=int9'], 'must be one of uint8, uint16, float16, int8'],
    [['quantize', 'IN', 'OUT', '--rule', 'x=int4'], 'tfjs files have no int4 codes'],
    [['quantize', 'IN', 'OUT.safetensors', '--dtype', 'nf4'], 'an output that ends in .compact'],
    [['quantize', 'IN', 'OUT', '--scales', '32'], '--scales is for packed codes'],
    [['quantize', 'IN', 'OUT.compact', '--scales', '0'], 'tensor, channel, or how many inputs'],
    [['quantize', 'IN', 'OUT.compact', '--rounding', 'float32'], '--rounding is of codes of TensorFlow.js'],
    [['quantize', 'IN', 'OUT.compact', '--rule', 'nothing=int4'], 'nothing'],
    [['quantize', 'IN', 'OUT', '--rule', 'nothing=uint8'], 'nothing'],
    [['prune', 'IN', 'OUT'], 'one of --sparsity and --count'],
    [['prune', 'IN', 'OUT', '--sparsity', '1'], 'from 0 to below 1'],
    [['prune', 'IN', 'OUT', '--count', '1e9'], 'an integer'],
    [['prune', 'IN', 'OUT', '--structure', '4:2'], 'It must be unit, channel, n:m, as 2:4'],
    [
      ['prune', 'IN', 'OUT', '--structure', '2:4', '--multiple-of', '4'],
      '--multiple-of is of units, channels and blocks',
    ],
    [
      ['prune', 'IN', 'OUT', '--sparsity', '0.5', '--multiple-of', '4'],
      '--multiple-of is of units, channels and blocks',
    ],
    [['prune', 'IN', 'OUT', '--structure', '2x2', '--sparsity', '0.5', '--multiple-of', '0'], 'an integer, 1 or more'],
    [['prune', 'IN', 'OUT', '--sparsity', '0.5', '--sparsity', 'a=0.5'], 'one share, or a share for each pattern'],
    [['prune', 'IN', 'OUT', '--sparsity', 'conv*/kernel=2'], 'from 0 to below 1'],
    [['prune', 'IN', 'OUT', '--sparsity', 'x*=0.5'], 'a pattern of sparsity must match a tensor (as conv/kernel'],
    [['prune', 'IN', 'OUT', '--sparsity', 'conv*/*=0.5', '--scope', 'global'], '--scope global takes one share'],
    [
      ['prune', 'IN', 'OUT', '--structure', 'unit', '--sparsity', '0.5'],
      'model.json must hold a Sequential or a functional model',
    ],
    [['prune', 'IN', 'OUT', '--structure', '2:4', '--count', '1'], '--structure says how many'],
    [['prune', 'IN', 'OUT', '--structure', '2x2'], 'one of --sparsity and --count'],
    [['prune', 'IN', 'OUT', '--sparsity', '0.5', '--axis', '0'], '--axis is of neighbors'],
    [['convert', 'IN', 'OUT.gguf'], 'must end in .json'],
    [['convert', 'IN', 'OUT.npz', '--to', 'tfjs'], 'must not end as npz'],
    [['convert', 'IN', 'OUT', '--rename', '(=x'], 'Invalid regular expression'],
    [['convert', 'IN', 'OUT.npz', '--into', 'IN'], '--into is for models of TensorFlow.js'],
    [['convert', 'IN', 'OUT.npy'], 'an npy file must hold one tensor'],
    [['report', 'IN', 'OUT.pdf'], 'must end in .html'],
  ])('%j is refused before anything is written: %s', async (args, says) => {
    const folder = scratch();
    const model = modelIn(join(folder, 'a'));
    const line = args.map((word) => word.replace('IN', model).replace('OUT', join(folder, 'out')));
    expect(await weightkit(line)).toMatchObject({ code: 2, out: '', err: expect.stringContaining(says) });
    expect(readdirSync(folder)).toEqual(['a']);
  });

  it('refuses to pack what is packed, until it is told to', async () => {
    const folder = scratch();
    const [once, twice] = ['a', 'b'].map((name) => join(folder, `${name}.compact`));
    await weightkit(['quantize', modelIn(join(folder, 'm')), once!]);
    const again = await weightkit(['quantize', once!, twice!]);
    expect(again).toMatchObject({ code: 2, err: expect.stringContaining('--allow-requantize') });
    expect(await weightkit(['quantize', once!, twice!, '--allow-requantize'])).toMatchObject({ code: 0 });
  });

  it('refuses to quantize what is quantized, until it is told to', async () => {
    const folder = scratch();
    await weightkit(['quantize', modelIn(join(folder, 'a')), join(folder, 'b')]);
    const again = await weightkit(['quantize', join(folder, 'b'), join(folder, 'c')]);
    expect(again).toMatchObject({ code: 2, err: expect.stringContaining('--allow-requantize') });
    expect(await weightkit(['quantize', join(folder, 'b'), join(folder, 'c'), '--allow-requantize'])).toMatchObject({
      code: 0,
    });
  });

  it('ends with 1 where values are NaN, and names the tensor and check', async () => {
    const folder = scratch();
    const model = writeModel(folder, [{ name: 'w', shape: [2, 2], values: [1, Number.NaN, 2, 3] }]);
    for (const args of [['quantize'], ['prune', '--sparsity', '0.5']])
      expect(await weightkit([args[0]!, model, join(folder, 'out'), ...args.slice(1)])).toMatchObject({
        code: 1,
        err: expect.stringMatching(/w\[1\], got NaN\n {2}try: weightkit check/),
      });
    expect(existsSync(join(folder, 'out'))).toBe(false);
  });

  it('leaves nothing behind when it is stopped in the middle', async () => {
    const folder = scratch();
    const model = modelIn(join(folder, 'a'));
    const out = join(folder, 'out');
    let [stopped, whole] = [0, 0];
    for (const [name, output, ...rest] of [
      ['quantize', 'q'],
      ['convert', 'a/w.safetensors'],
      ['prune', 'p', '--sparsity', '0.5'],
      ['report', 'r.html'],
    ] as const)
      for (let looks = 2; looks < 60; looks++) {
        const folder = join(out, `${name}-${looks}`);
        if (name === 'report') mkdirSync(folder, { recursive: true });
        const { signal } = stopAfter(looks);
        const { code, err } = await weightkit([name, model, join(folder, output), ...rest], { signal });
        if (code === 0) break;
        expect(code).toBe(130);
        if (err.includes('written and whole')) {
          whole++;
          expect(await weightkit(['inspect', join(folder, output)])).toMatchObject({ code: 0 });
        } else {
          stopped++;
          expect(err).toBe('weightkit: stopped, nothing is left behind\n');
          expect(name === 'report' ? readdirSync(folder) : existsSync(folder), `${name} after ${looks}`).toEqual(
            name === 'report' ? [] : false,
          );
        }
      }
    expect(stopped).toBeGreaterThan(10);
    expect(whole).toBeGreaterThan(2);
  });

  it('ends with 3 where a folder cannot be written, and leaves nothing', async () => {
    const folder = scratch();
    const model = modelIn(join(folder, 'a'));
    for (const output of ['/dev/full/x', '/proc/x', join(model, 'out')])
      expect(await weightkit(['prune', model, output, '--count', '1']), output).toMatchObject({ code: 3 });
    expect(await weightkit(['prune', model, '/dev/full', '--count', '1'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('is a file'),
    });
    expect(await weightkit(['report', model, join(folder, 'none/r.html')])).toMatchObject({
      code: 3,
      err: expect.stringContaining('no such file'),
    });
  });

  it('ends with 3 on a full disk, and leaves nothing', ({ skip }) => {
    const folder = scratch();
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    const main = new URL('../../dist/main.js', import.meta.url).pathname;
    if (!existsSync(main)) return skip('the command is not built');
    const model = writeModel(join(folder, 'a'), [wave('big', [100, 1000])]);
    const script = `mount -t tmpfs -o size=100k none ${disk} && { ${process.execPath} ${main} convert ${model} ${disk}/w.safetensors 2>&1; echo "ended with $?"; ls -A ${disk} | wc -l; }`;
    let said: string;
    try {
      said = execFileSync('unshare', ['-rm', 'sh', '-c', script], { encoding: 'utf8', stdio: 'pipe' });
    } catch {
      return skip('no disk can be made here');
    }
    expect(said).toMatch(/no space left on the disk\nended with 3\n0\n/);
  });
});

describe('weightkit report', () => {
  it('writes one page that needs nothing from outside, with a figure of each part', async () => {
    const folder = scratch();
    const model = modelIn(folder);
    const page = join(folder, 'r.html');
    expect(await resultOf(['report', model, page, '--title', 'My <model>'])).toMatchObject({ tensors: 3, findings: 0 });
    const html = readFileSync(page, 'utf8');
    expect(html).toContain('<h1>My &lt;model&gt;</h1>');
    for (const heading of ['What was found', 'Where the bytes are', 'Values', 'Spectra', 'Every tensor'])
      expect(html).toContain(`<h2>${heading}</h2>`);
    expect(html).not.toMatch(/(src|href)="http/);
    expect(await weightkit(['report', model, page])).toMatchObject({
      code: 2,
      err: expect.stringContaining('is there already'),
    });
    expect(await weightkit(['report', model, page, '--force'])).toMatchObject({ code: 0 });
    expect(readdirSync(folder).filter((name) => name.includes('partial'))).toEqual([]);
  });
});
