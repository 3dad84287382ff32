import { ActionIcon, Button, Group, Tabs, Text, Title, Tooltip, VisuallyHidden } from '@mantine/core';
import { IconArrowLeft, IconChevronDown, IconChevronUp, IconFilePlus, IconPlus, IconUserOff } from '@tabler/icons-react';
import { useEffect, useLayoutEffect, type ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { CustomFields } from '../../fields/CustomFields';
import { CustomRecords } from '../../fields/CustomRecords';
import { useForm } from '../../fields/shapes';
import { useTexts } from '../../i18n/texts';
import { useReadOnly, useRecord, useRecords, type EntityName, type RecordOf } from '../../replica';
import { EmptyState } from '../../ui/EmptyState';
import { useKeys } from '../../ui/keys';
import { useIsPhone } from '../../ui/phone';
import { Step } from '../../ui/RecordHead';
import { SheetButton } from '../../ui/SheetButton';
import { useNeighbours } from '../../ui/sequence';
import { State, toneOfState } from '../../ui/State';
import { useWords } from '../../ui/words';
import { Writable } from '../../ui/Writable';
import { openQuickAdd, setSubject } from '../quick-add/opening';
import { ContactsTab } from './ContactsTab';
import styles from './Customer.module.css';
import { Facts } from './Facts';
import { ActivitiesTab, MachinesTab, OffersTab, RequestsTab, TimelineTab } from './tabs';
import { MailTab } from './MailTab';
import { OpportunitiesTab } from './OpportunitiesTab';
import { customerTexts } from './texts';

/** All that is known of a customer: facts on the left, what happens on the right; a phone has the facts among its tabs. */
export default function Customer({ params }: { readonly params: Readonly<Record<string, string>> }) {
  const t = useTexts(customerTexts);
  const id = params['id'] ?? '';
  const { ready, record } = useRecord('crm.party', id);
  const form = useForm('crm.party', record);
  // Before anybody sees the customer: a key pressed at once is about them.
  const isReadOnly = useReadOnly();
  const isPhone = useIsPhone();
  useLayoutEffect(() => {
    // About one that can only be looked at nothing is added.
    if (!isReadOnly) setSubject(id);
    return () => setSubject('');
  }, [id, isReadOnly]);
  if (!ready) return null;
  if (record === null) {
    return (
      <EmptyState
        isPage
        icon={IconUserOff}
        title={t('missing')}
        hint={t('missing_hint')}
        action={
          <Button component={Link} href="/customers" variant="default">
            {t('to_list')}
          </Button>
        }
      />
    );
  }
  const facts = (
    <div className={styles.column}>
      <Facts key={record.id} party={record} form={form} />
      <CustomFields entity="crm.party" record={record} form={form} />
    </div>
  );
  return (
    <>
      <Head party={record} />
      <div className={styles.columns}>
        {!isPhone && facts}
        <div className={styles.column}>
          <Parts id={record.id} facts={isPhone && facts} />
          <CustomRecords parentEntity="crm.party" parentId={record.id} />
        </div>
      </div>
    </>
  );
}

function Head({ party }: { readonly party: RecordOf<'crm.party'> }) {
  const t = useTexts(customerTexts);
  const word = useWords();
  const [, navigate] = useLocation();
  const { previous, next, position, total } = useNeighbours('crm.party', party.id, { order: [['name', 'asc']] });
  const go = (id: string | null) => (id === null ? undefined : () => navigate(`/customers/${id}`));
  useKeys({
    j: go(next),
    'alt+arrowdown': go(next),
    k: go(previous),
    'alt+arrowup': go(previous),
    e: () => document.querySelector<HTMLElement>('[data-first]')?.click(),
    escape: () => navigate('/customers'),
  });
  useEffect(() => {
    document.title = `${party.name} · Project Sales`;
  }, [party.name]);
  return (
    <div className={styles.head}>
      <Tooltip label={t('to_list')}>
        <ActionIcon component={Link} href="/customers" variant="subtle" color="gray" size={34} aria-label={t('to_list')}>
          <IconArrowLeft size={19} stroke={1.7} />
        </ActionIcon>
      </Tooltip>
      <div className={styles.name}>
        <Title order={1} fz={20} lh={1.3}>
          {party.name}
        </Title>
        <Group gap="0 12px">
          <State tone={toneOfState(party.state)}>{word('party', party.state)}</State>
          <Text size="sm" c="dimmed">
            {party.erp_code === '' ? t('no_erp_code') : `${t('erp_code')} ${party.erp_code}`}
          </Text>
          {['limited', 'blocked'].includes(party.credit_state) && (
            <State tone={toneOfState(party.credit_state)}>{word('credit', party.credit_state)}</State>
          )}
        </Group>
      </div>
      <Group gap="sm" wrap="nowrap" className={styles.actions}>
        {position > 0 && (
          <Text size="sm" c="dimmed" visibleFrom="md">
            {t('position', { position, total })}
          </Text>
        )}
        <ActionIcon.Group>
          <Step icon={IconChevronUp} label={t('previous')} onClick={go(previous)} />
          <Step icon={IconChevronDown} label={t('next')} onClick={go(next)} />
        </ActionIcon.Group>
        <SheetButton of="crm.party" id={party.id} />
        <Writable>
          <Button
            variant="default"
            leftSection={<IconFilePlus size={16} aria-hidden />}
            onClick={() => openQuickAdd({ kind: 'offer', party_id: party.id })}
          >
            {t('new_offer')}
          </Button>
          <Button
            leftSection={<IconPlus size={16} aria-hidden />}
            onClick={() => openQuickAdd({ kind: 'activity', party_id: party.id })}
          >
            {t('new_activity')}
          </Button>
        </Writable>
      </Group>
    </div>
  );
}

function Parts({ id, facts }: { readonly id: string; readonly facts: ReactNode }) {
  const t = useTexts(customerTexts);
  return (
    <Tabs defaultValue="timeline" keepMounted={false} className={styles.tabs}>
      <VisuallyHidden component="h2">{t('tabs')}</VisuallyHidden>
      <Tabs.List aria-label={t('tabs')} className={styles.tabList}>
        <Tabs.Tab value="timeline">{t('timeline')}</Tabs.Tab>
        {facts !== false && <Tabs.Tab value="facts">{t('facts')}</Tabs.Tab>}
        <CountedTab value="activities" label={t('activities')} entity="crm.activity" id={id} />
        <CountedTab value="opportunities" label={t('opportunities')} entity="crm.opportunity" id={id} />
        <CountedTab value="offers" label={t('offers')} entity="offers.offer" id={id} />
        <CountedTab value="contacts" label={t('contacts')} entity="crm.contact_point" id={id} />
        <CountedTab value="mail" label={t('mail')} entity="mail.message" id={id} />
        <CountedTab value="machines" label={t('machines')} entity="aftersales.installed_product" id={id} />
        <CountedTab value="requests" label={t('requests')} entity="aftersales.request" id={id} />
      </Tabs.List>
      <div className={styles.panel}>
        <Tabs.Panel value="timeline">
          <TimelineTab id={id} />
        </Tabs.Panel>
        {facts !== false && (
          <Tabs.Panel value="facts" className={styles.facts}>
            {facts}
          </Tabs.Panel>
        )}
        <Tabs.Panel value="activities">
          <ActivitiesTab id={id} />
        </Tabs.Panel>
        <Tabs.Panel value="opportunities">
          <OpportunitiesTab id={id} />
        </Tabs.Panel>
        <Tabs.Panel value="offers">
          <OffersTab id={id} />
        </Tabs.Panel>
        <Tabs.Panel value="contacts">
          <ContactsTab id={id} />
        </Tabs.Panel>
        <Tabs.Panel value="mail">
          <MailTab id={id} />
        </Tabs.Panel>
        <Tabs.Panel value="machines">
          <MachinesTab id={id} />
        </Tabs.Panel>
        <Tabs.Panel value="requests">
          <RequestsTab id={id} />
        </Tabs.Panel>
      </div>
    </Tabs>
  );
}

/** A greater count says nothing more, and takes the room of the next tab. */
const MOST_COUNTED = 99;

function CountedTab({ value, label, entity, id }: { readonly value: string; readonly label: string; readonly entity: EntityName; readonly id: string }) {
  const { total } = useRecords(entity, { where: { party_id: id } as never, limit: 0 });
  return (
    <Tabs.Tab value={value} rightSection={total > 0 && <span className={styles.count}>{total > MOST_COUNTED ? `${MOST_COUNTED}+` : total}</span>}>
      {label}
    </Tabs.Tab>
  );
}
