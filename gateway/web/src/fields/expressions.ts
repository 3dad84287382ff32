/**
 * The language of formulas and conditions, as `services/kit/fields/expressions.py` has it: the same vectors hold for
 * both (`vectors.json`).
 *
 *     const condition = read('custom.hours > 3 and roles has dealer', scope);
 *     condition?.({ 'custom.hours': decimalOf('4'), roles: new Set(['dealer']) })        // true
 *
 * What was stored was checked by its owner, so what cannot be read here is null, without a reason. What is not there is
 * empty: arithmetic with it is empty, it counts as no, and no comparison holds with it.
 */
import { arithmetic, decimalOf, type Decimal } from './decimals';
import { functions } from './functions';
import { compared, type Operands, type Run, type Scope, type Type, type Value } from './operands';

interface Part {
  readonly type: Type;
  readonly run: Run;
}
interface Token {
  readonly kind: 'number' | 'name' | 'text' | 'sign' | 'end';
  readonly text: string;
}

const MOST_TEXT = 4000;
const WORDS: ReadonlySet<string> = new Set(['and', 'or', 'not', 'in', 'has', 'if', 'then', 'else', 'true', 'false']);
const TOKEN = /\s*(?:(?<number>\d+(?:\.\d+)?)|(?<name>[A-Za-z_]\w*(?:\.\w+)?)|(?<text>"[^"]*")|(?<sign><=|>=|!=|[-+*/()=<>,]))/y;

/** Cannot be read; never leaves this module. */
class Unreadable extends Error {}

/** Return how an expression is computed; null if it cannot be read. */
export function read(text: string, scope: Scope): Run | null {
  try {
    return new Parser(tokens(text), scope).whole().run;
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}

function tokens(text: string): readonly Token[] {
  const found: Token[] = [];
  const end = text.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const match = TOKEN.exec(text);
    const [kind, part] = Object.entries(match?.groups ?? {}).find(([, value]) => value !== undefined) ?? [];
    if (kind === undefined || part === undefined) throw new Unreadable();
    found.push({ kind: kind as Token['kind'], text: part });
  }
  return [...found, { kind: 'end', text: '' }];
}

const COMPARISONS: Readonly<Record<string, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '!=': (order) => order === 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};
const isTrue = (value: Value) => value === true;

class Parser {
  private at = 0;

  constructor(
    private readonly words: readonly Token[],
    private readonly scope: Scope,
  ) {}

  private get now(): Token {
    return this.words[this.at] ?? { kind: 'end', text: '' };
  }

  private take(...texts: readonly string[]): string | null {
    const { kind, text } = this.now;
    if ((kind !== 'name' && kind !== 'sign') || !texts.includes(text)) return null;
    this.at += 1;
    return text;
  }

  private need(text: string): void {
    if (this.take(text) === null) throw new Unreadable();
  }

  private typed(part: Part, ...types: readonly Type[]): Part {
    if (!types.includes(part.type)) throw new Unreadable();
    return part;
  }

  whole(): Part {
    const part = this.any();
    if (this.now.kind !== 'end') throw new Unreadable();
    return part;
  }

  private any(): Part {
    return this.joined('or', () => this.joined('and', () => this.negated()));
  }

  private joined(word: 'and' | 'or', level: () => Part): Part {
    const first = level();
    const parts = [first];
    while (this.take(word) !== null) parts.push(level());
    if (parts.length === 1) return first;
    const runs = parts.map((part) => this.typed(part, 'boolean').run);
    const run: Run = word === 'and' ? (record) => runs.every((each) => isTrue(each(record))) : (record) => runs.some((each) => isTrue(each(record)));
    return { type: 'boolean', run };
  }

  private negated(): Part {
    let count = 0;
    while (this.take('not') !== null) count += 1;
    const part = this.compared();
    if (count === 0) return part;
    const { run } = this.typed(part, 'boolean');
    const isOdd = count % 2 === 1;
    return { type: 'boolean', run: (record) => isTrue(run(record)) !== isOdd };
  }

  private compared(): Part {
    const left = this.sum();
    const sign = this.take('=', '!=', '<', '<=', '>', '>=');
    if (sign !== null) return this.comparison(left, sign);
    if (this.take('in') !== null) return this.among(left);
    return this.take('has') === null ? left : this.having(left);
  }

  private comparison(left: Part, sign: string): Part {
    this.typed(left, 'number', 'text', 'date', 'time', ...(sign === '=' || sign === '!=' ? (['boolean'] as const) : []));
    const right = this.typed(this.sum(), left.type);
    const test = COMPARISONS[sign] ?? (() => false);
    const holds = (record: Operands) => {
      const [a, b] = [left.run(record), right.run(record)];
      return a !== null && b !== null && test(compared(left.type, a, b));
    };
    return { type: 'boolean', run: sign === '!=' ? (record) => !holds(record) : holds };
  }

  private among(left: Part): Part {
    this.typed(left, 'text', 'number');
    this.need('(');
    const options = [this.typed(this.sum(), left.type).run];
    while (this.take(',') !== null) options.push(this.typed(this.sum(), left.type).run);
    this.need(')');
    return {
      type: 'boolean',
      run: (record) => {
        const value = left.run(record);
        return value !== null && options.some((option) => option(record) === value);
      },
    };
  }

  private having(left: Part): Part {
    this.typed(left, 'set');
    const { kind, text } = this.now;
    if (kind !== 'text' && (kind !== 'name' || WORDS.has(text))) throw new Unreadable();
    this.at += 1;
    const option = kind === 'text' ? text.slice(1, -1) : text;
    return { type: 'boolean', run: (record) => (left.run(record) as ReadonlySet<string> | null)?.has(option) ?? false };
  }

  private sum(): Part {
    let left = this.product();
    for (let sign = this.take('+', '-'); sign !== null; sign = this.take('+', '-')) left = this.added(left, this.product(), sign);
    return left;
  }

  private added(left: Part, right: Part, sign: string): Part {
    if (sign === '-' || left.type !== 'text') return this.computed(left, right, sign);
    this.typed(right, 'text');
    const run: Run = (record) => {
      const joined = `${(left.run(record) ?? '') as string}${(right.run(record) ?? '') as string}`;
      return Array.from(joined).slice(0, MOST_TEXT).join('') || null;
    };
    return { type: 'text', run };
  }

  private computed(left: Part, right: Part, sign: string): Part {
    const [one, other] = [this.typed(left, 'number').run, this.typed(right, 'number').run];
    const operation = arithmetic[sign] ?? (() => null);
    const run: Run = (record) => {
      const [a, b] = [one(record), other(record)];
      return a === null || b === null ? null : operation(a as Decimal, b as Decimal);
    };
    return { type: 'number', run };
  }

  private product(): Part {
    let left = this.signed();
    for (let sign = this.take('*', '/'); sign !== null; sign = this.take('*', '/')) left = this.computed(left, this.signed(), sign);
    return left;
  }

  private signed(): Part {
    let count = 0;
    while (this.take('-') !== null) count += 1;
    const part = this.atom();
    if (count === 0) return part;
    const { run } = this.typed(part, 'number');
    if (count % 2 === 0) return part;
    return { type: 'number', run: (record) => negative(run(record) as Decimal | null) };
  }

  private atom(): Part {
    const { kind, text } = this.now;
    this.at += 1;
    if (kind === 'number') return { type: 'number', run: constant(decimalOf(text)) };
    if (kind === 'text') return { type: 'text', run: constant(text.slice(1, -1) || null) };
    if (kind === 'sign' && text === '(') {
      const part = this.any();
      this.need(')');
      return part;
    }
    if (kind !== 'name') throw new Unreadable();
    if (text === 'true' || text === 'false') return { type: 'boolean', run: constant(text === 'true') };
    if (text === 'if') return this.either();
    if (WORDS.has(text)) throw new Unreadable();
    return this.take('(') === null ? this.field(text) : this.call(text);
  }

  private either(): Part {
    const when = this.typed(this.any(), 'boolean').run;
    this.need('then');
    const yes = this.any();
    this.need('else');
    const no = this.typed(this.any(), yes.type);
    return { type: yes.type, run: (record) => (isTrue(when(record)) ? yes : no).run(record) };
  }

  private field(name: string): Part {
    const type = Object.hasOwn(this.scope, name) ? this.scope[name] : undefined;
    if (type === undefined) throw new Unreadable();
    return { type, run: (record) => record[name] ?? null };
  }

  private call(name: string): Part {
    const known = Object.hasOwn(functions, name) ? functions[name] : undefined;
    const parts: Part[] = [];
    if (this.take(')') === null) {
      do parts.push(this.any());
      while (this.take(',') !== null);
      this.need(')');
    }
    if (known === undefined || parts.length < known.least || parts.length > known.most) throw new Unreadable();
    for (const [place, part] of parts.entries()) {
      const types = known.takes[Math.min(place, known.takes.length - 1)] ?? [];
      if (types.length > 0) this.typed(part, ...types);
      if (known.alike === true) this.typed(part, parts[0]?.type ?? 'other');
    }
    const type = known.gives ?? parts[0]?.type ?? 'other';
    const runs = parts.map((part) => part.run);
    return { type, run: known.make(runs, type) };
  }
}

const constant = (value: Value): Run => () => value;
const negative = (number: Decimal | null) => (number === null ? null : -number);
