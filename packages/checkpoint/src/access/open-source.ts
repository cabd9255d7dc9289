import { checkType } from '@weightkit/numerics/check';
import { CheckpointError, checkFile } from '../checkpoint-error.ts';
import { type ByteSource, blobSource, bytesSource } from './byte-source.ts';
import { beside, isFolder, pathOfUrl, pathSource, within } from './platform.ts';
import { type FetchOptions, urlSource } from './url-source.ts';

/** The part of a FileSystemDirectoryHandle that is read. */
export interface DirectoryHandleLike {
  readonly kind: 'directory';
  readonly name: string;
  getFileHandle(name: string): Promise<{ getFile(): Promise<File> }>;
  getDirectoryHandle(name: string): Promise<DirectoryHandleLike>;
}

/** What holds weights as bytes: a path (Node), a URL, a File or several, a directory handle, bytes, or bytes by file name. */
export type FileSource =
  | string
  | URL
  | Blob
  | ArrayBuffer
  | Uint8Array
  | ArrayLike<File>
  | DirectoryHandleLike
  | ReadonlyMap<string, Uint8Array>;

/** An opened file and how files beside it are opened. */
export interface OpenedFile {
  readonly source: ByteSource;
  /** A file beside it; its name has been checked by {@link checkFileName}. */
  sibling(name: string): Promise<ByteSource>;
}

/** Throws unless a name in an index is that of a file below the index: never absolute, never with `..`, never a URL. */
export function checkFileName(name: unknown, file: string): asserts name is string {
  const ok =
    typeof name === 'string' &&
    name !== '' &&
    !/^[/\\]|^[A-Za-z][A-Za-z0-9+.-]*:|[\\\0?#]/.test(name) &&
    name.split('/').every((part) => part !== '' && part !== '..' && part !== '.');
  checkFile(ok, 'a file named in an index must lie beside it', name, { check: 'file-name', file });
}

/** The files that a folder may be opened by, the first that is there. */
const MAIN = [
  'model.json',
  'model.safetensors.index.json',
  'model.safetensors',
  'model.compact.index.json',
  'model.compact',
  'weights_manifest.json',
];

async function firstOf(open: (name: string) => Promise<ByteSource>, folder: string): Promise<ByteSource> {
  for (const name of MAIN) {
    const source = await open(name).catch(() => undefined);
    if (source) return source;
  }
  throw new CheckpointError(`a folder must hold one of ${MAIN.join(', ')}`, folder, {
    check: 'unreadable',
    file: folder,
  });
}

const isUrl = (text: string): boolean => /^(https?|blob|data):/i.test(text);
const inPage = (): boolean => typeof globalThis.document !== 'undefined' || !('process' in globalThis);

async function openText(text: string, options: FetchOptions): Promise<OpenedFile> {
  if (isUrl(text) || (inPage() && !text.startsWith('file:'))) {
    const base = new URL(text, globalThis.location?.href).href;
    return {
      source: await urlSource(base, options),
      sibling: (name) => urlSource(new URL(name.split('/').map(encodeURIComponent).join('/'), base).href, options),
    };
  }
  const path = /^file:/i.test(text) ? await pathOfUrl(text) : text;
  if (await isFolder(path))
    return {
      source: await firstOf(async (name) => pathSource(await within(path, name)), path),
      sibling: async (name) => pathSource(await within(path, name)),
    };
  return { source: await pathSource(path), sibling: async (name) => pathSource(await beside(path, name)) };
}

/** A file among several given at once, by the end of its path. */
function openAmong(files: ReadonlyMap<string, () => ByteSource>): OpenedFile {
  const find = (name: string): (() => ByteSource) | undefined =>
    files.get(name) ?? [...files].find(([path]) => path.endsWith(`/${name}`))?.[1];
  const open = async (name: string): Promise<ByteSource> => {
    const made = find(name);
    if (!made)
      throw new CheckpointError(`the files must have ${name} among them`, [...files.keys()], {
        check: 'unreadable',
        file: name,
      });
    return made();
  };
  const names = [...files.keys()];
  const main =
    names.length === 1
      ? names[0]!
      : (MAIN.find((name) => find(name)) ??
        names.find((name) => name.endsWith('.index.json')) ??
        names.find((name) => name.endsWith('.json')));
  checkFile(main !== undefined, 'several files must have an index among them, such as model.json', names, {
    check: 'unreadable',
  });
  return { source: find(main)!(), sibling: open };
}

async function openDirectory(handle: DirectoryHandleLike): Promise<OpenedFile> {
  const open = async (name: string): Promise<ByteSource> => {
    const parts = name.split('/');
    let folder = handle;
    try {
      for (const part of parts.slice(0, -1)) folder = await folder.getDirectoryHandle(part);
      return blobSource(await (await folder.getFileHandle(parts.at(-1)!)).getFile(), name);
    } catch (cause) {
      throw new CheckpointError(
        'a file of the directory must be readable',
        (cause as Error).message,
        { check: 'unreadable', file: name },
        { cause },
      );
    }
  };
  return { source: await firstOf(open, handle.name), sibling: open };
}

const noSibling = async (name: string): Promise<ByteSource> => {
  throw new CheckpointError(
    'a file that names others must be given with them: as a path, a URL, a list of Files or a Map of bytes',
    name,
    { check: 'unreadable', file: name },
  );
};

const isFileList = (source: object): source is ArrayLike<File> =>
  'length' in source && Array.from(source as ArrayLike<unknown>).every((file) => file instanceof Blob);

/** Opens whatever holds bytes. */
export async function openSource(source: FileSource, options: FetchOptions = {}): Promise<OpenedFile> {
  if (typeof source === 'string' || source instanceof URL) {
    checkType(String(source) !== '', 'openCheckpoint: source must be a path or a URL', source);
    return openText(String(source), options);
  }
  if (source instanceof Uint8Array) return { source: bytesSource(source), sibling: noSibling };
  if (source instanceof ArrayBuffer) return { source: bytesSource(new Uint8Array(source)), sibling: noSibling };
  if (source instanceof Blob) return { source: blobSource(source), sibling: noSibling };
  if (source instanceof Map && source.size > 0)
    return openAmong(
      new Map(
        [...source].map(([name, bytes]) => {
          checkType(
            typeof name === 'string' && bytes instanceof Uint8Array,
            'openCheckpoint: a Map must hold Uint8Arrays by file name',
            bytes,
          );
          return [name, () => bytesSource(bytes, name)] as const;
        }),
      ),
    );
  if (typeof source === 'object' && source !== null && (source as DirectoryHandleLike).kind === 'directory')
    return openDirectory(source as DirectoryHandleLike);
  if (typeof source === 'object' && source !== null && isFileList(source) && source.length > 0)
    return openAmong(
      new Map(Array.from(source, (file) => [file.webkitRelativePath || file.name, () => blobSource(file)] as const)),
    );
  checkType(
    false,
    'openCheckpoint: source must be a path, a URL, Files, a directory handle, bytes, a Map of bytes by file name, or artifacts of tf.io',
    source,
  );
}
