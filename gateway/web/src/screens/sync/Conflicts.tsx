import { Badge, Button, Card, Group, Radio, Stack, Table, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useLabels, type Labels } from '../../fields/labels';
import { useFormat } from '../../i18n/format';
import { textOf, useTexts } from '../../i18n/texts';
import { entity, useQuestions, useRecord, useReplica, type Choice, type Question, type Values } from '../../replica';
import { reasonTexts } from '../../shell/reasons';
import { useToasts } from '../../ui/toast';
import styles from './Conflicts.module.css';
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

type Side = 'mine' | 'theirs' | 'other';

/** One change: per field what was there, what I wrote, what stands there now; who and when. */
function Conflict({ question }: { readonly question: Question }) {
  const t = useTexts(syncTexts);
  const reasons = useTexts(reasonTexts);
  const labels = useLabels();
  const format = useFormat();
  const toasts = useToasts();
  const { sync } = useReplica();
  const { record: author } = useRecord('identity.user', question.theirs_by);
  const names = Object.keys(question.mine);
  const [sides, setSides] = useState<Readonly<Record<string, Side>>>({});
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({});
  const isConflict = question.outcome === 'conflict';
  const isSimple = names.every((name) => typeof question.mine[name] === 'string');

  const decide = async (choice: Choice, fields: Values = {}) => {
    try {
      await sync.resolve(question.id, choice, fields);
    } catch (error) {
      toasts.failed(error);
    }
  };
  const decideByField = () => {
    const chosen = names.map((name) => sides[name] ?? 'mine');
    if (chosen.every((side) => side === 'mine')) return decide('mine');
    if (chosen.every((side) => side === 'theirs')) return decide('theirs');
    const fields = Object.fromEntries(
      names.map((name, at) => {
        const side = chosen[at];
        if (side === 'theirs') return [name, question.theirs[name]];
        return [name, side === 'other' ? (typed[name] ?? '') : question.mine[name]];
      }),
    );
    return decide('edited', fields);
  };

  const who = author?.display_name || t('somebody');
  return (
    <Card withBorder padding="lg">
      <Group justify="space-between" mb="sm" align="flex-start">
        <div>
          <Text fw={600}>{titleOf(question, labels)}</Text>
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
      {names.length > 0 && (
        <Table.ScrollContainer minWidth={560}>
          <Table verticalSpacing="xs" layout="fixed">
            <Table.Thead>
              <Table.Tr>
                <Table.Th w="20%">{t('field')}</Table.Th>
                <Table.Th>{t('before')}</Table.Th>
                <Table.Th>{t('mine_at', { when: format.moment(question.made_at) })}</Table.Th>
                <Table.Th>{t('theirs_now')}</Table.Th>
                {isConflict && isSimple && <Table.Th>{t('other_value')}</Table.Th>}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {names.map((name) => {
                const side = sides[name] ?? 'mine';
                const label = labels.field(question.entity, name);
                const shown = (value: unknown) => shownOf(value, (each) => labels.value(question.entity, name, each));
                const choose = (chosen: Side) => setSides({ ...sides, [name]: chosen });
                const pick = (own: Side, value: unknown) =>
                  isConflict ? (
                    <Radio
                      name={`${question.id} ${name}`}
                      checked={side === own}
                      onChange={() => choose(own)}
                      label={shown(value)}
                    />
                  ) : (
                    shown(value)
                  );
                return (
                  <Table.Tr key={name}>
                    <Table.Th className={styles.field}>{label}</Table.Th>
                    <Table.Td c="dimmed">{shown(question.base[name])}</Table.Td>
                    <Table.Td>{pick('mine', question.mine[name])}</Table.Td>
                    <Table.Td>{pick('theirs', question.theirs[name])}</Table.Td>
                    {isConflict && isSimple && (
                      <Table.Td>
                        <TextInput
                          aria-label={`${label}: ${t('other_value')}`}
                          value={typed[name] ?? ''}
                          onChange={(event) => {
                            setTyped({ ...typed, [name]: event.currentTarget.value });
                            choose('other');
                          }}
                        />
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

/** The name of the record in the user's own values, where it has one. */
function titleOf(question: Question, labels: Labels): string {
  const named = ['name', 'title', 'subject', 'description', 'code'].find((name) => name in entity(question.entity).fields);
  const value = named === undefined ? '' : (question.mine[named] ?? question.theirs[named] ?? '');
  return typeof value === 'string' && value !== '' ? `${labels.one(question.entity)}: ${value}` : labels.one(question.entity);
}

function shownOf(value: unknown, word: (value: string) => string): string {
  if (value === undefined || value === null || value === '') return '–';
  if (typeof value === 'string') return word(value) || value;
  if (Array.isArray(value)) return value.map((each) => (typeof each === 'string' && word(each)) || String(each)).join(', ');
  return JSON.stringify(value);
}
