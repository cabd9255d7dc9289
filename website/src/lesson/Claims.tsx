import Link from '@docusaurus/Link';
import { COURSE } from '../../../lessons/course.ts';
import claims from '../../static/generated/lessons/claims.json';
import styles from './lesson.module.css';
import { WideTable } from './WideTable.tsx';

/** A claim of a lesson and what was measured of it, as texts. */
export interface Told {
  claim: string;
  effect: string;
  interval: string;
  seeds: number;
  tested: string;
  file: string;
}

const CLAIMS: Readonly<Record<string, readonly Told[]>> = claims;
const SOURCES = 'https://github.com/weightkit/weightkit/blob/main/lessons';

/** A title without the place for what a test goes through. */
const titleOf = (tested: string): string => tested.replace(/[ :(]*(%s)?\)?$/, '');

function Rows({ title, lesson, told }: { title: string; lesson: string; told: readonly Told[] }) {
  return (
    <WideTable
      className={styles.claims}
      label={`Claims of ${title} and what was measured`}
      columns={['Claim', 'Effect', '95 % interval', 'Seeds', 'Tested by']}
    >
      {told.map(({ claim, effect, interval, seeds, tested, file }) => (
        <tr key={claim}>
          <th scope="row">{claim}</th>
          <td>{effect}</td>
          <td>{interval}</td>
          <td>{seeds}</td>
          <td>
            <a href={`${SOURCES}/${lesson}/${file}`}>{titleOf(tested)}</a>
          </td>
        </tr>
      ))}
    </WideTable>
  );
}

/** What each lesson claims, with what was measured of it. */
export function Claims() {
  return COURSE.map(({ title, about }, i) => {
    const told = CLAIMS[about.name];
    if (!told) return null;
    return (
      <section key={title}>
        <h2 id={about.name}>
          {i + 1}. <Link to={`/lessons/${about.name}/`}>{title}</Link>
        </h2>
        <Rows title={title} lesson={about.name} told={told} />
      </section>
    );
  });
}
