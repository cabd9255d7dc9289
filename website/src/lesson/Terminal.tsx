import CodeBlock from '@theme/CodeBlock';

/** The line that runs the lesson in a terminal, in a clone of the repository. */
export function Terminal({ lesson, flags = '' }: { lesson: string; flags?: string }) {
  return <CodeBlock language="bash">{`npm run lesson -- ${lesson}${flags ? ` ${flags}` : ''}`}</CodeBlock>;
}
