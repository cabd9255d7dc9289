/** Bytes that are read where they are wanted. */
export interface ByteSource {
  /** What it is called in messages. */
  readonly name: string;
  /** How many bytes it has. */
  readonly size: number;
  /** Another text when it is another file or has changed; undefined where that cannot be known. */
  readonly identity?: string;
  /** Whether to read what follows before it is asked for: cheap, and of use. */
  readonly ahead?: boolean;
  /**
   * The bytes from `begin` up to `end`, as many as asked for or an error; the caller's own.
   *
   * @param room - of that length or more: the bytes may come in it or as a view of the source, to be read before the next call
   */
  read(begin: number, end: number, room?: Uint8Array): Promise<Uint8Array>;
  /** Frees what it holds open. */
  close(): Promise<void>;
}

const nothing = async (): Promise<void> => {};

/** Bytes in memory; they are borrowed and not copied before they are read. */
export function bytesSource(given: Uint8Array, name = 'bytes'): ByteSource {
  // The `slice` of a Buffer, which Node reads files into, is a view: what comes from it would be the caller's own bytes.
  const bytes = new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
  return {
    name,
    size: bytes.byteLength,
    read: async (begin, end, room) => (room ? bytes.subarray(begin, end) : bytes.slice(begin, end)),
    close: nothing,
  };
}

/** A Blob or File. */
export const blobSource = (blob: Blob, name = (blob as File).name ?? 'blob'): ByteSource => ({
  name,
  size: blob.size,
  read: async (begin, end) => new Uint8Array(await blob.slice(begin, end).arrayBuffer()),
  close: nothing,
});
