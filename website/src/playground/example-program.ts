import { FIXTURE } from '../../../scripts/lib/docs/fixture-code.mjs';

const fixture: Readonly<Record<string, string>> = FIXTURE;
const OWN_IMPORTS = /^(?:import [^;]*;\n+)*/;

/**
 * The whole program of an example of the reference: above it what it takes for granted. `needs` are names with a space between, those
 * of exports with their entry point: `tf model prune:pruning`.
 */
export function exampleProgram(code: string, needs: string): string {
  const names = needs.split(' ').filter(Boolean);
  const entries = new Map<string, string[]>();
  for (const need of names) {
    const [name, entry] = need.split(':');
    if (entry) entries.set(entry, [...(entries.get(entry) ?? []), name!]);
  }
  const made = Object.keys(fixture).filter((name) => names.includes(name));
  const [own] = OWN_IMPORTS.exec(code)!;
  const tf = names.includes('tf') || made.length > 0;
  // What works on tensors needs a backend, which comes with TensorFlow.js.
  const tensors = [...entries.keys()].some((entry) => !/^(numerics|viz|checkpoint)\b/.test(entry));
  const imports = [
    ...(tf ? [`import * as tf from '@tensorflow/tfjs';`] : tensors ? [`import '@tensorflow/tfjs';`] : []),
    ...[...entries].map(([entry, of]) => `import { ${of.sort().join(', ')} } from '@weightkit/${entry}';`),
    ...(own ? [own.trim()] : []),
  ];
  const given = made.map((name) => fixture[name]);
  const parts = [imports.join('\n'), given.join('\n'), code.slice(own.length)];
  return parts.filter(Boolean).join('\n\n');
}
