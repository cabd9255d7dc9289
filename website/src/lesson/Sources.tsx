import Link from '@docusaurus/Link';
import type { ReactNode } from 'react';
import { DOCUMENTS, lessonOf } from '../../../lessons/course.ts';
import { useLesson } from './context.ts';

/** The course documents that a lesson comes from, and what they say that is not so: `<Sources>- "…": …</Sources>`. */
export function Sources({ children }: { children: ReactNode }) {
  const { about } = useLesson();
  const { from } = lessonOf(about.name);
  return (
    <>
      <p>This lesson comes from:</p>
      <ul>
        {from.map(({ document, part }) => (
          <li key={document}>
            {DOCUMENTS[document].title}: {part}. {DOCUMENTS[document].credit}
          </li>
        ))}
      </ul>
      {children}
      <p>
        <Link to="/lessons/course-documents/">How the lessons relate to the course documents</Link>
      </p>
    </>
  );
}
