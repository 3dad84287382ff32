import { Badge, Button, Card, Group, Radio, Stack, Table, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useLabels, type Labels } from '../../fields/labels';
import { NAMELESS, nameOf } from '../../fields/names';
import { useFields } from '../../fields/shapes';
import { labelOf } from '../../fields/values';
import { parseDecimal, useFormat } from '../../i18n/format';
import { textOf, useLanguage, useTexts } from '../../i18n/texts';
import { findField, useQuestions, useRecord, useReplica, type Choice, type EntityName, type Question, type Values } from '../../replica';
import { reasonTexts } from '../../shell/reasons';
import { useIsPhone } from '../../ui/phone';
import { useToasts } from '../../ui/toast';
import styles from './Conflicts.module.css';
import { decidedFields, rowsOf, type DecisionRow, type Side } from './deciding';
import { Shown } from './Shown';
import { syncTexts } from './texts';

/** Everything that waits for the user's decision, one card each. */
export function Conflicts() {
  const t = useTexts(syncTexts);
  const questions = useQuestions();
  const open = questions.filter((question) => !question.decided);
  if (open.length === 0) return null;
  return (
    <section aria-label={t('questions')}>
      <Text component="h2" fw={600} fz={16} mb="sm">
        {t('questions')}
      </Text>
      <Stack gap="md">
        {open.map((question) => (
          <Conflict key={question.id} question={question} />
        ))}
      </Stack>
    </section>
  );
}

/** Fields of which a third value can be typed. */
const TYPED: ReadonlySet<string> = new Set(['text', 'decimal']);

/** One change: per field what was there, what I wrote, what stands there now; who and when. */
function Conflict({ question }: { readonly question: Question }) {
  const t = useTexts(syncTexts);
  const reasons = useTexts(reasonTexts);
  const labels = useLabels();
  const language = useLanguage();
  const format = useFormat();
  const toasts = useToasts();
  const { sync } = useReplica();
  const { record: author } = useRecord('identity.user', question.theirs_by);
  const rows = rowsOf(question);
  const definitions = useFields(question.entity as EntityName);
  const { record } = useRecord(question.entity as EntityName, question.record_id);
  const [sides, setSides] = useState<Readonly<Record<string, Side>>>({});
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({});
  const isConflict = question.outcome === 'conflict';
  const isTypable = ({ field, key, mine }: DecisionRow) => key === '' && typeof mine === 'string' && TYPED.has(findField(question.entity, field)?.kind ?? '');
  // What is no number stays as it was typed: the contracts refuse it with their reason.
  const readOf = ({ field }: DecisionRow, text: string) => (findField(question.entity, field)?.kind === 'decimal' ? (parseDecimal(text, language) ?? text) : text);
  const hasTypable = isConflict && rows.some(isTypable);

  const decide = async (choice: Choice, fields: Values = {}) => {
    try {
      await sync.resolve(question.id, choice, fields);
    } catch (error) {
      toasts.failed(error);
    }
  };
  const side = ({ name }: DecisionRow) => sides[name] ?? 'mine';
  const decideByField = () => {
    if (rows.every((row) => side(row) === 'mine')) return decide('mine');
    if (rows.every((row) => side(row) === 'theirs')) return decide('theirs');
    const fields = decidedFields(rows, (row) => {
      if (side(row) === 'theirs') return row.theirs;
      return side(row) === 'other' ? readOf(row, typed[row.name] ?? '') : row.mine;
    });
    return decide('edited', fields);
  };

  const who = author?.display_name || t('somebody');
  const stacked = useIsPhone();
  return (
    <Card withBorder padding="lg">
      <Group justify="space-between" mb="sm" align="flex-start">
        <div>
          <Text fw={600}>{titleOf(question, record, labels)}</Text>
          <Text size="sm" c="dimmed">
            {isConflict
              ? t('conflict_by', { who, when: question.theirs_at === '' ? '' : format.moment(question.theirs_at) })
              : textOf(reasons, reasonTexts, question.reason)}
          </Text>
          {!isConflict && question.detail !== '' && <Text size="sm">{question.detail}</Text>}
        </div>
        <Badge variant="light" color="red" tt="none" radius="sm">
          {isConflict ? t('conflict') : t('refused')}
        </Badge>
      </Group>
      {rows.length > 0 && (
        <Table.ScrollContainer minWidth={stacked ? 0 : 560}>
          <Table verticalSpacing="xs" layout="fixed" className={styles.values}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th w="20%">{t('field')}</Table.Th>
                <Table.Th>{t('before')}</Table.Th>
                <Table.Th>{t('mine_at', { when: format.moment(question.made_at) })}</Table.Th>
                <Table.Th>{t('theirs_now')}</Table.Th>
                {hasTypable && <Table.Th>{t('other_value')}</Table.Th>}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map((row) => {
                const { name, field, key, mine, theirs } = row;
                const definition = definitions.find((each) => each.key === key);
                const label = key === '' ? labels.field(question.entity, field) : labelOf(definition?.labels ?? {}, language, key);
                const shown = (value: unknown) => <Shown entity={question.entity} field={field} definition={key === '' ? undefined : definition} value={value} />;
                const choose = (chosen: Side) => setSides({ ...sides, [name]: chosen });
                const pick = (own: Side, value: unknown) =>
                  isConflict ? <Radio name={`${question.id} ${name}`} checked={side(row) === own} onChange={() => choose(own)} label={shown(value)} /> : shown(value);
                return (
                  <Table.Tr key={name}>
                    <Table.Th className={styles.field}>{label}</Table.Th>
                    <Table.Td c="dimmed" data-side={t('before')}>{shown(row.base)}</Table.Td>
                    <Table.Td data-side={t('mine_at', { when: format.moment(question.made_at) })}>{pick('mine', mine)}</Table.Td>
                    <Table.Td data-side={t('theirs_now')}>{pick('theirs', theirs)}</Table.Td>
                    {hasTypable && (
                      <Table.Td data-side={isTypable(row) ? t('other_value') : undefined}>
                        {isTypable(row) && (
                          <TextInput
                            aria-label={`${label}: ${t('other_value')}`}
                            value={typed[name] ?? ''}
                            onChange={(event) => {
                              setTyped({ ...typed, [name]: event.currentTarget.value });
                              choose('other');
                            }}
                          />
                        )}
                      </Table.Td>
                    )}
                  </Table.Tr>
                );
              })}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      <Group justify="flex-end" mt="md">
        <Button variant="subtle" color="gray" onClick={() => void decide('discarded')}>
          {t('drop_mine')}
        </Button>
        {isConflict ? (
          <Button onClick={() => void decideByField()}>{t('keep_chosen')}</Button>
        ) : (
          <Button onClick={() => void decide('mine')}>{t('send_again')}</Button>
        )}
      </Group>
    </Card>
  );
}

/** What the record is called: as it stands here, else in the values that are to be decided. */
function titleOf({ entity, mine, theirs }: Question, record: object | null, labels: Labels): string {
  const name = [record ?? {}, mine, theirs].map(nameOf).find((each) => each !== NAMELESS);
  return name === undefined ? labels.one(entity) : `${labels.one(entity)}: ${name}`;
}
