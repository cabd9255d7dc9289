import type { ByteSource } from './byte-source.ts';

/** The part of a FileSystemDirectoryHandle that is read. */
export interface DirectoryHandleLike {
  readonly kind: 'directory';
  readonly name: string;
  getFileHandle(name: string): Promise<{ getFile(): Promise<File> }>;
  getDirectoryHandle(name: string): Promise<DirectoryHandleLike>;
}

/** An opened file and how files beside it are opened. */
export interface OpenedFile {
  readonly source: ByteSource;
  /** A file beside it; its name has been checked by {@link checkFileName}. */
  sibling(name: string): Promise<ByteSource>;
}
