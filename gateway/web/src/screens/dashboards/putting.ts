/** Tiles of a dashboard: put on it, arranged, taken off; in a grid of 12 columns in which none may cover another. */
import { useLanguage, useTexts } from '../../i18n/texts';
import { useReplica, type Values } from '../../replica';
import { useToasts } from '../../ui/toast';
import { textIn } from './figures';
import type { Dashboard, KeptReport, Service } from './kept';
import { remember } from './latest';
import { dashboardTexts } from './texts';

const COLUMNS = 12;
const HEIGHT = 4;
export const WIDTHS = [4, 6, 8, 12] as const;
export type TileRecord = Dashboard['tiles'][number];

export interface OwnedDashboard {
  readonly service: Service;
  readonly dashboard: Dashboard;
}

/** Return tiles in reading order. */
export const inOrder = (tiles: readonly TileRecord[]): readonly TileRecord[] => tiles.toSorted((a, b) => (a.y ?? 0) - (b.y ?? 0) || (a.x ?? 0) - (b.x ?? 0));

/** Return tiles set one after the other, a new row where the next one has no place. */
export function packed(tiles: readonly TileRecord[]): readonly TileRecord[] {
  let x = 0;
  let y = 0;
  let highest = 0;
  return tiles.map((tile) => {
    const { w = COLUMNS, h = HEIGHT } = tile;
    if (x + w > COLUMNS) {
      x = 0;
      y += highest;
      highest = 0;
    }
    const placed = { ...tile, x, y, w, h };
    x += w;
    highest = Math.max(highest, h);
    return placed;
  });
}

/** Return tiles and, below them, one more. */
function withTile(tiles: readonly TileRecord[], { service, report }: KeptReport): readonly TileRecord[] {
  const y = Math.max(0, ...tiles.map((each) => (each.y ?? 0) + (each.h ?? HEIGHT)));
  return [...tiles, { service, report_id: report.id, x: 0, y, w: COLUMNS / 2, h: HEIGHT }];
}

export interface Putting {
  readonly put: (on: OwnedDashboard, kept: KeptReport) => Promise<void>;
  readonly putOnNew: (kept: KeptReport) => Promise<void>;
  readonly arrange: (on: OwnedDashboard, tiles: readonly TileRecord[]) => Promise<void>;
}

/** How dashboards are changed; failures are told. */
export function usePutting(): Putting {
  const t = useTexts(dashboardTexts);
  const language = useLanguage();
  const { online, sync } = useReplica();
  const toasts = useToasts();
  const done = (work: Promise<unknown>, told: string) =>
    work.then(
      async () => {
        if (told !== '') toasts.done(told);
        await sync.now();
      },
      (error: unknown) => toasts.failed(error),
    );
  const write = async ({ service, dashboard }: OwnedDashboard, fields: Values) =>
    remember(`${service}.dashboard`, await online.patch(`/v1/${service}/dashboards/${dashboard.id}`, fields, dashboard.version));
  return {
    put: (on, kept) => done(write(on, { tiles: withTile(on.dashboard.tiles, kept) }), t('put_done', { dashboard: textIn(on.dashboard.names, language) })),
    putOnNew: (kept) => {
      const name = textIn(kept.report.names, language);
      return done(online.post('/v1/crm/dashboards', { names: { [language]: name }, tiles: withTile([], kept), visibility: 'mine', position: 100 }), t('put_done', { dashboard: name }));
    },
    arrange: (on, tiles) => done(write(on, { tiles: packed(tiles) }), ''),
  };
}
