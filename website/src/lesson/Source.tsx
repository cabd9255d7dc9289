import CodeBlock from '@theme/CodeBlock';
import { memo, useEffect, useState } from 'react';
import { entryOf } from './registry.ts';

/** The file that the demo runs. Highlighting takes long, so it is done once and not with each step of a run. */
export const Source = memo(function Source({ lesson }: { lesson: string }) {
  const [text, setText] = useState<string>();
  useEffect(() => {
    let here = true;
    entryOf(lesson)
      .source()
      .then(
        ({ default: source }) => here && setText(source),
        () => here && setText('// The source could not be loaded. Reload the page to try again.'),
      );
    return () => {
      here = false;
    };
  }, [lesson]);
  if (text === undefined) return <p>Loading the source …</p>;
  return (
    <CodeBlock language="ts" title={`lessons/${lesson}/experiment.ts`} showLineNumbers>
      {text}
    </CodeBlock>
  );
});
