/** What a rule of the packages says to users of a shell or a page: without the function's name. */
export const withoutFunction = (message: string): string => message.replace(/^[a-z]\w+: /i, '');
