/** The files of a model, on a disk or in a page. */
export interface FileAccess {
  /** The file that the model is opened by. */
  readonly main: string;
  /** What the main file says where it is an index; undefined where it is none. */
  index(): Promise<unknown>;
  /** Bytes of a file, by its name in the index; or why it cannot be read, as Node says it: `ENOENT`. */
  size(name: string): Promise<number | string>;
  /** The first bytes of a file, 128 or as many as there are. */
  beginning(name: string): Promise<Uint8Array>;
}
