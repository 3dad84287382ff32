import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { loader, parse, View, type Spec } from 'vega';
import { expressionInterpreter } from 'vega-interpreter';
import { compile, type TopLevelSpec } from 'vega-lite';
import styles from './Dashboards.module.css';
import { isOneCurrency, rowsOf, type Reading } from './figures';

/** Nothing is loaded: the server takes no specification that would, and neither is this one asked. */
const refusing = { ...loader(), load: () => Promise.reject(new Error('charts load nothing')) };

/** Field of the data that says which row a mark is of. */
const ROW = 'report_row';

/** What a letter of the axis takes, the gap between two names, what stands beside the bars. */
const [LETTER_PX, GAP_PX, AXIS_PX] = [6, 12, 90];

const NUMBERS = {
  it: { decimal: ',', thousands: '.', grouping: [3], currency: ['', '\u00a0€'] },
  en: { decimal: '.', thousands: ',', grouping: [3], currency: ['€', ''] },
} as const;

/**
 * A report's Vega-Lite specification over its rows. Expressions are interpreted, not compiled: the page's policy
 * allows no code made of texts. The table beside it says the same to who does not see it.
 */
export default function Chart({ reading, onOpen }: { readonly reading: Reading; /** A mark was clicked: a row's place among the rows. */ readonly onOpen: (row: number) => void }) {
  const scheme = useComputedColorScheme();
  const place = useRef<HTMLDivElement>(null);
  const [failed, setFailed] = useState(false);
  const { chart } = reading.figures;
  const values = rowsOf(reading).map((row, at) => ({ ...row, [ROW]: at }));
  const drawn = JSON.stringify([chart, values, scheme]);
  useEffect(() => {
    const container = place.current;
    if (container === null) return undefined;
    let view: View | undefined;
    try {
      view = viewOf(isOneCurrency(reading.figures) ? withoutCurrency(chart) : chart, values, container);
      // The same as a row of the table, for who points at a picture; the keyboard has the table.
      view.addEventListener('click', (_, item) => {
        const at = (item as { readonly datum?: { readonly [ROW]?: unknown } } | null | undefined)?.datum?.[ROW];
        if (typeof at === 'number') onOpen(at);
      });
      view.runAsync().catch(() => setFailed(true));
    } catch {
      setFailed(true);
    }
    return () => {
      view?.finalize();
    };
    // oxlint-disable-next-line react/exhaustive-deps -- the same chart has the same text
  }, [drawn]);
  return failed ? null : <div ref={place} className={styles.chart} aria-hidden />;
}

function viewOf(chart: string, values: readonly Record<string, unknown>[], container: HTMLElement): View {
  const given = JSON.parse(chart) as Record<string, unknown>;
  const width = Math.max(container.clientWidth, 200);
  const specification = {
    ...given,
    data: { name: 'report', values },
    width,
    height: 180,
    // The last number of the axis stands half outside.
    padding: { left: 4, top: 4, right: 24, bottom: 4 },
    autosize: { type: 'fit', contains: 'padding' },
    background: 'transparent',
    config: { ...lying(values, width), ...(given['config'] as object | undefined), ...themeOf(getComputedStyle(document.documentElement)) },
  };
  const compiled: Spec = compile(specification as unknown as TopLevelSpec).spec;
  return new View(parse(compiled, undefined, { ast: true }), {
    expr: expressionInterpreter,
    loader: refusing,
    renderer: 'svg',
    container,
    hover: true,
  });
}

/** Names beneath a chart lie as long as there is room for them; else Vega-Lite has them stand. */
function lying(values: readonly Record<string, unknown>[], width: number): object {
  const names = new Set(values.map((row) => row['group_1_label']).filter((name) => typeof name === 'string'));
  const longest = Math.max(0, ...[...names].map((name) => name.length));
  if (names.size * (longest * LETTER_PX + GAP_PX) > width - AXIS_PX) return {};
  return { axisXBand: { labelAngle: 0 }, axisXPoint: { labelAngle: 0 } };
}

/** A chart whose amounts are all of one currency needs no colours and no legend for it. */
function withoutCurrency(chart: string): string {
  const given = JSON.parse(chart) as { encoding?: Record<string, { field?: string }> };
  const encoding = Object.entries(given.encoding ?? {}).filter(([, each]) => each.field !== 'currency_label');
  return JSON.stringify({ ...given, ...(given.encoding === undefined ? {} : { encoding: Object.fromEntries(encoding) }) });
}

/** The colours of the client's scheme. */
function themeOf(style: CSSStyleDeclaration): object {
  const colour = (name: string) => style.getPropertyValue(name).trim() || undefined;
  const text = colour('--s-muted');
  const line = colour('--s-border');
  return {
    font: 'Inter Variable, sans-serif',
    locale: { number: NUMBERS[document.documentElement.lang === 'en' ? 'en' : 'it'] },
    mark: { color: colour('--s-brand') },
    view: { stroke: null },
    axis: { labelColor: text, titleColor: text, gridColor: line, domainColor: line, tickColor: line, titleFontWeight: 500 },
    legend: { labelColor: text, titleColor: text, titleFontWeight: 500 },
  };
}
