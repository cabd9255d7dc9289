import { Controls } from './Controls.tsx';
import { useLesson } from './context.ts';

/** Controls of parameters that belong to a figure in the text, beside it: `<Settings of={['scaled']} />`. */
export function Settings({ of }: { of: readonly string[] }) {
  const { about, values, change } = useLesson();
  return <Controls names={of} about={about} values={values} onChange={change} />;
}
