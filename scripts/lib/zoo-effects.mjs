// The table of what quantization does to the outputs of published models, from what scripts/zoo-effects.mjs measured.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';

/** A number and its sign stay on one line. */
const percent = (share) => (share === null ? '' : `${(100 * share).toFixed(2)}\u00a0%`);

/** What all of a package's files are in says nothing. */
const PLAIN = ['', 'base', 'model', 'models', 'webmodel'];

/** The package without its scope, and what tells its models apart. */
function nameOf(model) {
  const [name, path = ''] = model.replace(/(model)?(\.min)?\.js(on)?$/, '').split(' ');
  return [name.replace(/^@.*\//, ''), ...path.split('/').filter((part) => !PLAIN.includes(part))].join(' ');
}

/** Sizes beside those before, in percent. */
const ratio = (bytes, before) => `${((100 * bytes) / before).toFixed(0)}\u00a0%`;

/** A share that says little is in parentheses. */
const agreement = ({ agree }, tooUniform) => (tooUniform && agree !== null ? `(${percent(agree)})` : percent(agree));

export function zooEffectsTable(text = readFileSync(join(root, 'tooling/zoo/effects.json'), 'utf8')) {
  const rows = JSON.parse(text).rows.map(({ model, probes, tooUniform, bytes, plain, uint8, auto }) =>
    [
      nameOf(model),
      probes,
      ...[plain, uint8, auto].flatMap((score) =>
        score === null
          ? ['', '', '']
          : [ratio(score.bytes, bytes), agreement(score, tooUniform), percent(score.relative)],
      ),
    ].join(' | '),
  );
  return [
    '| model | probes | default: size | same class | change | uint8: size | same class | change | auto: size | same class | change |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...rows.map((row) => `| ${row} |`),
  ].join('\n');
}
