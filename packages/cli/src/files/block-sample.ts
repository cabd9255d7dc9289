/** How many blocks stand for all bytes. */
export const BLOCKS = 64;
/** Bytes of a block. */
export const BLOCK = 1 << 18;

/** Where a block begins among so many bytes, which must be those of all blocks or more; the last one ends with them. */
export const blockBegin = (i: number, total: number): number => Math.floor((i * (total - BLOCK)) / (BLOCKS - 1));

/** Counts what bytes are once they are compressed, by one way or several. */
export interface SizeCount {
  /** Adds bytes, which may be used again afterwards. */
  add(bytes: Uint8Array): Promise<void>;
  /** Ends, and gives the bytes by each way. */
  end(): Promise<readonly number[]>;
}

/**
 * Estimates what bytes are once they are compressed, from blocks at even distances of bytes that pass in their order. Where more pass than
 * was said, every other block is given up and the distance is doubled, so that they stay even: there are 64 to 127.
 */
export class BlockSample {
  private readonly count: () => SizeCount;
  private readonly room = new Uint8Array(BLOCK);
  private distance: number;
  /** Of each block, by each way. */
  private sizes: (readonly number[])[] = [];
  private at = 0;
  private filled = 0;

  /**
   * @param total - how many bytes will pass, as far as that is known; those of all blocks or more
   * @param count - compresses a block, each by itself
   */
  constructor(total: number, count: () => SizeCount) {
    this.count = count;
    this.distance = (total - BLOCK) / (BLOCKS - 1);
  }

  /** Lets bytes pass, which may be used again afterwards. */
  async pass(bytes: Uint8Array): Promise<void> {
    for (;;) {
      const offset = Math.floor(this.sizes.length * this.distance) + this.filled - this.at;
      if (offset >= bytes.length) break;
      const part = bytes.subarray(offset, offset + BLOCK - this.filled);
      this.room.set(part, this.filled);
      this.filled += part.length;
      if (this.filled === BLOCK) await this.endBlock();
    }
    this.at += bytes.length;
  }

  private async endBlock(): Promise<void> {
    this.filled = 0;
    const count = this.count();
    await count.add(this.room);
    this.sizes.push(await count.end());
    if (this.sizes.length < 2 * BLOCKS) return;
    this.sizes = this.sizes.filter((_, i) => i % 2 === 0);
    this.distance *= 2;
  }

  /** What all bytes that have passed are, by each way. */
  estimate(): number[] {
    const { sizes, at } = this;
    const ways = sizes[0]?.length ?? 0;
    const sum = (way: number): number => sizes.reduce((so, one) => so + one[way]!, 0);
    return Array.from({ length: ways }, (_, way) => Math.round((sum(way) / (sizes.length * BLOCK)) * at));
  }
}
