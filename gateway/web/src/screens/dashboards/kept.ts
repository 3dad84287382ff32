/** Reports that are kept: of which owner each is, and what is done with it. They are written at their owner, online. */
import { useLanguage, useTexts } from '../../i18n/texts';
import { useRecords, useReplica, useMe, type RecordOf, type Values } from '../../replica';
import { useToasts } from '../../ui/toast';
import { textIn } from './figures';
import { remember, useLatest } from './latest';
import { dashboardTexts } from './texts';

export const SERVICES = ['crm', 'offers', 'aftersales'] as const;
export type Service = (typeof SERVICES)[number];
export type Report = RecordOf<'crm.report'>;
export type Dashboard = RecordOf<'crm.dashboard'>;

export interface KeptReport {
  readonly service: Service;
  readonly report: Report;
}

export const entityOf = ({ service }: KeptReport) => `${service}.report` as const;
export const addressOfReport = ({ service, report }: KeptReport): string => `/v1/${service}/reports/${report.id}`;

/** Return the reports that people made, those of no dashboard too; `ready` once the copy has answered. */
export function useKeptReports(): { readonly ready: boolean; readonly all: readonly KeptReport[] } {
  const latest = useLatest();
  const found = [useRecords('crm.report'), useRecords('offers.report'), useRecords('aftersales.report')];
  const all = found.flatMap(({ rows }, at) => (rows as readonly Report[]).map((report) => ({ service: SERVICES[at] ?? 'crm', report: latest(report) })));
  return { ready: found.every((each) => each.ready), all: all.filter(({ report }) => report.owner_id !== '') };
}

/** Return the reports of this user that did not go out, the latest first. */
export function useUnsent(): readonly KeptReport[] {
  const me = useMe();
  const dueAt = ({ report }: KeptReport) => report.sending_problem?.due_at ?? '';
  return useKeptReports()
    .all.filter(({ report }) => report.owner_id === me && report.sending_problem != null)
    .toSorted((a, b) => dueAt(b).localeCompare(dueAt(a)));
}

export interface Changes {
  /** Write fields of the version that is shown; true if it was done, else it was told why not. */
  readonly change: (kept: KeptReport, fields: Values, told: string) => Promise<boolean>;
  readonly remove: (kept: KeptReport) => Promise<void>;
  readonly duplicate: (kept: KeptReport) => Promise<void>;
}

/** What is done with a report that is kept. Failures are told. */
export function useChanges(): Changes {
  const t = useTexts(dashboardTexts);
  const language = useLanguage();
  const { online, sync } = useReplica();
  const toasts = useToasts();
  const done = async (work: () => Promise<void>) => {
    try {
      await work();
      await sync.now();
      return true;
    } catch (error) {
      toasts.failed(error);
      return false;
    }
  };
  return {
    change: (kept, fields, told) =>
      done(async () => {
        remember(entityOf(kept), await online.patch(addressOfReport(kept), fields, kept.report.version));
        toasts.done(told);
      }),
    remove: async (kept) => {
      const { names, version } = kept.report;
      // A write brings back what was deleted; its names are the ones that it had.
      const undo = () => done(async () => remember(entityOf(kept), await online.patch(addressOfReport(kept), { names })));
      await done(async () => {
        await online.remove(addressOfReport(kept), version);
        toasts.done(t('report_deleted', { name: textIn(names, language) }), { undo });
      });
    },
    duplicate: async ({ service, report }) => {
      const name = t('copy_of', { name: textIn(report.names, language) });
      await done(async () => {
        await online.post(`/v1/${service}/reports`, { names: { [language]: name.slice(0, 200) }, descriptions: report.descriptions, definition: report.definition, visibility: 'mine' });
        toasts.done(t('saved', { name }));
      });
    },
  };
}
