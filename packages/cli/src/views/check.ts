import type { Check } from '../commands/check.ts';
import type { Severity } from '../commands/finding.ts';
import { plural } from '../output/numbers.ts';
import { left, type Tone, text, type View } from '../output/view.ts';

const COLUMNS = [left('where'), left('severity'), left('kind'), left('what')];
const TONES: Record<Severity, Tone | undefined> = { error: 'bad', warning: 'bad', note: 'dim' };

/** `check` as a table of findings, what to do about them, and the verdict. */
export function checkView({ ok, findings, tensors, parameters }: Check): View {
  const advices = [...new Map(findings.flatMap(({ kind, advice }) => (advice === null ? [] : [[kind, advice]])))];
  const counts = (['error', 'warning', 'note'] as const).flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return count > 0 ? [plural(count, severity)] : [];
  });
  const read =
    tensors === null
      ? 'the model cannot be opened'
      : `${plural(tensors, 'tensor')}, ${plural(parameters!, 'value')} read`;
  return {
    head: [],
    table: {
      columns: COLUMNS,
      rows: findings.map(({ severity, kind, where, message }) => [
        text(where),
        text(severity, TONES[severity]),
        text(kind),
        text(message),
      ]),
    },
    foot: [
      ...advices.map(([kind, advice]) => `${kind}: ${advice}`),
      `${ok ? 'ok' : 'not ok'}: ${counts.length > 0 ? counts.join(', ') : 'nothing found'}; ${read}`,
    ],
  };
}
