import { Button } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { Link } from 'wouter';
import { useFormat } from '../../i18n/format';
import { useLanguage, useTexts } from '../../i18n/texts';
import { useRecords } from '../../replica';
import { Dialog } from '../../ui/Dialog';
import { Quiet } from '../../ui/Section';
import { State, toneOfState } from '../../ui/State';
import { useWords } from '../../ui/words';
import { Writable } from '../../ui/Writable';
import { NewOpportunity } from '../opportunities/NewOpportunity';
import { textIn, useStages } from '../opportunities/stages';
import styles from './Customer.module.css';
import { customerTexts } from './texts';

/** What the customer may buy; the newest close first. */
export function OpportunitiesTab({ id }: { readonly id: string }) {
  const t = useTexts(customerTexts);
  const format = useFormat();
  const word = useWords();
  const language = useLanguage();
  const stages = useStages();
  const { ready, rows } = useRecords('crm.opportunity', { where: { party_id: id }, order: [['expected_close', 'desc']] });
  const [adding, setAdding] = useState(false);
  if (!ready) return null;
  const stageOf = (stageId: string) => {
    const stage = stages.find((each) => each.id === stageId);
    return stage === undefined ? '' : textIn(stage, language);
  };
  return (
    <>
      <Writable>
        <Button variant="subtle" size="compact-sm" mb="sm" leftSection={<IconPlus size={15} aria-hidden />} onClick={() => setAdding(true)}>
          {t('new_opportunity')}
        </Button>
      </Writable>
      {rows.length === 0 && <Quiet>{t('no_opportunities')}</Quiet>}
      <ul className={styles.list}>
        {rows.map((opportunity) => (
          <li key={opportunity.id} className={styles.row}>
            <div className={styles.main}>
              <Link href={`/opportunities/${opportunity.id}`} className={styles.link}>
                {opportunity.title}
              </Link>
              <div className={styles.note}>{[stageOf(opportunity.stage_id), format.date(opportunity.expected_close)].filter(Boolean).join(' · ')}</div>
            </div>
            <State tone={toneOfState(opportunity.state)}>{word('opportunity', opportunity.state)}</State>
            <span className={styles.amount}>{format.money(opportunity.value, opportunity.currency || 'EUR')}</span>
          </li>
        ))}
      </ul>
      <Dialog opened={adding} onClose={() => setAdding(false)} title={t('new_opportunity')}>
        {adding && <NewOpportunity party={id} onDone={() => setAdding(false)} />}
      </Dialog>
    </>
  );
}
