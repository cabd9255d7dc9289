import Link from '@docusaurus/Link';
import { packages } from '../../packages';
import styles from './home.module.css';

/** The packages: what each does, how it is installed, where it is explained. */
export default function Cards() {
  return (
    <ul className={styles.cards}>
      {packages.map(({ name, what, tfjs }) => (
        <li key={name}>
          <h3>
            <Link to={`/docs/start/${name}/`}>@weightkit/{name}</Link>
          </h3>
          <p>{what}</p>
          <code>
            npm install @weightkit/{name}
            {tfjs && ' @tensorflow/tfjs'}
          </code>
        </li>
      ))}
    </ul>
  );
}
