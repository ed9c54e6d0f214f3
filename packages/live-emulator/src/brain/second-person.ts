const SWAPS: Readonly<Record<string, string>> = {
  i: 'you',
  "i'm": 'you are',
  "i've": 'you have',
  "i'd": 'you would',
  "i'll": 'you will',
  am: 'are',
  me: 'you',
  my: 'your',
  mine: 'yours',
  myself: 'yourself',
};
const QUESTION_STARTS =
  /^\W*(?:(?:so|and|but|well|ok|okay),? )?(?:who|what|when|where|why|how|which|whose|is|are|do|does|did|can|could|would|should|will|shall|may|have|has)\b/i;

/** What somebody said about themselves, said back to them: "I think my street is loud" → "you think your street is loud". */
export function toSecondPerson(text: string): string {
  const swapped = text.replace(/[\p{L}'’]+/gu, (word) => SWAPS[word.toLowerCase().replace('’', "'")] ?? word);
  // A sentence that began with a capital only because it was first goes on in small letters; names keep theirs.
  return /^(?:The|A|An|We|It|This|That|These|Those|There|My|Our|Your|You|They|He|She|In|On|At|If|When|Maybe|Perhaps|People|Yes|No)\b/.test(
    swapped,
  )
    ? swapped.charAt(0).toLowerCase() + swapped.slice(1)
    : swapped;
}

/** Whether a text is a question, by its mark or by the way it begins. */
export function asksQuestion(text: string): boolean {
  return /\?\s*$/.test(text) || QUESTION_STARTS.test(text);
}
