import type { About } from '@weightkit/lesson/page';
import { COURSE, lessonOf } from '../../../lessons/course.ts';
import styles from './lesson.module.css';

/** Which lesson of the course it is, how hard it is and how long it takes. */
export function Place({ about: { name, level, minutes } }: { about: About }) {
  return (
    <p className={styles.place}>
      lesson {COURSE.indexOf(lessonOf(name)) + 1} of {COURSE.length} · {level} · {minutes} minutes
    </p>
  );
}
