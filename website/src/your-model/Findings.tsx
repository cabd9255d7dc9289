import type { Check } from './command.ts';
import { plural } from './texts.ts';
import styles from './your-model.module.css';

/** Findings shown at most. */
const MOST = 100;

/** What is wrong with a model, the worst first, and what it means. */
export function Findings({ check }: { check: Check }) {
  const { findings, parameters } = check;
  if (findings.length === 0)
    return (
      <p>No NaN, no infinity, no tensor of one value, none stored twice: {plural(parameters ?? 0, 'value')} read.</p>
    );
  return (
    <>
      <ul className={styles.findings}>
        {findings.slice(0, MOST).map(({ severity, kind, where, message, advice }) => (
          <li key={`${kind} ${where}`} data-severity={severity}>
            <strong>{severity}</strong> <code>{where}</code>: {message}.{advice !== null && ` (${advice})`}
          </li>
        ))}
      </ul>
      {findings.length > MOST && <p>And {plural(findings.length - MOST, 'finding')} more.</p>}
    </>
  );
}
