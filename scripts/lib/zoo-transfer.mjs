// The table of what a published model learned of other classes, from what scripts/zoo-transfer.mjs measured.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';

const read = () => readFileSync(join(root, 'tooling/zoo/transfer.json'), 'utf8');
const countText = (n) => n.toLocaleString('en-US');

export function zooTransferTable(text = read()) {
  const { means, numbers } = JSON.parse(text);
  const ways = Object.keys(numbers);
  const cell = ([mean, half]) => `${mean.toFixed(1)}\u00a0±\u00a0${half.toFixed(1)}`;
  return [
    `| images | ${ways.join(' | ')} |`,
    `| ---: |${ways.map(() => ' ---: |').join('')}`,
    ...means.map(
      ({ examples, accuracy }) => `| ${[countText(examples), ...ways.map((way) => cell(accuracy[way]))].join(' | ')} |`,
    ),
    `| numbers that train | ${ways.map((way) => countText(numbers[way])).join(' | ')} |`,
  ].join('\n');
}

/** What computing the features took, in words. */
export function zooTransferCost(text = read()) {
  const { images, seconds } = JSON.parse(text);
  return `${seconds} s for ${countText(images)} images`;
}
