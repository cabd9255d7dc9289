import useBaseUrl from '@docusaurus/useBaseUrl';
import { lazy, Suspense, useState } from 'react';

const Playground = lazy(() => import('./Playground.tsx'));

/** A button that opens a lesson's whole program in an editor below it. */
export default function LessonProgram({ lesson }: { lesson: string }) {
  const file = useBaseUrl(`/generated/programs/${lesson}.js`);
  const [program, setProgram] = useState<string>();
  const [problem, setProblem] = useState('');
  const open = async () => {
    setProblem('');
    try {
      const response = await fetch(file);
      if (!response.ok) throw new Error(String(response.status));
      setProgram(await response.text());
    } catch (error) {
      setProblem(`The program could not be loaded (${(error as Error).message}). Press again to try again.`);
    }
  };
  return (
    <div>
      {program !== undefined && (
        <Suspense fallback={<p>Loading the editor …</p>}>
          <Playground code={program} focus />
        </Suspense>
      )}
      <button type="button" className="try-it" onClick={program === undefined ? open : () => setProgram(undefined)}>
        {program === undefined ? 'Edit and run the whole experiment' : 'Close the editor'}
      </button>
      {problem && <p role="alert">{problem}</p>}
    </div>
  );
}
