/**
 * Ctrl+K: everything on this device by a few letters, the screens by their names, and then what only the server has.
 * Keyboard only, if one likes.
 */
import { ScrollArea, Text, TextInput, UnstyledButton } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useId, useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import { useLanguage, useTexts } from '../i18n/texts';
import { folded, useRecords, type RecordOf, type Where } from '../replica';
import { screens } from '../screens';
import { Dialog } from '../ui/Dialog';
import { useOnlineSearch, type OnlineFound, type Opened } from './onlineSearch';
import styles from './Search.module.css';
import { searchTexts } from './searchTexts';

interface Hit {
  readonly key: string;
  readonly title: string;
  readonly note: string;
  readonly path: string;
}

const LIMIT = 6;

/** What has a screen of its own: where, and the word for it. */
const OPENED = {
  'crm.party': { path: '/customers/:id', word: 'party' },
  'crm.opportunity': { path: '/opportunities/:id', word: 'opportunity' },
  'offers.offer': { path: '/offers/:id', word: 'offer' },
  'aftersales.installed_product': { path: '/installed/:id', word: 'machine' },
  'aftersales.request': { path: '/requests/:id', word: 'request' },
} as const satisfies Readonly<Record<Opened, { readonly path: string; readonly word: string }>>;

export function Search({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  const t = useTexts(searchTexts);
  return (
    <Dialog
      opened={opened}
      onClose={onClose}
      withCloseButton={false}
      padding={0}
      size={560}
      yOffset="12vh"
      centered={false}
      attributes={{ content: { 'aria-label': t('search') } }}
    >
      {opened && <Finder onClose={onClose} />}
    </Dialog>
  );
}

function Finder({ onClose }: { readonly onClose: () => void }) {
  const t = useTexts(searchTexts);
  const [, navigate] = useLocation();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const list = useId();
  const here = useHits(text);
  const online = useOnlineSearch(text);
  const there = useMemo(() => online.hits.map((hit) => onlineHit(hit, t(OPENED[hit.entity].word))), [online, t]);
  const hits = [...here, ...there];
  const chosen = Math.min(at, Math.max(hits.length - 1, 0));
  useEffect(() => {
    document.getElementById(`${list}-${chosen}`)?.scrollIntoView({ block: 'nearest' });
  }, [list, chosen]);
  const go = (hit: Hit | undefined) => {
    if (hit === undefined) return;
    onClose();
    navigate(hit.path);
  };
  const option = (hit: Hit, number: number) => (
    <UnstyledButton
      key={hit.key}
      id={`${list}-${number}`}
      role="option"
      aria-selected={number === chosen}
      tabIndex={-1}
      className={styles.hit}
      onMouseMove={() => setAt(number)}
      onClick={() => go(hit)}
    >
      <span className={styles.title}>{hit.title}</span>
      <span className={styles.note}>{hit.note}</span>
    </UnstyledButton>
  );
  const line = lineOf(online.state, hits.length);
  return (
    <>
      <TextInput
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') setAt(Math.min(chosen + 1, hits.length - 1));
          else if (event.key === 'ArrowUp') setAt(Math.max(chosen - 1, 0));
          else if (event.key === 'Enter') go(hits[chosen]);
          else return;
          event.preventDefault();
        }}
        placeholder={t('search_placeholder')}
        aria-label={t('search')}
        role="combobox"
        aria-expanded
        aria-controls={list}
        aria-activedescendant={hits.length > 0 ? `${list}-${chosen}` : undefined}
        leftSection={<IconSearch size={18} aria-hidden />}
        variant="unstyled"
        size="lg"
        data-autofocus
        className={styles.input}
      />
      <ScrollArea.Autosize mah="60vh" type="auto" scrollbars="y">
        <div role="listbox" id={list} aria-label={t('search')} className={styles.list}>
          {here.map(option)}
          {there.length > 0 && (
            <div role="group" aria-labelledby={`${list}-online`}>
              <div id={`${list}-online`} role="presentation" className={styles.section}>
                {t('online_only')}
              </div>
              {there.map((hit, number) => option(hit, here.length + number))}
            </div>
          )}
        </div>
        <Text c="dimmed" size="sm" ta="center" role="status" className={styles.line} data-kept={online.state !== 'idle' || undefined}>
          {line && t(line)}
        </Text>
      </ScrollArea.Autosize>
    </>
  );
}

/** What is said under the list: where was looked, as far as it is no matter of course. */
function lineOf(state: OnlineFound['state'], count: number) {
  if (state === 'asking') return 'search_asking';
  if (state === 'failed') return 'search_failed';
  if (count > 0) return null;
  return state === 'found' ? 'search_nowhere' : 'search_nothing';
}

function onlineHit({ entity, id, title, detail }: OnlineFound['hits'][number], word: string): Hit {
  return { key: `${entity}/${id}`, path: OPENED[entity].path.replace(':id', id), title, note: [detail, word].filter(Boolean).join(' · ') };
}

function useHits(text: string): readonly Hit[] {
  const t = useTexts(searchTexts);
  const language = useLanguage();
  const parties = useFound('crm.party', text, (row) => ({ title: row.name, note: t(['customer', 'inactive'].includes(row.state) ? 'customer' : 'prospect') }));
  const opportunities = useFound('crm.opportunity', text, (row) => ({ title: row.title, note: t('opportunity') }));
  const offers = useFound('offers.offer', text, (row) => ({
    title: [row.number, row.title].filter(Boolean).join(' · '),
    note: t('offer'),
  }));
  const machines = useFound('aftersales.installed_product', text, (row) => ({
    title: [row.serial_number, row.description].filter(Boolean).join(' · '),
    note: t('machine'),
  }));
  const requests = useFound('aftersales.request', text, (row) => ({ title: row.title, note: t('request') }));
  const places = useMemo(() => {
    const wanted = folded(text.trim());
    return screens
      .filter(({ path }) => !path.includes(':'))
      .map(({ path, title }) => ({ key: path, path, title: title[language === 'it' ? 0 : 1], note: t('screen') }))
      .filter(({ title }) => folded(title).includes(wanted));
  }, [text, language, t]);
  return [...parties, ...opportunities, ...offers, ...machines, ...requests, ...places];
}

/** Records of an entity that fit. */
function useFound<E extends Opened>(
  entity: E,
  text: string,
  describe: (row: RecordOf<E>) => { readonly title: string; readonly note: string },
): readonly Hit[] {
  const isAsked = text.trim().length > 1;
  const where = { text: isAsked ? text : '\0' } as Where<E>;
  const { rows } = useRecords(entity, { where, limit: LIMIT });
  if (!isAsked) return [];
  return rows.map((row) => {
    const { id } = row as { readonly id: string };
    return { key: `${entity}/${id}`, path: OPENED[entity].path.replace(':id', id), ...describe(row) };
  });
}
