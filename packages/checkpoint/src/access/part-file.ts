/** A file that may be there in part. */
export interface PartFile {
  /** How many bytes are there. */
  readonly length: number;
  /** Fills a buffer from there. */
  read(begin: number, room: Uint8Array): Promise<void>;
  /** Keeps so many bytes; what is written follows them. */
  cut(length: number): Promise<void>;
  /** Appends; the bytes may be used again afterwards. */
  write(bytes: Uint8Array): Promise<void>;
  /** Waits until it is on the disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** A folder of files that are written by one process and, after that has ended early, by another; with a journal. */
export interface Staging {
  /** The journal's lines that were there, each whole. */
  readonly lines: readonly string[];
  /** Adds one. */
  note(line: string): Promise<void>;
  /** The file of a number. */
  part(i: number): Promise<PartFile>;
  /** Its path. */
  path(i: number): string;
  /** Takes the folder away. */
  remove(): Promise<void>;
  /** Leaves it for another write to go on with. */
  leave(): Promise<void>;
}
