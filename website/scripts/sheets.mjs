// Writes ../lessons/question-sheets.mdx and ../lessons/answers.mdx: what the lessons ask, and what they answer, as their own pages have it.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const lessons = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'lessons');

const QUESTION = /<Question ask="([^"]+)">\n([\s\S]+?)\n<\/Question>/g;
const inside = (page, tag) => new RegExp(`<${tag}>\\n([\\s\\S]+?)\\n</${tag}>`).exec(page)?.[1].trim();

/** What a lesson's page asks and answers. */
export function asksOf(name, page) {
  const questions = [...page.matchAll(QUESTION)].map(([, ask, answer]) => ({ ask, answer: answer.trim() }));
  const found = { questions, why: inside(page, 'Predict'), hint: inside(page, 'Challenge') };
  const opened = page.split('<Question').length - 1;
  if (questions.length < 3 || questions.length !== opened || !found.why || !found.hint)
    throw new Error(`sheets: ${name} must have a prediction, a hint and three questions, each with its answer`);
  return found;
}

const front = (title, description, slug, position) => `---
title: ${title}
description: ${description}
slug: /${slug}
sidebar_position: ${position}
custom_edit_url: null
toc_max_heading_level: 2
---
`;

const sheetOf = ({
  name,
  heading,
  questions,
}) => `<Sheet lesson="${name}" questions={${JSON.stringify(questions.map(({ ask }) => ask))}}>

${heading}

</Sheet>`;

const answersOf = ({ name, heading, questions, why, hint }) => `<AnswerSheet lesson="${name}">

${heading}

### Before you run it

${why}

### Questions

${questions.map(({ ask, answer }) => `**${ask}**\n\n${answer}`).join('\n\n')}

### Your turn

${hint}

</AnswerSheet>`;

export async function writeSheets() {
  const { COURSE } = await import(pathToFileURL(join(lessons, 'dist/course.js')).href);
  const all = COURSE.map(({ title, about: { name } }, i) => {
    const heading = `## ${i + 1}. ${title} {/* #${name} */}`;
    return { name, heading, ...asksOf(name, readFileSync(join(lessons, name, 'lesson.mdx'), 'utf8')) };
  });
  const sheets = `${front('Question sheets', 'For every lesson its prediction, its questions and its challenge, to print.', 'question-sheets', 95)}
import { Sheet } from '@site/src/lesson/Sheet';

# Question sheets

What each lesson asks, to print: a lesson on a sheet of its own. Follow the link of one in the list at the side and print, and it prints alone. The [answers](/lessons/answers/) are on another page, and how both are used in class is told [for teachers](/lessons/teachers/).

${all.map(sheetOf).join('\n\n')}
`;
  const answers = `${front('Answers', 'For every lesson what comes out of its prediction, the answers to its questions and a hint for its challenge.', 'answers', 96)}
import { AnswerSheet } from '@site/src/lesson/Sheet';
import { Term } from '@site/src/lesson/Term';

# Answers

For the [question sheets](/lessons/question-sheets/): what comes out of the prediction, the answers, and a hint for the challenge, as each lesson has them. A lesson prints on a sheet of its own, and alone where its link was followed.

${all.map(answersOf).join('\n\n')}
`;
  writeFileSync(join(lessons, 'question-sheets.mdx'), sheets);
  writeFileSync(join(lessons, 'answers.mdx'), answers);
}
