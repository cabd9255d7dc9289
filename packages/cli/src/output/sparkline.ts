const BLOCKS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** Counts as block characters, the largest as a full one; a count of 0 as a space, so that any other shows. */
export function sparkline(counts: ArrayLike<number>): string {
  const list = Array.from(counts);
  const most = list.reduce((a, b) => Math.max(a, b), 0);
  return list.map((count) => (count === 0 ? ' ' : BLOCKS[Math.ceil((count / most) * 8) - 1]!)).join('');
}
