import type { ComponentProps, ElementType, ReactNode } from 'react';
import styles from './styles.module.css';

/** The box of a code block; its colors are in the style sheet, which knows the color mode before any script does. */
export default function CodeBlockContainer<T extends ElementType>({
  as,
  className,
  ...props
}: { as: T } & ComponentProps<T>): ReactNode {
  const As: ElementType = as;
  return <As {...props} className={`${className ?? ''} ${styles.container} theme-code-block`} />;
}
