import { checkType } from '@weightkit/numerics/check';
import { CheckpointError, checkFile } from '../checkpoint-error.ts';
import { type ByteSource, blobSource, bytesSource } from './byte-source.ts';
import { firstOf, MAIN } from './first-of.ts';
import type { DirectoryHandleLike, OpenedFile } from './opened-file.ts';

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

const isFileList = (source: object): source is ArrayLike<File> =>
  'length' in source && Array.from(source as ArrayLike<unknown>).every((file) => file instanceof Blob);

/** Opens files that are given together: a Map of bytes by name, a list of Files, or a directory handle. */
export async function openSeveral(source: unknown): Promise<OpenedFile> {
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
