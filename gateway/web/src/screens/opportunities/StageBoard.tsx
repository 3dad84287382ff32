/** Opportunities by their stage, a column each, then how they ended; the filters of the list hold. */
import { ActionIcon, Menu } from '@mantine/core';
import { IconArrowRight } from '@tabler/icons-react';
import { useMemo } from 'react';
import { Link } from 'wouter';
import { useFormat } from '../../i18n/format';
import { useLanguage, useTexts } from '../../i18n/texts';
import { useRecords, type Where } from '../../replica';
import { State, toneOfState } from '../../ui/State';
import { useWords } from '../../ui/words';
import styles from '../offers/Board.module.css';
import { usePartyNames } from '../today/Reminders';
import { isLive, reachable, textIn, useMove, useStages, type Opportunity, type Stage } from './stages';
import { opportunityTexts } from './texts';

/** Cards of a column; the list shows all. */
const MOST = 40;
const ENDS = ['won', 'lost', 'dropped'] as const;

export function StageBoard({ where }: { readonly where: Where<'crm.opportunity'> }) {
  const t = useTexts(opportunityTexts);
  const word = useWords();
  const language = useLanguage();
  const stages = useStages();
  const { ready, rows } = useRecords('crm.opportunity', { where, order: [['expected_close', 'asc']], limit: 2000 });
  const columns = useMemo(() => {
    const live = stages.filter((stage) => stage.state === 'open' || stage.state === 'quoting');
    const first = live[0]?.id;
    // One without a stage, made here and not sent yet, will get the first one.
    const inStage = (stage: Stage) => rows.filter((row) => isLive(row) && (row.stage_id === stage.id || (row.stage_id === '' && stage.id === first)));
    return [
      ...live.map((stage) => ({ key: stage.id, title: textIn(stage, language), isRetired: stage.inactive, cards: inStage(stage) })),
      ...ENDS.map((state) => ({ key: state, title: word('opportunity', state), isRetired: false, cards: rows.filter((row) => row.state === state) })),
    ].filter((column) => !column.isRetired || column.cards.length > 0);
  }, [stages, rows, language, word]);
  const shown = useMemo(() => columns.flatMap((column) => column.cards.slice(0, MOST)), [columns]);
  const names = usePartyNames(shown.map((row) => row.party_id));
  if (!ready) return <div className={styles.board} />;
  return (
    <div className={styles.board}>
      {columns.map(({ key, title, cards }) => (
        <section key={key} className={styles.column} aria-label={title}>
          <h2 className={styles.head}>
            <span>{title}</span>
            <span className={styles.count}>{cards.length}</span>
          </h2>
          <ul className={styles.cards}>
            {cards.slice(0, MOST).map((opportunity) => (
              <Card key={opportunity.id} opportunity={opportunity} stages={stages} partyName={names.get(opportunity.party_id) ?? ''} />
            ))}
          </ul>
          {cards.length === 0 && <p className={styles.none}>{t('nothing')}</p>}
          {cards.length > MOST && <p className={styles.none}>{t('more', { number: cards.length - MOST })}</p>}
        </section>
      ))}
    </div>
  );
}

function Card({ opportunity, stages, partyName }: { readonly opportunity: Opportunity; readonly stages: readonly Stage[]; readonly partyName: string }) {
  const t = useTexts(opportunityTexts);
  const format = useFormat();
  const language = useLanguage();
  const word = useWords();
  const move = useMove();
  const next = reachable(opportunity, stages);
  return (
    <li style={{ position: 'relative' }}>
      <Link href={`/opportunities/${opportunity.id}`} className={styles.card}>
        <span className={styles.title} style={{ paddingInlineEnd: next.length > 0 ? 28 : 0 }}>
          {opportunity.title}
        </span>
        <span className={styles.note}>{partyName}</span>
        <span className={styles.line}>
          {isLive(opportunity) ? <span className={styles.note}>{format.date(opportunity.expected_close)}</span> : <State tone={toneOfState(opportunity.state)}>{word('opportunity', opportunity.state)}</State>}
          <span className={styles.amount}>{format.money(opportunity.value, opportunity.currency || 'EUR')}</span>
        </span>
      </Link>
      {next.length > 0 && (
        <Menu position="bottom-end" withinPortal={false} withInitialFocusPlaceholder={false}>
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" size={26} pos="absolute" top={6} right={6} aria-label={t('move_of', { name: opportunity.title })}>
              <IconArrowRight size={15} stroke={1.7} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {next.map((stage) => (
              <Menu.Item key={stage.id} onClick={() => move(opportunity, stage)}>
                {textIn(stage, language)}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
    </li>
  );
}
