import type CodeBlock from '@theme/CodeBlock';
import ElementContent from '@theme/CodeBlock/Content/Element';
import StringContent from '@theme/CodeBlock/Content/String';
import { Children, type ComponentProps, isValidElement, type ReactNode } from 'react';

/** Code. The original is made twice when a page starts, because its colors are in it; here they are in the style sheet. */
export default function OnceMadeCodeBlock({ children, ...props }: ComponentProps<typeof CodeBlock>): ReactNode {
  if (Children.toArray(children).some((child) => isValidElement(child)))
    return <ElementContent {...props}>{children}</ElementContent>;
  return <StringContent {...props}>{Children.toArray(children).join('')}</StringContent>;
}
