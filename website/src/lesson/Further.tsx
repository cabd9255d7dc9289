import Link from '@docusaurus/Link';
import type { About } from '@weightkit/lesson/page';
import { COURSE, lessonOf } from '../../../lessons/course.ts';
import styles from './lesson.module.css';

/** What a lesson uses, in the guide and in the reference, and the lesson that comes next. */
export function Further({ about: { name, links } }: { about: About }) {
  const next = COURSE.slice(COURSE.indexOf(lessonOf(name)) + 1).find(({ about }) => about)?.about;
  return (
    <div className={styles.further}>
      <p>
        Used here:{' '}
        {links.map(({ to, text }, i) => (
          <span key={to}>
            {i > 0 && ', '}
            <Link to={to}>{text}</Link>
          </span>
        ))}
      </p>
      <p>
        {next ? (
          <>
            Next lesson: <Link to={`/lessons/${next.name}/`}>{next.title}</Link>
          </>
        ) : (
          <Link to="/lessons/">All lessons</Link>
        )}
      </p>
    </div>
  );
}
