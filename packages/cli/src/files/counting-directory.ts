import type { BlockSample, SizeCount } from './block-sample.ts';

/** A file that was only counted. */
export interface CountedFile {
  readonly file: string;
  readonly bytes: number;
  /** Once it is compressed, by each way, where that was counted. */
  readonly compressed: readonly number[] | null;
  /** What an index would have in it. */
  readonly text: string | null;
}

/** What a {@link CountingDirectory} does beside counting. */
export interface CountingOptions {
  /** Compresses a file, to count that too. */
  readonly count?: (() => SizeCount) | undefined;
  /** Sees the bytes of all files, one after the other. */
  readonly sample?: BlockSample | undefined;
  /** Names that are taken. */
  readonly there?: readonly string[];
}

/** A directory for `writeCheckpoint` that keeps nothing of what is written but its length. */
export class CountingDirectory {
  readonly kind = 'directory';
  readonly name = 'dry run';
  readonly files: CountedFile[] = [];
  private readonly options: CountingOptions;
  private readonly there: ReadonlySet<string>;

  constructor(options: CountingOptions = {}) {
    this.options = options;
    this.there = new Set(options.there);
  }

  async getFileHandle(file: string, options?: { create?: boolean }) {
    if (!options?.create && !this.there.has(file)) throw new Error(`${file} is not there`);
    return { createWritable: async () => this.countedStream(file) };
  }

  async removeEntry(): Promise<void> {}

  private countedStream(file: string) {
    const { sample } = this.options;
    const count = this.options.count?.();
    const decoder = new TextDecoder();
    let [bytes, text] = [0, ''];
    return {
      write: async (piece: Uint8Array) => {
        bytes += piece.length;
        if (file.endsWith('.json')) text += decoder.decode(piece, { stream: true });
        await sample?.pass(piece);
        await count?.add(piece);
      },
      close: async () => {
        const compressed = count ? await count.end() : null;
        this.files.push({ file, bytes, compressed, text: file.endsWith('.json') ? text + decoder.decode() : null });
      },
      abort: async () => {},
    };
  }
}
