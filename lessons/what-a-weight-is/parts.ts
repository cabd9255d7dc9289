import { type Measured, markdownTable } from '@weightkit/lesson';
import type { Row } from './measure.ts';
import { countText } from './sizes.ts';

/** The parts of the page that state what was measured. */
export function parts({ rows }: Measured<Row>): Record<string, string> {
  const stacks = rows.filter(({ stack }, i) => rows.findIndex((row) => row.stack === stack) === i);
  const seeds = rows.filter(({ stack }) => stack === rows[0]!.stack);
  const most = Math.max(...seeds.map(({ apart }) => apart));
  return {
    counts: markdownTable(
      ['stack', 'by the rule', '`countParams` of TensorFlow.js', 'in PyTorch'],
      stacks.map(({ stack, rule, counted, torch }) => [stack, ...[rule, counted, torch].map(countText)]),
    ),
    products:
      `Over ${seeds.length} seeds, ${seeds.length * 6} outputs of a layer with 8 inputs, the sums by hand and \`predict\` differ by at most ` +
      `${most.toExponential(1).replace('e-', ' · 10⁻').replace('10⁻7', '10⁻⁷').replace('10⁻6', '10⁻⁶')}.`,
  };
}
