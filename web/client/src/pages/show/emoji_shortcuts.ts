/** `:heart:` and `<3` as one types them. Pure. */

const BY_NAME: Readonly<Record<string, string>> = {
  heart: "❤️", love: "😍", fire: "🔥", clap: "👏", laugh: "😂", joy: "😂", smile: "😊", wink: "😉", cry: "😢", sob: "😭",
  wow: "😮", thumbsup: "👍", thumbsdown: "👎", ok: "👌", pray: "🙏", party: "🎉", star: "⭐", sparkles: "✨", eyes: "👀",
  money: "💸", gift: "🎁", dress: "👗", shirt: "👕", jeans: "👖", coat: "🧥", shoes: "👟", heels: "👠", bag: "👜", hat: "👒",
  sunglasses: "🕶️", ring: "💍", hundred: "💯", wave: "👋", hug: "🤗", think: "🤔", shrug: "🤷",
};
const BY_SHAPE: readonly (readonly [RegExp, string])[] = [
  [/(^|\s)<3(?=\s|$)/g, "$1❤️"],
  [/(^|\s):-?\)(?=\s|$)/g, "$1😊"],
  [/(^|\s);-?\)(?=\s|$)/g, "$1😉"],
  [/(^|\s):-?D(?=\s|$)/g, "$1😄"],
  [/(^|\s):-?\((?=\s|$)/g, "$1😢"],
];

/** The text with every known shortcut replaced; unknown names and times like 12:30:45 stay. */
export function withEmoji(text: string): string {
  let found = text.replace(/:([a-z]{2,12}):/g, (whole, name: string) => BY_NAME[name] ?? whole);
  for (const [shape, emoji] of BY_SHAPE) found = found.replace(shape, emoji);
  return found;
}

/** Names that begin with what is being typed after a colon at the end of the text, with their emoji. */
export function suggestions(text: string, most = 5): { name: string; emoji: string }[] {
  const typed = /(?:^|\s):([a-z]{2,12})$/.exec(text)?.[1];
  if (typed === undefined) return [];
  return Object.entries(BY_NAME).filter(([name]) => name.startsWith(typed)).slice(0, most).map(([name, emoji]) => ({ name, emoji }));
}

/** The text with the shortcut that is being typed finished. */
export function finished(text: string, emoji: string): string {
  return text.replace(/:[a-z]{2,12}$/, emoji) + " ";
}
