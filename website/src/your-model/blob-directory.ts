/** Bytes that are kept in memory before the browser gets them, which puts them where it has room. */
const KEPT = 1 << 23;

/** A directory for `writeCheckpoint` whose files are Blobs, so that large ones need not fit in memory. */
export class BlobDirectory {
  readonly kind = 'directory';
  readonly name = 'downloads';
  readonly files = new Map<string, Blob>();

  async getFileHandle(file: string, options?: { create?: boolean }) {
    const there = this.files.get(file);
    if (!there && !options?.create) throw new Error(`${file} is not there`);
    return { createWritable: async () => this.stream(file), getFile: async () => there ?? new Blob() };
  }

  async removeEntry(file: string): Promise<void> {
    this.files.delete(file);
  }

  private stream(file: string) {
    const whole: Blob[] = [];
    let [parts, length]: [Uint8Array<ArrayBuffer>[], number] = [[], 0];
    const flush = () => {
      whole.push(new Blob(parts));
      [parts, length] = [[], 0];
    };
    return {
      write: async (bytes: Uint8Array) => {
        parts.push(new Uint8Array(bytes));
        length += bytes.length;
        if (length >= KEPT) flush();
      },
      close: async () => {
        flush();
        this.files.set(file, new Blob(whole));
      },
      abort: async () => {},
    };
  }
}
