import { Alert, Button, Stack } from '@mantine/core';
import { IconAlertTriangle, IconMoodSad, IconRefresh, IconTrophy, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { Link } from 'wouter';
import { CustomFields } from '../../fields/CustomFields';
import { CustomRecords } from '../../fields/CustomRecords';
import { useForm } from '../../fields/shapes';
import { parseDecimal, useFormat } from '../../i18n/format';
import { useLanguage, useTexts } from '../../i18n/texts';
import { useAuthor, useRecord, useRecords, type FieldsOf, type Values } from '../../replica';
import { Dialog } from '../../ui/Dialog';
import { InlineField } from '../../ui/InlineField';
import { Missing } from '../../ui/Missing';
import { RecordHead } from '../../ui/RecordHead';
import styles from '../../ui/RecordHead.module.css';
import { Items, Quiet, Section } from '../../ui/Section';
import { State, toneOfState } from '../../ui/State';
import { useToasts } from '../../ui/toast';
import { useWords } from '../../ui/words';
import { Writable } from '../../ui/Writable';
import { ActivityItem } from '../activities/ActivityItem';
import { isLive, reachable, textIn, useMove, useStages, type Opportunity } from '../opportunities/stages';
import { opportunityTexts } from '../opportunities/texts';
import { EndForm } from './EndForm';

/** What a customer may buy: how it stands, its offers, what was done for it. */
export default function OpportunityScreen({ params }: { readonly params: Readonly<Record<string, string>> }) {
  const t = useTexts(opportunityTexts);
  const word = useWords();
  const id = params['id'] ?? '';
  const { ready, record: opportunity } = useRecord('crm.opportunity', id);
  const form = useForm('crm.opportunity', opportunity);
  const { record: party } = useRecord('crm.party', opportunity?.party_id ?? '');
  if (!ready) return null;
  if (opportunity === null) return <Missing list="/opportunities" />;
  return (
    <>
      <RecordHead entity="crm.opportunity" id={id} title={opportunity.title} list="/opportunities" otherwise={{ order: [['expected_close', 'asc']] }} actions={<Writable><Actions opportunity={opportunity} /></Writable>}>
        <State tone={toneOfState(opportunity.state)}>{word('opportunity', opportunity.state)}</State>
        {party !== null && (
          <Link href={`/customers/${party.id}`} className={styles.link}>
            {party.name}
          </Link>
        )}
      </RecordHead>
      {opportunity.proposal === 'lose' && isLive(opportunity) && (
        <Alert icon={<IconAlertTriangle size={17} />} color="yellow" py="sm" mb="md">
          {t('proposal')}
        </Alert>
      )}
      <div className={styles.columns}>
        <div className={styles.column}>
          <Facts opportunity={opportunity} />
          <CustomFields entity="crm.opportunity" record={opportunity} form={form} />
          <Outcome opportunity={opportunity} />
        </div>
        <div className={styles.column}>
          <Offers id={id} />
          <Activities id={id} />
          <CustomRecords parentEntity="crm.opportunity" parentId={id} />
        </div>
      </div>
    </>
  );
}

type Command = 'win' | 'lose' | 'drop' | 'reopen';
const TARGETS: Readonly<Record<Command, Opportunity['state']>> = { win: 'won', lose: 'lost', drop: 'dropped', reopen: 'open' };
const ICONS = { win: IconTrophy, lose: IconMoodSad, drop: IconX, reopen: IconRefresh };

function Actions({ opportunity }: { readonly opportunity: Opportunity }) {
  const t = useTexts(opportunityTexts);
  const author = useAuthor();
  const toasts = useToasts();
  const [asked, setAsked] = useState<'lose' | 'drop' | null>(null);
  const commands: readonly Command[] = isLive(opportunity) ? ['drop', 'lose', 'win'] : opportunity.state === 'lost' ? ['reopen'] : [];
  const give = (command: Command, request: Values = {}) => {
    setAsked(null);
    const { note = '', competitor, ...told } = request;
    const outcome = command === 'reopen' ? { reason_id: '', outcome_note: '' } : { ...told, outcome_note: note, ...(competitor !== undefined && competitor !== '' && { competitor }) };
    author
      .command(`crm.opportunity:${command}`, opportunity.id, request, { [`crm.opportunity/${opportunity.id}`]: { state: TARGETS[command], ...outcome } })
      .then((made) => toasts.done(t(`done_${command}`), made))
      .catch(toasts.failed);
  };
  return (
    <>
      {commands.map((command) => {
        const Picture = ICONS[command];
        const isAsking = command === 'lose' || command === 'drop';
        return (
          <Button key={command} variant={isAsking ? 'default' : 'filled'} leftSection={<Picture size={16} aria-hidden />} onClick={() => (isAsking ? setAsked(command) : give(command))}>
            {t(command)}
          </Button>
        );
      })}
      <Dialog opened={asked !== null} onClose={() => setAsked(null)} title={asked && t(asked)}>
        {asked !== null && <EndForm command={asked} competitor={opportunity.competitor} onDone={(request) => give(asked, request)} />}
      </Dialog>
    </>
  );
}

function Facts({ opportunity }: { readonly opportunity: Opportunity }) {
  const t = useTexts(opportunityTexts);
  const format = useFormat();
  const language = useLanguage();
  const author = useAuthor();
  const toasts = useToasts();
  const stages = useStages();
  const move = useMove();
  const { rows: users } = useRecords('identity.user', { order: [['display_name', 'asc']], limit: 500 });
  const change = (label: string, fields: FieldsOf<'crm.opportunity'>) =>
    void author
      .edit('crm.opportunity', opportunity.id, fields)
      .then((made) => toasts.done(t('saved', { field: label }), made))
      .catch(toasts.failed);
  const number = (name: 'value' | 'probability') => (typed: string) => {
    const value = parseDecimal(typed, language);
    if (value === null) toasts.done(t('invalid'));
    else change(t(name), { [name]: value });
  };
  const shownIn = (value: string) => (language === 'it' ? value.replace('.', ',') : value);
  const text = (name: 'source' | 'competitor' | 'notes') => ({ label: t(name), value: opportunity[name], onSave: (value: string) => change(t(name), { [name]: value }) });
  const stage = stages.find((each) => each.id === opportunity.stage_id);
  const next = reachable(opportunity, stages);
  const percent = opportunity.probability === '' ? (stage === undefined ? '' : t('of_stage', { percent: stage.probability })) : format.decimal(opportunity.probability);
  return (
    <Section title={t('facts')}>
      <Stack gap={2}>
        <InlineField label={t('title')} value={opportunity.title} onSave={(value) => value !== '' && change(t('title'), { title: value })} first />
        <InlineField
          label={t('stage')}
          value={opportunity.stage_id}
          shown={stage === undefined ? '' : textIn(stage, language)}
          options={[...(stage === undefined ? [] : [stage]), ...next].map((each) => ({ value: each.id, label: textIn(each, language) }))}
          onSave={next.length === 0 ? undefined : (wanted) => next.filter((each) => each.id === wanted).forEach((each) => move(opportunity, each))}
        />
        <InlineField label={t('value')} value={shownIn(opportunity.value)} shown={format.money(opportunity.value, opportunity.currency || 'EUR')} onSave={number('value')} />
        <InlineField label={t('probability')} value={shownIn(opportunity.probability)} shown={percent} onSave={number('probability')} />
        <InlineField label={t('expected_close')} type="date" value={opportunity.expected_close} shown={format.date(opportunity.expected_close)} onSave={(value) => change(t('expected_close'), { expected_close: value })} />
        <InlineField {...text('competitor')} />
        <InlineField {...text('source')} maxLength={100} />
        <InlineField
          label={t('owner')}
          value={opportunity.owner_id}
          shown={users.find((user) => user.id === opportunity.owner_id)?.display_name ?? ''}
          options={users.filter((user) => !user.inactive).map((user) => ({ value: user.id, label: user.display_name || user.user_name }))}
          onSave={(value) => change(t('owner'), { owner_id: value })}
        />
        <InlineField {...text('notes')} multiline />
      </Stack>
    </Section>
  );
}

function Outcome({ opportunity }: { readonly opportunity: Opportunity }) {
  const t = useTexts(opportunityTexts);
  const language = useLanguage();
  const { record: reason } = useRecord('crm.loss_reason', opportunity.reason_id);
  if (reason === null && opportunity.outcome_note === '') return null;
  return (
    <Section title={t('outcome')}>
      {reason !== null && <InlineField label={t('reason')} value={textIn(reason, language)} />}
      {opportunity.outcome_note !== '' && <InlineField label={t('note')} value={opportunity.outcome_note} />}
    </Section>
  );
}

function Offers({ id }: { readonly id: string }) {
  const t = useTexts(opportunityTexts);
  const word = useWords();
  const { ready, rows, total } = useRecords('offers.offer', { where: { opportunity_id: id }, order: [['offer_date', 'desc']] });
  return (
    <Section title={t('offers')} count={total}>
      {ready && rows.length === 0 && <Quiet>{t('no_offers')}</Quiet>}
      <ul className={styles.list}>
        {rows.map((offer) => (
          <li key={offer.id} className={styles.row}>
            <div className={styles.main}>
              <Link href={`/offers/${offer.id}`} className={styles.link}>
                {offer.title || offer.number}
              </Link>
              <div className={styles.note}>{offer.number}</div>
            </div>
            <State tone={toneOfState(offer.state)}>{word('offer', offer.state)}</State>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Activities({ id }: { readonly id: string }) {
  const t = useTexts(opportunityTexts);
  const { ready, rows, total } = useRecords('crm.activity', { where: { subject_id: id }, order: [['due_at', 'asc']] });
  const [now] = useState(() => new Date());
  return (
    <Section title={t('activities')} count={total}>
      {ready && rows.length === 0 && <Quiet>{t('no_activities')}</Quiet>}
      <Items>
        {rows.map((activity) => (
          <ActivityItem key={activity.id} activity={activity} now={now} />
        ))}
      </Items>
    </Section>
  );
}
