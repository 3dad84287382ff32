import { Button, Group, Stack, Text, TextInput, UnstyledButton } from '@mantine/core';
import { IconHeading, IconNote, IconSearch } from '@tabler/icons-react';
import { useCallback, useMemo, useState } from 'react';
import { useTexts } from '../../i18n/texts';
import { askRecords, useRecords, useReplica, type RecordOf } from '../../replica';
import { Dialog } from '../../ui/Dialog';
import { useToasts } from '../../ui/toast';
import { useEditing } from './editing';
import { inOrder, type Line, type LineFields } from './grid';
import { LineGrid } from './LineGrid';
import styles from './Offer.module.css';
import { amountIn, listedIn, type Pricing } from './pricing';
import { useRefusals } from './refusals';
import { offerTexts } from './texts';

type Article = RecordOf<'offers.article'>;

/** What a line takes over from its article; the price is found by the owner's lists. */
function fieldsOf(article: Article): LineFields {
  const { id, code, description, unit, vat_rate, natura, weight_kg } = article;
  return { article_id: id, code, description, unit, vat_rate, natura, weight_kg };
}

interface LinesProps {
  readonly revision: RecordOf<'offers.revision'>;
  readonly pricing: Pricing;
  readonly readOnly: boolean;
}

export function Lines({ revision, pricing, readOnly }: LinesProps) {
  const t = useTexts(offerTexts);
  const toasts = useToasts();
  const replica = useReplica();
  const { ready, rows } = useRecords('offers.line', { where: { revision_id: revision.id }, limit: 1000 });
  const lines = useMemo(() => inOrder(rows), [rows]);
  const editing = useEditing(revision.id, lines);
  const [lookUp, setLookUp] = useState<number | null>(null);
  const amountOf = useCallback((line: Line) => amountIn(pricing, line), [pricing]);
  const listedOf = useCallback((line: Line) => listedIn(pricing, line), [pricing]);
  const refusalOf = useRefusals();
  const refused = useMemo(() => {
    const found = new Map<string, string>();
    for (const mistake of pricing.mistakes) {
      found.set(mistake.id, [found.get(mistake.id), refusalOf(mistake)].filter(Boolean).join(' · '));
    }
    return found;
  }, [pricing.mistakes, refusalOf]);

  const completed = async (code: string): Promise<Readonly<Record<string, string>>> => {
    const found = await askRecords(replica, 'offers.article', { where: { code }, limit: 1 });
    const article = found[0];
    return article === undefined ? {} : { ...(fieldsOf(article) as Record<string, string>), quantity: '1' };
  };
  const choose = async (article: Article) => {
    const line = lines[lookUp ?? lines.length];
    setLookUp(null);
    if (line === undefined) await editing.change([], [{ ...fieldsOf(article), quantity: '1' }]);
    else await editing.change([{ id: line.id, fields: fieldsOf(article) }]);
  };
  if (!ready) return null;
  return (
    <>
      <LineGrid
        lines={lines}
        currency={revision.currency}
        readOnly={readOnly}
        editing={editing}
        amountOf={amountOf}
        listedOf={listedOf}
        refused={refused}
        isLast={pricing.figures !== null && pricing.mistakes.length > 0}
        onLookUp={setLookUp}
        completed={completed}
        onFailed={toasts.failed}
        onUnfit={(cell) => toasts.done(t('unfit', { row: cell.row, text: cell.text, column: t(`column_${cell.column}`) }))}
        onNothingToUndo={() => toasts.done(t('nothing_to_undo'))}
      />
      {!readOnly && (
        <>
          <Group gap="sm" mt="sm">
            <Button variant="default" size="compact-sm" leftSection={<IconSearch size={15} aria-hidden />} onClick={() => setLookUp(lines.length)}>
              {t('look_up')}
            </Button>
            <Button
              variant="default"
              size="compact-sm"
              leftSection={<IconHeading size={15} aria-hidden />}
              onClick={() => void editing.insert(lines.length, [{ kind: 'section', description: t('section_text') }]).catch(toasts.failed)}
            >
              {t('add_section')}
            </Button>
            <Button
              variant="default"
              size="compact-sm"
              leftSection={<IconNote size={15} aria-hidden />}
              onClick={() => void editing.insert(lines.length, [{ kind: 'note', description: t('note_text') }]).catch(toasts.failed)}
            >
              {t('add_note')}
            </Button>
          </Group>
          <p className={styles.keys}>{t('keys')}</p>
        </>
      )}
      <Dialog
        opened={lookUp !== null}
        onClose={() => setLookUp(null)}
        title={t('look_up')}
      >
        {lookUp !== null && <LookUp onChoose={(article) => void choose(article).catch(toasts.failed)} />}
      </Dialog>
    </>
  );
}

function LookUp({ onChoose }: { readonly onChoose: (article: Article) => void }) {
  const t = useTexts(offerTexts);
  const [text, setText] = useState('');
  const { rows } = useRecords('offers.article', { where: { text, status: { not: 'discontinued' } }, order: [['code', 'asc']], limit: 12 });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const first = rows[0];
        if (first !== undefined) onChoose(first);
      }}
    >
      <Stack gap="sm">
        <TextInput
          type="search"
          aria-label={t('look_up')}
          placeholder={t('look_up_hint')}
          data-autofocus
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {rows.length === 0 && <Text size="sm">{t('look_up_nothing')}</Text>}
        <ul className={styles.list}>
          {rows.map((article) => (
            <li key={article.id}>
              <UnstyledButton className={styles.article} w="100%" onClick={() => onChoose(article)}>
                <strong>{article.code}</strong>
                <span>{article.description}</span>
              </UnstyledButton>
            </li>
          ))}
        </ul>
      </Stack>
    </form>
  );
}
