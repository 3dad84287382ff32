import { Button, Popover, Stack, TextInput } from '@mantine/core';
import { IconCheck, IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useTexts } from '../../i18n/texts';
import { useAuthor, type RecordOf } from '../../replica';
import { RecordList } from '../../ui/RecordList';
import { useToasts } from '../../ui/toast';
import { openQuickAdd } from '../quick-add/opening';
import { activityList } from './list';
import { isOpen } from './open';
import { activitiesTexts } from './texts';

/** Activities, and several of them completed at once. */
export default function Activities() {
  const t = useTexts(activitiesTexts);
  const add = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => openQuickAdd({ kind: 'activity' })}>
      {t('new')}
    </Button>
  );
  return (
    <RecordList
      list={activityList}
      actions={add}
      emptyAction={add}
      renderBulk={(rows, done) => <CompleteMany activities={rows.filter(isOpen)} done={done} />}
    />
  );
}

function CompleteMany({
  activities,
  done,
}: {
  readonly activities: readonly RecordOf<'crm.activity'>[];
  readonly done: () => void;
}) {
  const t = useTexts(activitiesTexts);
  const author = useAuthor();
  const toasts = useToasts();
  const [outcome, setOutcome] = useState('');
  const complete = async () => {
    const said = outcome.trim();
    const group = author.group();
    for (const { id } of activities) {
      group.command('crm.activity:complete', id, { outcome: said }, { [`crm.activity/${id}`]: { state: 'done', outcome: said } });
    }
    toasts.done(t('completed_many', { count: activities.length }), await group.save());
    done();
  };
  return (
    <Popover position="bottom-start" trapFocus returnFocus shadow="sm" width={280}>
      <Popover.Target>
        <Button
          variant="default"
          size="compact-sm"
          leftSection={<IconCheck size={15} aria-hidden />}
          disabled={activities.length === 0 || activities.length > 1000}
        >
          {t('complete_all')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('complete_all')}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void complete().catch(toasts.failed);
          }}
        >
          <Stack gap="sm">
            <TextInput
              label={t('outcome')}
              placeholder={t('outcome_hint')}
              maxLength={500}
              data-autofocus
              value={outcome}
              onChange={(event) => setOutcome(event.currentTarget.value)}
            />
            <Button type="submit">{t('confirm')}</Button>
          </Stack>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
