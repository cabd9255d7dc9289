import type { ByteSource } from './byte-source.ts';

/** Several sources one after the other, as one. */
export function joinedSource(sources: readonly ByteSource[], name: string): ByteSource {
  const starts: number[] = [];
  let size = 0;
  for (const source of sources) {
    starts.push(size);
    size += source.size;
  }
  return {
    name,
    size,
    ahead: sources.every(({ ahead }) => ahead === true),
    async read(begin, end, room) {
      const parts = sources.flatMap((source, i) => {
        const [from, to] = [Math.max(begin, starts[i]!), Math.min(end, starts[i]! + source.size)];
        return from < to ? [{ source, from: from - starts[i]!, to: to - starts[i]! }] : [];
      });
      if (parts.length === 1) return parts[0]!.source.read(parts[0]!.from, parts[0]!.to, room);
      const length = Math.max(0, end - begin);
      const out = room?.subarray(0, length) ?? new Uint8Array(length);
      let at = 0;
      for (const { source, from, to } of parts) {
        const place = out.subarray(at, at + to - from);
        const bytes = await source.read(from, to, place);
        if (bytes.buffer !== place.buffer) place.set(bytes);
        at += to - from;
      }
      return out;
    },
    async close() {
      await Promise.all(sources.map((source) => source.close()));
    },
  };
}
