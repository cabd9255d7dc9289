import { type Claim, type Measured, markdownTable } from '@weightkit/lesson';
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

/** What was measured, claim by claim. */
export function claims({ rows }: Measured<Row>): Claim[] {
  const stacks = rows.filter(({ stack }, i) => rows.findIndex((row) => row.stack === stack) === i);
  const same = stacks.filter(({ rule, counted }) => rule === counted).length;
  const seeds = rows.filter(({ stack }) => stack === rows[0]!.stack).map(({ apart }) => apart);
  const [least, most] = [Math.min(...seeds), Math.max(...seeds)].map((apart) => apart.toExponential(1));
  return [
    {
      claim: 'Counting parameters by the rule gives what TensorFlow.js counts.',
      effect: `the same for ${same} of ${stacks.length} stacks, up to ${countText(Math.max(...stacks.map(({ counted }) => counted)))} parameters`,
      interval: 'exact',
      seeds: 1,
      tested:
        'are those that TensorFlow.js gives its layers, weight by weight, for the stacks of the page and random ones',
    },
    {
      claim: 'y = Wx + b by hand is what predict gives.',
      effect: `they differ by at most ${most}`,
      interval: `${least} to ${most}, least and most`,
      seeds: seeds.length,
      tested: 'is what predict gives, for twenty seeds and layers up to 8 by 6',
    },
  ];
}
