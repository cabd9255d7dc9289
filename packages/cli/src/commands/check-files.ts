import type { FileAccess } from '../files/file-access.ts';
import { namesIn } from '../files/index-names.ts';
import { countText } from '../output/numbers.ts';
import type { Finding } from './finding.ts';

/** What a file begins with that holds no weights, and what that means. */
const BEGINNINGS: readonly (readonly [begin: RegExp, kind: string, message: string, advice: string])[] = [
  [
    /^\s*<(!doctype|html|\?xml|head|body)/i,
    'html',
    'a page of HTML, no weights',
    'the server answered with a page, often its "not found" with status 200: check the address of this file',
  ],
  [
    /^version https:\/\/git-lfs/,
    'git-lfs',
    'a pointer of Git LFS, no weights',
    'the repository was cloned without its large files: git lfs pull',
  ],
  [
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what gzip begins with
    /^\x1f\x8b/,
    'gzip',
    'compressed by gzip',
    'a server sent it without saying Content-Encoding: gzip, or it was never unpacked',
  ],
];

/** The last part of a name. */
const basename = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

/** What is wrong with a file by itself. */
async function fileFinding(files: FileAccess, name: string): Promise<Finding | undefined> {
  const found = await files.size(name);
  if (typeof found === 'string')
    return {
      severity: 'error',
      kind: 'missing',
      where: basename(name),
      message: found === 'ENOENT' ? 'named in the index, and not there' : `cannot be read (${found})`,
      advice: found === 'ENOENT' ? 'all weight files must lie beside the index' : null,
    };
  const begin = String.fromCharCode(...(await files.beginning(name)));
  const [, kind, message, advice] = BEGINNINGS.find(([pattern]) => pattern.test(begin)) ?? [];
  if (kind === undefined) return undefined;
  return {
    severity: 'error',
    kind,
    where: basename(name),
    message: `${message!} (${countText(found)} bytes)`,
    advice: advice!,
  };
}

const numbersIn = (name: string): number[] => [...name.matchAll(/\d+/g)].map(Number);

const inOrder = (a: readonly number[], b: readonly number[]): number => {
  const i = a.findIndex((number, k) => number !== b[k]);
  return i < 0 ? 0 : a[i]! - (b[i] ?? -1);
};

/** Shards that a program has sorted as text, so that 10 comes before 2. */
function orderFinding(names: readonly string[], index: string): Finding[] {
  const sorted = [...names].sort((a, b) => inOrder(numbersIn(a), numbersIn(b)));
  const i = names.findIndex((name, k) => name !== sorted[k]);
  // Names of other patterns have no order by their numbers.
  const patterns = new Set(names.map((name) => name.replaceAll(/\d+/g, '#')));
  if (i < 0 || patterns.size > 1) return [];
  return [
    {
      severity: 'error',
      kind: 'shard-order',
      where: index,
      message: `weight files are listed out of order: ${names[i]} stands where ${sorted[i]} belongs`,
      advice:
        'TensorFlow.js joins them as they are listed, so the values are mixed up: sort paths by number, not as text (1, 2, 10)',
    },
  ];
}

interface Spec {
  readonly name: string;
  readonly bytes: number;
}

const SIZES: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  bool: 1,
  complex64: 8,
  uint8: 1,
  uint16: 2,
  float16: 2,
};

/** Names and bytes of a manifest's weights; undefined where the manifest does not say how long they are. */
function specsOf(groups: readonly unknown[]): Spec[] | undefined {
  const specs = groups.flatMap((group) => (Object(group) as { weights?: unknown[] }).weights ?? []);
  const known = specs.map((spec) => {
    const { name, shape, dtype, quantization } = Object(spec) as Record<string, unknown>;
    const size = SIZES[String((Object(quantization) as { dtype?: unknown }).dtype ?? dtype)];
    const entries = Array.isArray(shape)
      ? shape.reduce((product: number, one) => product * Number(one), 1)
      : Number.NaN;
    return { name: String(name), bytes: entries * (size ?? Number.NaN) };
  });
  return known.every(({ bytes }) => Number.isSafeInteger(bytes)) ? known : undefined;
}

/** Weight files that are longer or shorter than the manifest says, with the tensor at which they end. */
function lengthFinding(groups: readonly unknown[], there: number, index: string): Finding[] {
  const specs = specsOf(groups);
  const needed = specs?.reduce((sum, { bytes }) => sum + bytes, 0);
  if (specs === undefined || needed === there) return [];
  const common = { severity: 'error', kind: 'weights-length', where: index } as const;
  if (there > needed!)
    return [
      {
        ...common,
        message: `the weight files have ${countText(there - needed!)} bytes more than the manifest names: ${countText(there)}, not ${countText(needed!)}`,
        advice: 'they are of another model or an older save; TensorFlow.js would read it without a word',
      },
    ];
  let end = 0;
  const cut = specs.find(({ bytes }) => {
    end += bytes;
    return end > there;
  })!;
  return [
    {
      ...common,
      message: `the manifest needs ${countText(needed! - there)} bytes more: ${countText(needed!)}, and the weight files have ${countText(there)}; they end in ${cut.name}`,
      advice:
        'a download that broke off, a missing file, or files of another model; TensorFlow.js says "tensor should have N values but has M"',
    },
  ];
}

/** What is wrong with the files of a model, each by itself and together; nothing where they are as their index says. */
export async function checkFiles(files: FileAccess): Promise<Finding[]> {
  const { main } = files;
  const own = await fileFinding(files, main);
  if (own) return [own];
  const index = await files.index();
  const names = namesIn(index);
  const found = await Promise.all(names.map((name) => fileFinding(files, name)));
  const alone = found.flatMap((finding) => finding ?? []);
  const groups = Array.isArray(index) ? index : (Object(index) as { weightsManifest?: unknown }).weightsManifest;
  if (!Array.isArray(groups)) return alone;
  const order = groups.flatMap((group) => orderFinding(namesIn([group]), main));
  if (alone.length > 0) return [...alone, ...order];
  const sizes = await Promise.all(names.map((name) => files.size(name)));
  const there = sizes.reduce((sum: number, size) => sum + Number(size), 0);
  return [...order, ...lengthFinding(groups, there, main)];
}
