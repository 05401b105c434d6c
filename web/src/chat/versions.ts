import { isUnfinished } from "~/api/types";
import { type Exchange, isWithdrawn } from "./exchanges";

/**
 * Puts exchanges together that ask the same directly one after another: a question asked again is one question with
 * several answers. Of those taken back before a word of answer, only a last one remains.
 */
export function versionsOf(exchanges: Exchange[]): Exchange[][] {
  const groups: Exchange[][] = [];
  for (const exchange of exchanges) {
    const group = groups.at(-1);
    const before = group?.at(-1);
    if (group !== undefined && before !== undefined && isAgain(before, exchange)) group.push(exchange);
    else groups.push([exchange]);
  }
  return groups.map((group) => group.filter((exchange, at) => at === group.length - 1 || !isWithdrawn(exchange)));
}

function isAgain(before: Exchange, { question }: Exchange): boolean {
  if (question === null || before.question === null || isUnfinished(before.answer.status)) return false;
  return question.content === before.question.content;
}
