/** A file that is being written. */
export interface OutFile {
  /** Appends; the bytes may be used again afterwards. */
  write(bytes: Uint8Array): Promise<void>;
  /** Makes it whole under its name, at one stroke. */
  commit(): Promise<void>;
  /** Leaves nothing of it. */
  discard(): Promise<void>;
}

/** Where files go. */
export interface Sink {
  /** What it is called in messages. */
  readonly name: string;
  /** Whether a file of that name is there. */
  has(file: string): Promise<boolean>;
  create(file: string): Promise<OutFile>;
  /** Takes a file away that this write has made. */
  remove(file: string): Promise<void>;
}

/** Files as entries of a Map; they are put in when they are whole. */
export const memorySink = (files: Map<string, Uint8Array>): Sink => ({
  name: 'Map',
  has: async (file) => files.has(file),
  async create(file) {
    const parts: Uint8Array[] = [];
    return {
      write: async (bytes) => {
        parts.push(bytes.slice());
      },
      commit: async () => {
        const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
        let at = 0;
        for (const part of parts) {
          out.set(part, at);
          at += part.length;
        }
        files.set(file, out);
      },
      discard: async () => {
        parts.length = 0;
      },
    };
  },
  remove: async (file) => {
    files.delete(file);
  },
});

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
}

/** A directory that the page was given; a file there changes when it is closed. */
export const directorySink = (directory: WritableDirectory): Sink => ({
  name: directory.name,
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
});
