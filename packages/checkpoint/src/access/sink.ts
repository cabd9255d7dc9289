import type { Format } from '../checkpoint.ts';
import type { Staging } from './part-file.ts';

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
  /** A folder of that name, where files are written that another process may go on with; only folders on disk can. */
  staging?(name: string): Promise<Staging>;
  /** What it is called in messages. */
  readonly name: string;
  /** Names for a write of an index. */
  own(index: string): Promise<Own>;
  /** Takes an index away, and the weight files that it alone named, of names that programs give. */
  removeIndex(index: string): Promise<void>;
  /** Begins to write an index. */
  begin(index: string, text: string, own: Own): Promise<IndexWrite>;
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

/** A path to write to. */
export interface PathTarget {
  /** What its ending says. */
  readonly format: Exclude<Format, 'gguf'> | undefined;
  /** Where files of a format go, and the name of the one that the format is opened by: `main` in a folder. */
  open(format: Format, main: string): Promise<{ sink: Sink; main: string }>;
}
