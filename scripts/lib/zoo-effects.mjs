// The table of what quantization does to the outputs of published models, from what scripts/zoo-effects.mjs measured.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';

const percent = (share) => (share === null ? '' : `${(100 * share).toFixed(2)} %`);

/** Sizes beside those before, in percent. */
const ratio = (bytes, before) => `${((100 * bytes) / before).toFixed(0)} %`;

/** A share that says little is in parentheses. */
const agreement = ({ agree }, tooUniform) => (tooUniform && agree !== null ? `(${percent(agree)})` : percent(agree));

export function zooEffectsTable(text = readFileSync(join(root, 'tooling/zoo/effects.json'), 'utf8')) {
  const rows = JSON.parse(text).rows.map(({ model, probes, tooUniform, bytes, plain, uint8 }) =>
    [
      model.replace(/(\/model(\.min)?)?\.js(on)?$/, ''),
      probes,
      ...[plain, uint8].flatMap((score) => [
        ratio(score.bytes, bytes),
        agreement(score, tooUniform),
        percent(score.relative),
      ]),
    ].join(' | '),
  );
  return [
    '| model | probes | default: size | same class | change | uint8: size | same class | change |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...rows.map((row) => `| ${row} |`),
  ].join('\n');
}
