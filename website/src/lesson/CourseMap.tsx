import Link from '@docusaurus/Link';
import useBaseUrl from '@docusaurus/useBaseUrl';
import { COURSE, type CourseLesson, DOCUMENTS, type DocumentName } from '../../../lessons/course.ts';
import styles from './lesson.module.css';

const partsOf = ({ from }: CourseLesson): string =>
  from.map(({ document, part }) => `${DOCUMENTS[document].title}, ${part}`).join('; ');

function Entry({ lesson }: { lesson: CourseLesson }) {
  const { title, does, level, minutes, about } = lesson;
  const thumbnail = useBaseUrl(`/generated/lessons/${about.name}/${about.main.figure}-narrow`);
  return (
    <li>
      <div className={styles.entry}>
        <div className={styles.thumbnail}>
          {['', '-dark'].map((side) => (
            <img
              key={side}
              className={side === '' ? 'in-light' : 'in-dark'}
              src={`${thumbnail}${side}.svg`}
              alt=""
              width={360}
              height={380}
              loading="lazy"
            />
          ))}
        </div>
        <div>
          <h2>
            <Link to={`/lessons/${about.name}/`}>{title}</Link>
          </h2>
          <p>{does}</p>
          <p className={styles.place}>
            {level} · {minutes} minutes
          </p>
          <p className={styles.from}>From: {partsOf(lesson)}</p>
        </div>
      </div>
    </li>
  );
}

/** All lessons in their order. */
export const CourseMap = () => (
  <ol className={styles.course}>
    {COURSE.map((lesson) => (
      <Entry key={lesson.title} lesson={lesson} />
    ))}
  </ol>
);

/** For each course document, what of it is in which lesson. */
export function DocumentMap() {
  return (
    <>
      {(Object.keys(DOCUMENTS) as DocumentName[]).map((document) => (
        <section key={document}>
          <h2>{DOCUMENTS[document].title}</h2>
          <p>{DOCUMENTS[document].credit}</p>
          <ul>
            {COURSE.flatMap(({ title, from, about }, i) =>
              from
                .filter((part) => part.document === document)
                .map(({ part }) => (
                  <li key={title}>
                    {part}: lesson {i + 1}, <Link to={`/lessons/${about.name}/`}>{title}</Link>
                  </li>
                )),
            )}
          </ul>
        </section>
      ))}
    </>
  );
}
