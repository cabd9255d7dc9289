import { isReferenced, isStandard, namedIn } from './index-names.ts';

/** A file that is being written. */
export interface OutFile {
  /** Appends; the bytes may be used again afterwards. */
  write(bytes: Uint8Array): Promise<void>;
  /** Makes it whole under its name, at one stroke. */
  commit(): Promise<void>;
  /** Leaves nothing of it. */
  discard(): Promise<void>;
}

/** A file must be new and its name is there: the index's, or that of one that it names. */
export class NameTaken extends Error {
  readonly kind: 'index' | 'file';

  constructor(kind: 'index' | 'file', name: string) {
    super(`${name} must not be there`);
    this.kind = kind;
  }
}

/** How errors are worded. */
export interface Wording {
  /** The function that was called. */
  readonly fn: string;
  /** What the folder is to its caller. */
  readonly what: string;
  /** The message for a path that cannot be written, and the system's code. */
  readonly unwritable: (path: string, code: string) => string;
}

/** What no other write has in its names. */
export interface Own {
  readonly id: string;
  /** A name for a weight file. */
  readonly weightsName: string;
}

/** Files that are written in order; each is whole or not there. */
export interface Files {
  /** Whether a file of that name is there. */
  has(file: string): Promise<boolean>;
  /**
   * Begins a file.
   *
   * @param replace - whether it may be there when it is made whole; {@link NameTaken} where it is and may not. @defaultValue true
   */
  create(file: string, replace?: boolean): Promise<OutFile>;
  /** Takes a file away that this write has made. */
  remove(file: string): Promise<void>;
  /** Gives a file on disk a name here too, as `create` and `commit` would; only folders on disk can. */
  adopt?(path: string, file: string, replace?: boolean): Promise<void>;
}

/** An index that is written with the files that it names. They must be new: {@link NameTaken} where one is there. */
export interface IndexWrite extends Files {
  /**
   * Makes the index whole under its name, and takes away what earlier writes of it left.
   *
   * @param replace - whether it may be there; {@link NameTaken} where it is and may not
   */
  finish(replace: boolean): Promise<void>;
  /** Leaves the index as it was. */
  abort(): Promise<void>;
}

/** Where files go. */
export interface Sink extends Files {
  /** What it is called in messages. */
  readonly name: string;
  /** Names for a write of an index. */
  own(index: string): Promise<Own>;
  /** Takes an index away, and the weight files that it alone named, of names that programs give. */
  removeIndex(index: string): Promise<void>;
  /** Begins to write an index. */
  begin(index: string, text: string, own: Own): Promise<IndexWrite>;
}

/** What indexes are read by where there is one writer at a time. */
interface Listing {
  list(): Promise<string[]>;
  text(file: string): Promise<string>;
}

/** Takes away weight files that an index named and that nothing names any more. */
async function removeNamed(
  files: Files,
  { list, text }: Listing,
  index: string,
  { before, now = [] }: { before: readonly string[]; now?: readonly string[] },
): Promise<void> {
  const there = await list();
  const others = there.filter((file) => file !== index && /\.json$/i.test(file));
  for (const file of before)
    if (there.includes(file) && !now.includes(file) && isStandard(file) && !(await isReferenced(file, others, text)))
      await files.remove(file).catch(() => undefined);
}

/** The same with the index. */
const indexRemoval =
  (files: Files, listing: Listing) =>
  async (index: string): Promise<void> => {
    const before = namedIn(await listing.text(index).catch(() => ''));
    await files.remove(index);
    await removeNamed(files, listing, index, { before });
  };

/** An index in a Map or a directory handle. */
const indexWrite =
  (files: Files, listing: Listing) =>
  async (index: string, text: string): Promise<IndexWrite> => {
    const before = namedIn(await listing.text(index).catch(() => ''));
    return {
      has: async () => false,
      async create(file) {
        if (await files.has(file)) throw new NameTaken('file', file);
        return files.create(file);
      },
      remove: files.remove,
      async finish(replace) {
        if (!replace && (await files.has(index))) throw new NameTaken('index', index);
        const out = await files.create(index);
        await out.write(new TextEncoder().encode(text));
        await out.commit();
        await removeNamed(files, listing, index, { before, now: namedIn(text) });
      },
      abort: async () => {},
    };
  };

/** Names with digits that no other write has. */
async function ownNames(index: string): Promise<Own> {
  const id = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );
  return { id, weightsName: `${index.replace(/\.json$/, '')}.weights-${id}.bin` };
}

/** Files as entries of a Map; they are put in when they are whole. */
export function memorySink(map: Map<string, Uint8Array>): Sink {
  const files: Files = {
    has: async (file) => map.has(file),
    async create(file, replace = true) {
      const parts: Uint8Array[] = [];
      return {
        write: async (bytes) => {
          // Not `slice`, which gives a view of a Buffer.
          parts.push(new Uint8Array(bytes));
        },
        commit: async () => {
          if (!replace && map.has(file)) throw new NameTaken('file', file);
          const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
          let at = 0;
          for (const part of parts) {
            out.set(part, at);
            at += part.length;
          }
          map.set(file, out);
        },
        discard: async () => {
          parts.length = 0;
        },
      };
    },
    remove: async (file) => {
      map.delete(file);
    },
  };
  const list = async (): Promise<string[]> => [...map.keys()];
  const text = async (file: string): Promise<string> => new TextDecoder().decode(map.get(file));
  return {
    ...files,
    name: 'Map',
    own: ownNames,
    removeIndex: indexRemoval(files, { list, text }),
    begin: indexWrite(files, { list, text }),
  };
}

/** The part of a FileSystemWritableFileStream that is used. */
export interface WritableStreamLike {
  /** Appends. */
  write(bytes: Uint8Array): Promise<void>;
  /** Makes what was written the file's content. */
  close(): Promise<void>;
  /** Leaves the file as it was. */
  abort(): Promise<void>;
}

/** The part of a FileSystemFileHandle that is written to. */
export interface WritableFileHandle {
  /** Opens it for writing. */
  createWritable(): Promise<WritableStreamLike>;
  /** What is in it; read where an index is replaced. */
  getFile?(): Promise<Blob>;
}

/** The part of a FileSystemDirectoryHandle that is written to. */
export interface WritableDirectory {
  /** What tells it from a file's handle. */
  readonly kind: 'directory';
  /** Its name. */
  readonly name: string;
  /** A file in it. */
  getFileHandle(name: string, options?: { create?: boolean }): Promise<WritableFileHandle>;
  /** Takes a file out of it. */
  removeEntry(name: string): Promise<void>;
  /** The names in it; without it, weight files of what is replaced stay. */
  keys?(): AsyncIterable<string>;
}

/** A directory that the page was given; a file there changes when it is closed. */
export function directorySink(directory: WritableDirectory): Sink {
  const files: Files = {
    has: async (file) =>
      directory.getFileHandle(file).then(
        () => true,
        () => false,
      ),
    async create(file) {
      const handle = await directory.getFileHandle(file, { create: true });
      const stream = await handle.createWritable();
      return {
        write: (bytes) => stream.write(bytes),
        commit: () => stream.close(),
        discard: async () => {
          await stream.abort();
          await directory.removeEntry(file);
        },
      };
    },
    remove: (file) => directory.removeEntry(file),
  };
  const list = async (): Promise<string[]> => {
    const names: string[] = [];
    if (directory.keys) for await (const name of directory.keys()) names.push(name);
    return names;
  };
  const text = async (file: string): Promise<string> =>
    (await (await directory.getFileHandle(file)).getFile?.())?.text() ?? '';
  return {
    ...files,
    name: directory.name,
    own: ownNames,
    removeIndex: indexRemoval(files, { list, text }),
    begin: indexWrite(files, { list, text }),
  };
}
