/** The stages of opportunities, and what may be done with one by its state (`services/crm/domain/opportunities.py`). */
import { useCallback, useMemo } from 'react';
import { useLanguage, useTexts, type Language } from '../../i18n/texts';
import { useAuthor, useRecords, type RecordOf } from '../../replica';
import { useToasts } from '../../ui/toast';
import { opportunityTexts } from './texts';

export type Opportunity = RecordOf<'crm.opportunity'>;
export type Stage = RecordOf<'crm.opportunity_stage'>;

const LIVE: ReadonlySet<string> = new Set(['unspecified', 'open', 'quoting']);
export const isLive = (opportunity: Opportunity) => LIVE.has(opportunity.state);

/** Return a label in the user's language. */
export function textIn(record: { readonly texts: Readonly<Record<string, string>>; readonly code: string }, language: Language): string {
  return record.texts[language] ?? record.texts['it'] ?? record.code;
}

/** All stages in their order, those that are not offered any more too. */
export function useStages(): readonly Stage[] {
  return useRecords('crm.opportunity_stage', { order: [['position', 'asc']], limit: 500 }).rows;
}

/** Return the stages into which an opportunity may be moved: of its state, and from open into quoting. */
export function reachable(opportunity: Opportunity, stages: readonly Stage[]): readonly Stage[] {
  const state = opportunity.state === 'unspecified' ? 'open' : opportunity.state;
  if (state !== 'open' && state !== 'quoting') return [];
  const states = state === 'open' ? ['open', 'quoting'] : ['quoting'];
  return stages.filter((stage) => !stage.inactive && states.includes(stage.state) && stage.id !== opportunity.stage_id);
}

/** Return a function that moves an opportunity into a stage. */
export function useMove(): (opportunity: Opportunity, stage: Stage) => void {
  const t = useTexts(opportunityTexts);
  const language = useLanguage();
  const author = useAuthor();
  const toasts = useToasts();
  return useCallback(
    (opportunity, stage) =>
      void author
        .command('crm.opportunity:move', opportunity.id, { stage_id: stage.id }, { [`crm.opportunity/${opportunity.id}`]: { stage_id: stage.id, state: stage.state } })
        .then((made) => toasts.done(t('moved', { stage: textIn(stage, language) }), made))
        .catch(toasts.failed),
    [t, language, author, toasts],
  );
}

/** Reasons of an outcome that are offered. */
export function useReasons(outcome: 'lost' | 'dropped') {
  const { ready, rows } = useRecords('crm.loss_reason', { where: { outcome, inactive: false }, order: [['position', 'asc']] });
  return useMemo(() => ({ ready, reasons: rows }), [ready, rows]);
}
