import { CompressedCount } from './compressed.ts';

/** A file that was only counted. */
export interface CountedFile {
  readonly file: string;
  readonly bytes: number;
  /** By gzip and by brotli, where that was asked for. */
  readonly compressed: readonly [gzip: number, brotli: number] | null;
  /** What an index would have in it. */
  readonly text: string | null;
}

/** A directory for `writeCheckpoint` that keeps nothing of what is written but its length. */
export class CountingDirectory {
  readonly kind = 'directory';
  readonly name = 'dry run';
  readonly files: CountedFile[] = [];
  private readonly compress: boolean;
  private readonly there: ReadonlySet<string>;

  /**
   * @param compress - whether files are compressed, to count that too
   * @param there - names that are taken
   */
  constructor(compress: boolean, there: readonly string[]) {
    this.compress = compress;
    this.there = new Set(there);
  }

  async getFileHandle(file: string, options?: { create?: boolean }) {
    if (!options?.create && !this.there.has(file)) throw new Error(`${file} is not there`);
    return { createWritable: async () => this.countedStream(file) };
  }

  async removeEntry(): Promise<void> {}

  private countedStream(file: string) {
    const count = this.compress ? new CompressedCount() : null;
    const texts: Uint8Array[] = [];
    let bytes = 0;
    return {
      write: async (piece: Uint8Array) => {
        bytes += piece.length;
        if (file.endsWith('.json')) texts.push(piece.slice());
        await count?.add(piece);
      },
      close: async () => {
        const text = file.endsWith('.json') ? Buffer.concat(texts).toString('utf8') : null;
        this.files.push({ file, bytes, compressed: count ? await count.end() : null, text });
      },
      abort: async () => {},
    };
  }
}
