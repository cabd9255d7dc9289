import CodeBlock from '@theme/CodeBlock';
import { useState } from 'react';
import LessonProgram from '../playground/LessonProgram.tsx';
import { useLesson } from './context.ts';
import styles from './lesson.module.css';
import { linesOf } from './lines-of.ts';

/** A remark on the line that has this text. */
interface Note {
  at: string;
  text: string;
}

interface SourceProps {
  /** Names of functions of experiment.ts, or of a `#region` in it. */
  show: string | readonly string[];
  notes?: readonly Note[];
}

/** The lines of the experiment that matter, with remarks, and the whole file one click away. */
export function Source({ show, notes = [] }: SourceProps) {
  const { about, source } = useLesson();
  const [whole, setWhole] = useState(false);
  const { text, first } = linesOf(source, [show].flat());
  const lines = text.split('\n');
  const remarks = notes.map(({ at, text: remark }) => {
    const line = lines.findIndex((one) => one.includes(at));
    if (line < 0) throw new Error(`Source: a note must be at a text in the lines that are shown, got ${at}`);
    return { line, remark };
  });
  const marked = remarks.map(({ line }) => line + 1).join(',');
  return (
    <div className={styles.source}>
      <CodeBlock
        language="ts"
        title={`lessons/${about.name}/experiment.ts, from line ${first}`}
        showLineNumbers={first}
        {...(marked && { metastring: `{${marked}}` })}
      >
        {text}
      </CodeBlock>
      {remarks.length > 0 && (
        <ul>
          {remarks.map(({ line, remark }) => (
            <li key={line}>
              Line {first + line}: {remark}
            </li>
          ))}
        </ul>
      )}
      <details onToggle={(event) => setWhole(event.currentTarget.open)}>
        <summary>The whole file that runs here</summary>
        {/* Highlighting takes long, so it waits until it is asked for. */}
        {whole ? (
          <CodeBlock language="ts" title={`lessons/${about.name}/experiment.ts`} showLineNumbers>
            {source}
          </CodeBlock>
        ) : (
          <a href={`https://github.com/weightkit/weightkit/blob/main/lessons/${about.name}/experiment.ts`}>
            lessons/{about.name}/experiment.ts on GitHub
          </a>
        )}
      </details>
      <LessonProgram lesson={about.name} />
    </div>
  );
}
