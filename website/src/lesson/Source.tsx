import CodeBlock from '@theme/CodeBlock';
import { useState } from 'react';
import LessonProgram from '../playground/LessonProgram.tsx';
import { useLesson } from './context.ts';
import styles from './lesson.module.css';
import { linesIn } from './lines-of.ts';

/** A remark on the line that has this text. */
interface Note {
  at: string;
  text: string;
}

interface SourceProps {
  /** Names of functions of experiment.ts or of a file beside it, or of a `#region` in it. */
  show: string | readonly string[];
  notes?: readonly Note[];
}

/** The lines of the experiment that matter, with remarks, and the whole of its files one click away. */
export function Source({ show, notes = [] }: SourceProps) {
  const { about, source, beside } = useLesson();
  const [whole, setWhole] = useState(false);
  const files = { 'experiment.ts': source, ...beside };
  const { file, text, first } = linesIn(files, [show].flat());
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
        title={`lessons/${about.name}/${file}, from line ${first}`}
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
        <summary>{Object.keys(files).length > 1 ? 'The files that run here' : 'The whole file that runs here'}</summary>
        {/* Highlighting takes long, so it waits until it is asked for. */}
        {Object.entries(files).map(([name, code]) =>
          whole ? (
            <CodeBlock key={name} language="ts" title={`lessons/${about.name}/${name}`} showLineNumbers>
              {code}
            </CodeBlock>
          ) : (
            <p key={name}>
              <a href={`https://github.com/weightkit/weightkit/blob/main/lessons/${about.name}/${name}`}>
                lessons/{about.name}/{name} on GitHub
              </a>
            </p>
          ),
        )}
      </details>
      <LessonProgram lesson={about.name} />
    </div>
  );
}
