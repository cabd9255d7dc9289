import { beginsAsJson, indexIn, MAX_INDEX, namesIn } from './command.ts';
import type { Given } from './given.ts';

/** One model among the files that were given. */
export interface Picked {
  /** The file that it is opened by. */
  readonly main: File;
  /** The files that the main file names and that are there, by these names; in its order. */
  readonly beside: ReadonlyMap<string, File>;
  /** Names of files that are not there. */
  readonly missing: readonly string[];
  /** What the main file says where it is an index. */
  readonly index: unknown;
}

/** There is not one model in the files: the message says what there is, and what to do. */
export class NoModel extends Error {}

const OPENED = 'model.json with its weight files, .safetensors, .npz, .npy, .compact or .gguf';

/** Files that programs leave in folders. */
const isHidden = (path: string): boolean =>
  path.split('/').some((part) => /^(\.|__MACOSX$|Thumbs\.db$|desktop\.ini$)/i.test(part));
const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);
const list = (names: readonly string[]): string =>
  names.length > 4 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(' and ');

const textOf = async (file: File, length: number): Promise<string> =>
  String.fromCharCode(...new Uint8Array(await file.slice(0, length).arrayBuffer()));

const ARCHIVES = ['PK\x03\x04', '\x1f\x8b', '7z\xbc\xaf', 'Rar!'];
const isArchive = (begin: string): boolean => ARCHIVES.some((signs) => begin.startsWith(signs));
const isPicture = (begin: string): boolean =>
  /^(\xff\xd8\xff|\x89PNG|GIF8|RIFF....WEBP|....ftyp(heic|avif|mif1))/s.test(begin);

/** What files that hold no weights for this page are, by name and beginning, and what to do; the first that fits. */
const OTHERS: readonly (readonly [is: (name: string, begin: string) => boolean, remedy: (name: string) => string])[] = [
  [
    (name) => /^group\d+-shard\d+of\d+|\.bin$/i.test(name),
    (name) =>
      `${name} holds the weights of a model of TensorFlow.js, and model.json, which says what they are, is missing: drop both together, or the whole folder.`,
  ],
  [
    (name) => /\.(pt|pth|ckpt)$/i.test(name),
    (name) =>
      `${name} is a file of PyTorch, which holds Python objects: save the weights by safetensors.torch.save_file, and drop that file.`,
  ],
  [
    (name, begin) => /\.(h5|hdf5|keras)$/i.test(name) || begin.startsWith('\x89HDF'),
    (name) =>
      `${name} is a file of Keras: make a model.json of it by tensorflowjs_converter, and drop that with its weight files.`,
  ],
  [
    (name) => /\.(onnx|tflite|pb|mlmodel)$/i.test(name),
    (name) => `${name} is a model for another runtime, which this page does not read: it opens ${OPENED}.`,
  ],
  [(_, begin) => isArchive(begin), (name) => `${name} is an archive: unpack it, and drop the folder that comes out.`],
  [(_, begin) => isPicture(begin), (name) => `${name} is a picture and holds no weights: this page opens ${OPENED}.`],
  [
    (name) => /\.json$/i.test(name),
    (name) =>
      `${name} lists no weights: drop the model.json that TensorFlow.js has saved, which has a weightsManifest, with its weight files.`,
  ],
  [() => true, (name) => `${name} holds no weights that this page can read: it opens ${OPENED}.`],
];

interface Candidate extends Given {
  readonly index: unknown;
}

/** What a JSON file says where it names weight files; undefined where it does not. */
async function indexOf(file: File): Promise<unknown> {
  if (file.size > MAX_INDEX || !beginsAsJson(await textOf(file, 64))) return undefined;
  const index = indexIn(await file.text());
  const { weightsManifest, weight_map: map } = Object(index) as { weightsManifest?: unknown; weight_map?: unknown };
  const isManifest = Array.isArray(index) && namesIn(index).length > 0;
  return isManifest || Array.isArray(weightsManifest) || map !== undefined ? index : undefined;
}

/** The file as one that a model may be opened by; undefined where it is none. */
async function candidate({ path, file }: Given): Promise<Candidate | undefined> {
  const name = nameOf(path);
  if (/\.(safetensors|npz|npy|compact|gguf)$/i.test(name)) return { path, file, index: undefined };
  if (!/\.json$/i.test(name)) {
    // Of files without one of these endings those are taken that say what they are.
    const begin = await textOf(file, 6);
    return begin.startsWith('GGUF') || begin === '\x93NUMPY' ? { path, file, index: undefined } : undefined;
  }
  const index = await indexOf(file);
  if (index !== undefined) return { path, file, index };
  // What it is instead - cut off, a page of HTML, a pointer of Git LFS - is said when it is opened.
  const broken = /^model\b/i.test(name) && indexIn(await file.slice(0, MAX_INDEX).text()) === undefined;
  return broken ? { path, file, index: undefined } : undefined;
}

/** A weight file by its name in the index: below its folder, or, where files were given without folders, by its own name. */
function besideOf(main: Given, name: string, all: readonly Given[]): File | undefined {
  const there = all.find(({ path }) => path === folderOf(main.path) + name);
  return (there ?? all.find(({ path }) => path === nameOf(name)))?.file;
}

async function whyNone(files: readonly Given[]): Promise<NoModel> {
  const begins = await Promise.all(files.slice(0, 50).map(async ({ file }) => textOf(file, 16)));
  for (const [is, remedy] of OTHERS) {
    const found = begins.findIndex((begin, i) => is(nameOf(files[i]!.path), begin));
    if (found >= 0) return new NoModel(remedy(nameOf(files[found]!.path)));
  }
  return new NoModel(`There is no file in it: drop ${OPENED}, or the folder that holds them.`);
}

/**
 * Finds the model in files that were dropped or chosen.
 *
 * @throws NoModel unless there is exactly one
 */
export async function pickModel(given: readonly Given[]): Promise<Picked> {
  const files = given.filter(({ path }) => !isHidden(path));
  const found: Candidate[] = [];
  for (const one of files) {
    const main = await candidate(one);
    if (main) found.push(main);
  }
  const named = new Set(
    found.flatMap((main) =>
      namesIn(main.index)
        .map((name) => besideOf(main, name, files))
        .filter(Boolean),
    ),
  );
  const mains = found.filter(({ file }) => !named.has(file));
  if (mains.length === 0) throw await whyNone(files);
  const names = mains.map(({ path }) => path);
  if (mains.length > 1) {
    const parts = names.filter((name) => /-\d{5}-of-\d{5}\.(safetensors|compact)$/i.test(name));
    const ending = /\.compact$/i.test(names[0]!) ? 'compact' : 'safetensors';
    throw new NoModel(
      parts.length === names.length
        ? `${list(names.map(nameOf))} are parts of one model, and its index (model.${ending}.index.json) is missing: drop it together with them, or the whole folder.`
        : `There are ${names.length} models in it, ${list(names)}: drop one of them. To compare two there is npx weightkit diff.`,
    );
  }
  const [main] = mains as [Candidate];
  const beside = new Map<string, File>();
  const missing: string[] = [];
  for (const name of namesIn(main.index)) {
    const file = besideOf(main, name, files);
    if (file) beside.set(name, file);
    else missing.push(name);
  }
  return { main: main.file, beside, missing, index: main.index };
}

/** Why a model with a part of its files is not opened, and what to do. */
export function incomplete({ main, beside, missing }: Picked): string {
  const shown = missing.length > 6 ? [...missing.slice(0, 5), `${missing.length - 5} more`] : missing;
  const all = missing.length + beside.size;
  const what =
    all === 1
      ? 'The weight file'
      : missing.length === all
        ? `All ${all} weight files`
        : `${missing.length} of the ${all} weight files`;
  const verb = missing.length === 1 ? 'is' : 'are';
  return `${what} that ${main.name} names ${verb} missing: ${shown.join(', ')}. Drop all files together, or the whole folder.`;
}
