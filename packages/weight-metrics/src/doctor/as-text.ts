import type { Evidence, Finding, Unchecked } from './finding.ts';
import { short } from './words.ts';

const numbered = ({ measure, value, limit }: Evidence): string =>
  `${measure} ${short(value)}${limit === null ? '' : ` (limit ${short(limit)})`}`;

/** A diagnosis as people read it. */
export function asText(findings: readonly Finding[], unchecked: readonly Unchecked[], layers: number): string {
  const looked = layers === 1 ? '1 layer' : `${layers} layers`;
  const head =
    findings.length === 0
      ? `No fault found in ${looked} with weights.`
      : `${findings.length} ${findings.length === 1 ? 'fault' : 'faults'} found in ${looked} with weights.`;
  const found = findings.map(
    ({ code, layer, message, evidence, cause, remedy, call }, i) =>
      `${i + 1}. ${code} in ${layer}: ${message}\n   Evidence: ${evidence.map(numbered).join('; ')}\n   Cause: ${cause}\n   Remedy: ${remedy}\n   ${call}`,
  );
  const not = unchecked.map(({ code, reason }) => `- ${code}: ${reason}`);
  return [head, ...found, ...(not.length > 0 ? [`Not looked at:\n${not.join('\n')}`] : [])].join('\n\n');
}
