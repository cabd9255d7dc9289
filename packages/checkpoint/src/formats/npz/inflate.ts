import type { ByteSource } from '../../access/byte-source.ts';
import { CheckpointError, type CheckpointFault, checkFile } from '../../checkpoint-error.ts';

const WINDOW = 1 << 20;

/** Inflates a deflated file piece by piece; never more than `limit` bytes, whatever the data says. */
export async function* inflate(
  source: ByteSource,
  begin: number,
  end: number,
  limit: number,
  fault: Omit<CheckpointFault, 'check'>,
): AsyncGenerator<Uint8Array> {
  let at = begin;
  const compressed = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      if (at >= end) return controller.close();
      const bytes = await source.read(at, Math.min(end, at + WINDOW));
      at += bytes.length;
      controller.enqueue(bytes as Uint8Array<ArrayBuffer>);
    },
  });
  const reader = compressed.pipeThrough(new DecompressionStream('deflate-raw')).getReader();
  let total = 0;
  try {
    for (;;) {
      let piece: ReadableStreamReadResult<Uint8Array>;
      try {
        piece = await reader.read();
      } catch (cause) {
        if (cause instanceof CheckpointError) throw cause;
        throw new CheckpointError(
          'a file must be deflated data',
          (cause as Error).message,
          { ...fault, check: 'deflate' },
          { cause },
        );
      }
      if (piece.done) return;
      total += piece.value.length;
      checkFile(total <= limit, `a file must inflate to ${limit} bytes`, 'more', {
        ...fault,
        check: 'inflated-length',
      });
      yield piece.value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
