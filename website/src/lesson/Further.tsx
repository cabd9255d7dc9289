import Link from '@docusaurus/Link';
import type { About, PageLink } from '@weightkit/lesson/page';
import { COURSE, lessonOf } from '../../../lessons/course.ts';
import styles from './lesson.module.css';

const isRecipe = ({ to }: PageLink) => to.startsWith('/docs/cookbook/');

function Linked({ label, links }: { label: string; links: readonly PageLink[] }) {
  if (links.length === 0) return null;
  return (
    <p>
      {label}:{' '}
      {links.map(({ to, text }, i) => (
        <span key={to}>
          {i > 0 && ', '}
          <Link to={to}>{text}</Link>
        </span>
      ))}
    </p>
  );
}

/** What a lesson uses, in the guide and in the reference, recipes for what it teaches, and the lesson that comes next. */
export function Further({ about: { name, links } }: { about: About }) {
  const next = COURSE[COURSE.indexOf(lessonOf(name)) + 1]?.about;
  return (
    <div className={styles.further}>
      <Linked label="Used here" links={links.filter((link) => !isRecipe(link))} />
      <Linked label="In your own program" links={links.filter(isRecipe)} />
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
