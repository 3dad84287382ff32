/** Tiles of a dashboard: put on it, arranged, taken off; in a grid of 12 columns in which none may cover another. */
import { useLanguage, useTexts } from '../../i18n/texts';
import { useReplica, type Values, type Written } from '../../replica';
import { useToasts } from '../../ui/toast';
import { textIn } from './figures';
import { ownTexts } from './ownTexts';
import type { Dashboard, KeptReport, Service } from './kept';
import { remember } from './latest';
import { dashboardTexts } from './texts';

const COLUMNS = 12;
const HEIGHT = 4;
/** After those that everybody has. */
const LAST = 100;
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
  /** True if it was done. */
  readonly rename: (owned: OwnedDashboard, name: string) => Promise<boolean>;
  /** True if it was done; it can be taken back. */
  readonly remove: (owned: OwnedDashboard) => Promise<boolean>;
  /** Make a copy that is this user's; return its id, '' if it was not done. */
  readonly duplicate: (owned: OwnedDashboard) => Promise<string>;
}

const addressOf = ({ service, dashboard }: OwnedDashboard): string => `/v1/${service}/dashboards/${dashboard.id}`;

/** How dashboards are changed; failures are told. */
export function usePutting(): Putting {
  const t = useTexts(dashboardTexts);
  const language = useLanguage();
  const { online, sync } = useReplica();
  const toasts = useToasts();
  const own = useTexts(ownTexts);
  /** Return what the work gave once the copy has it; undefined if it failed, which is told. */
  const done = async <T>(work: () => Promise<T>, told: string, undo?: Written['undo']): Promise<T | undefined> => {
    try {
      const made = await work();
      if (told !== '') toasts.done(told, undo === undefined ? undefined : { undo });
      await sync.now();
      return made;
    } catch (error) {
      toasts.failed(error);
      return undefined;
    }
  };
  const write = async (owned: OwnedDashboard, fields: Values) => remember(`${owned.service}.dashboard`, await online.patch(addressOf(owned), fields, owned.dashboard.version));
  const brought = async (owned: OwnedDashboard, names: Dashboard['names']) => {
    remember(`${owned.service}.dashboard`, await online.patch(addressOf(owned), { names }));
    return true;
  };
  const nameOf = ({ dashboard }: OwnedDashboard) => textIn(dashboard.names, language);
  const tiled = async (on: OwnedDashboard, tiles: readonly TileRecord[], told: string) => {
    await done(() => write(on, { tiles }), told);
  };
  return {
    put: (on, kept) => tiled(on, withTile(on.dashboard.tiles, kept), t('put_done', { dashboard: nameOf(on) })),
    putOnNew: async (kept) => {
      const name = textIn(kept.report.names, language);
      await done(() => online.post('/v1/crm/dashboards', { names: { [language]: name }, tiles: withTile([], kept), visibility: 'mine', position: LAST }), t('put_done', { dashboard: name }));
    },
    arrange: (on, tiles) => tiled(on, packed(tiles), ''),
    rename: async (owned, name) => {
      const renamed = await done(() => write(owned, { names: { ...owned.dashboard.names, [language]: name } }).then(() => true), own('saved', { name }));
      return renamed === true;
    },
    remove: async (owned) => {
      const { names, version } = owned.dashboard;
      // A write brings back what was deleted; its names are the ones that it had.
      const undo = async () => (await done(() => brought(owned, names), '')) === true;
      const removed = await done(() => online.remove(addressOf(owned), version).then(() => true), own('deleted', { name: nameOf(owned) }), undo);
      return removed === true;
    },
    duplicate: async (owned) => {
      const { descriptions, tiles, filters } = owned.dashboard;
      const name = t('copy_of', { name: nameOf(owned) }).slice(0, 100);
      const made = await done(() => online.post(`/v1/${owned.service}/dashboards`, { names: { [language]: name }, descriptions, tiles, filters, visibility: 'mine', position: LAST }), own('saved', { name }));
      return (made as { readonly id?: string } | undefined)?.id ?? '';
    },
  };
}
