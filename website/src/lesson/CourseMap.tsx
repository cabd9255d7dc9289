import Link from '@docusaurus/Link';
import useBaseUrl from '@docusaurus/useBaseUrl';
import { Fragment } from 'react';
import { COURSE, type CourseLesson, DOCUMENTS, type DocumentName } from '../../../lessons/course.ts';
import { DOCUMENT_PARTS, type DocumentPart } from '../../../lessons/document-parts.ts';
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

const nameOf = ({ kind, number }: DocumentPart): string => {
  if (number === undefined) return 'Section';
  if (kind === 'slide' || kind === 'exercise') return `${kind === 'slide' ? 'Slide' : 'Exercise'} ${number}`;
  return kind === 'challenge' ? `Part ${number}, code challenge` : `Part ${number}, code`;
};

function LessonLink({ number }: { number: number }) {
  const { title, about } = COURSE[number - 1]!;
  return (
    <>
      lesson {number}, <Link to={`/lessons/${about.name}/`}>{title}</Link>
    </>
  );
}

/** For each course document, where each of its slides, sections and exercises is. */
export function DocumentMap() {
  return (
    <>
      {(Object.keys(DOCUMENTS) as DocumentName[]).map((document) => (
        <section key={document}>
          <h2>{DOCUMENTS[document].title}</h2>
          <p>{DOCUMENTS[document].credit}</p>
          <ul>
            {DOCUMENT_PARTS[document].map((part) => (
              <li key={part.about}>
                {nameOf(part)}, {part.about}:{' '}
                {part.lessons.map((number, i) => (
                  <Fragment key={number}>
                    {i > 0 && '; '}
                    <LessonLink number={number} />
                  </Fragment>
                ))}
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}
