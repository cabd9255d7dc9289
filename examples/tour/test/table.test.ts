import { describe, expect, it } from 'vitest';
import { printable } from '../src/table.ts';

describe('printable', () => {
  it('printable(stages) aligns one line per stage', () => {
    const stages = [
      { name: 'dense' as const, accuracy: 0.9734, parameters: 53_984, zeros: 0, bytes: 218_000, gzipBytes: 200_000 },
      { name: 'pruned' as const, accuracy: 0.97, parameters: 1000, zeros: 900, bytes: 4000, gzipBytes: 999 },
    ];
    expect(printable(stages).split('\n')).toEqual([
      'stage    accuracy   parameters          zeros    on disk    gzipped',
      '───────────────────────────────────────────────────────────────────',
      'dense     97.34 %       53,984      0 (0.0 %)   218.0 kB   200.0 kB',
      'pruned    97.00 %        1,000   900 (90.0 %)     4000 B      999 B',
    ]);
  });
});
