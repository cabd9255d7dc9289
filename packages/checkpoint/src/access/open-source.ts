import { checkType } from '@weightkit/numerics/check';
import { CheckpointError } from '../checkpoint-error.ts';
import { type ByteSource, blobSource, bytesSource } from './byte-source.ts';
import type { DirectoryHandleLike, OpenedFile } from './opened-file.ts';
import { openPath } from './platform.ts';
import { type FetchOptions, urlSource } from './url-source.ts';

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

const isUrl = (text: string): boolean => /^(https?|blob|data):/i.test(text);
const inPage = (): boolean => typeof globalThis.document !== 'undefined' || !('process' in globalThis);

async function openText(text: string, options: FetchOptions): Promise<OpenedFile> {
  if (!isUrl(text) && (!inPage() || text.startsWith('file:'))) return openPath(text);
  const base = new URL(text, globalThis.location?.href);
  return {
    source: await urlSource(base.href, options),
    // With what stands behind `?`, as stock has it: a signature may be there.
    sibling: (name) =>
      urlSource(new URL(name.split('/').map(encodeURIComponent).join('/') + base.search, base).href, options),
  };
}

const noSibling = async (name: string): Promise<ByteSource> => {
  throw new CheckpointError(
    'a file that names others must be given with them: as a path, a URL, a list of Files or a Map of bytes',
    name,
    { check: 'unreadable', file: name },
  );
};

/** Opens whatever holds bytes; what opens several files that are given together is loaded with the first of these. */
export async function openSource(source: FileSource, options: FetchOptions = {}): Promise<OpenedFile> {
  if (typeof source === 'string' || source instanceof URL) {
    checkType(String(source) !== '', 'openCheckpoint: source must be a path or a URL', source);
    return openText(String(source), options);
  }
  if (source instanceof Uint8Array) return { source: bytesSource(source), sibling: noSibling };
  if (source instanceof ArrayBuffer) return { source: bytesSource(new Uint8Array(source)), sibling: noSibling };
  if (source instanceof Blob) return { source: blobSource(source), sibling: noSibling };
  const several = await import(/* webpackChunkName: "weightkit-open-several" */ './open-several.ts');
  return several.openSeveral(source);
}
