/** Choices as people write them, one a line: `wood = Legno / Wood`. */
import type { FieldDefinition } from '../../fields/definitions';

type Choice = FieldDefinition['choices'][number];

/** Return a key made of a name: "Ore di piega" -> "ore_di_piega". */
export function keyFrom(name: string): string {
  const plain = name.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  return plain.replace(/[^a-z0-9]+/g, '_').replace(/^[^a-z]+|_+$/g, '').slice(0, 40);
}

/** Return choices as lines; those that are retired are not among them. */
export function writtenChoices(choices: readonly Choice[]): string {
  return choices
    .filter((choice) => choice.retired !== true)
    .map(({ key = '', labels = {} }) => `${key} = ${[labels['it'] ?? key, labels['en']].filter(Boolean).join(' / ')}`)
    .join('\n');
}

/** Return the choices of these lines; one that was there and is not any more is retired. null: a line cannot be read. */
export function choicesFrom(text: string, before: readonly Choice[]): readonly Choice[] | null {
  const found: Choice[] = [];
  for (const line of text.split('\n').filter((each) => each.trim() !== '')) {
    const [first = '', rest] = line.split(/=(.*)/s);
    const [it = '', en = ''] = (rest ?? first).split('/').map((part) => part.trim());
    const key = rest === undefined ? keyFrom(it) : first.trim();
    if (!/^[a-z0-9][a-z0-9_]{0,39}$/.test(key) || it === '' || found.some((choice) => choice.key === key)) return null;
    found.push({ key, labels: { it, ...(en !== '' && { en }) }, retired: false });
  }
  const gone = before.filter((choice) => !found.some((each) => each.key === choice.key));
  return [...found, ...gone.map((choice) => ({ ...choice, retired: true }))];
}
