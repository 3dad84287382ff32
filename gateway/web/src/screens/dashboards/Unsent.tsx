import { Link } from 'wouter';
import { useFormat } from '../../i18n/format';
import { useLanguage, useTexts } from '../../i18n/texts';
import { Items, Quiet, Section } from '../../ui/Section';
import { textIn } from './figures';
import { useUnsent } from './kept';
import { dashboardTexts } from './texts';

/** This user's reports that did not go out, with what to do; nothing where all did. */
export function UnsentReports() {
  const t = useTexts(dashboardTexts);
  const language = useLanguage();
  const format = useFormat();
  const unsent = useUnsent();
  if (unsent.length === 0) return null;
  return (
    <Section title={t('unsent_reports')} count={unsent.length}>
      <Items>
        {unsent.map(({ report }) => (
          <li key={report.id}>
            <Link href="/dashboards/saved">{textIn(report.names, language)}</Link>
            <Quiet>
              {t('unsent', { when: format.moment(report.sending_problem?.due_at ?? '') })}. {textIn(report.sending_problem?.texts ?? {}, language)}
            </Quiet>
          </li>
        ))}
      </Items>
    </Section>
  );
}
