import Link from '@docusaurus/Link';
import useBaseUrl from '@docusaurus/useBaseUrl';
import { COURSE, type CourseLesson } from '../../../lessons/course.ts';
import { SESSIONS, type Session, SHORT_WAYS } from '../../../lessons/sessions.ts';
import { COURSE_ZIP, ZIP_SIZE } from './course-zip.ts';
import styles from './lesson.module.css';
import { WideTable } from './WideTable.tsx';

function LessonName({ lesson: { title, about } }: { lesson: CourseLesson }) {
  return <Link to={`/lessons/${about.name}/`}>{title}</Link>;
}

function Part({ session: { title, aim, lessons, minutes } }: { session: Session }) {
  return (
    <li>
      <strong>{title}</strong>, {minutes} minutes. {aim}
      <ul>
        {lessons.map((lesson) => (
          <li key={lesson.title}>
            {COURSE.indexOf(lesson) + 1}. <LessonName lesson={lesson} />, {lesson.minutes} minutes
          </li>
        ))}
      </ul>
    </li>
  );
}

/** The course in sessions, with their minutes. */
export function Sessions() {
  const minutes = SESSIONS.reduce((sum, session) => sum + session.minutes, 0);
  return (
    <>
      <p>
        {COURSE.length} lessons in {SESSIONS.length} sessions, {minutes} minutes in all.
      </p>
      <ol className={styles.sessions}>
        {SESSIONS.map((session) => (
          <Part key={session.title} session={session} />
        ))}
      </ol>
    </>
  );
}

/** What to take where there is no time for all of it. */
export function ShortWays() {
  return (
    <ul className={styles.sessions}>
      {SHORT_WAYS.map((session) => (
        <Part key={session.title} session={session} />
      ))}
    </ul>
  );
}

/** By lesson: what it needs first, its level and its sheets. */
export function Needs() {
  return (
    <WideTable
      className={styles.needs}
      label="What each lesson needs first"
      columns={['Lesson', 'Needs first', 'Level', 'Minutes', 'To print']}
    >
      {COURSE.map((lesson, i) => (
        <tr key={lesson.title}>
          <th scope="row">
            {i + 1}. <LessonName lesson={lesson} />
          </th>
          <td>{lesson.about.before.join(', ')}</td>
          <td>{lesson.level}</td>
          <td>{lesson.minutes}</td>
          <td>
            <Link to={`/lessons/question-sheets/#${lesson.about.name}`}>sheet</Link>,{' '}
            <Link to={`/lessons/answers/#${lesson.about.name}`}>answers</Link>
          </td>
        </tr>
      ))}
    </WideTable>
  );
}

/** The course to take away. */
export function Download() {
  const file = useBaseUrl(COURSE_ZIP);
  return (
    <p className={styles.download}>
      <a className="button button--primary" href={file} download>
        Download the course
      </a>{' '}
      {ZIP_SIZE}
    </p>
  );
}
