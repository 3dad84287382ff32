import { Button, SegmentedControl } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useLocation, useSearch } from 'wouter';
import { useTexts } from '../../i18n/texts';
import { Dialog } from '../../ui/Dialog';
import { RecordList } from '../../ui/RecordList';
import { NewOpportunity } from './NewOpportunity';
import { opportunityList } from './list';
import { StageBoard } from './StageBoard';
import { opportunityTexts } from './texts';

/** Opportunities as a list or by their stage; which of both stands in the address. */
export default function Opportunities() {
  const t = useTexts(opportunityTexts);
  const [, navigate] = useLocation();
  const [adding, setAdding] = useState(false);
  const shown = new URLSearchParams(useSearch()).get('as') === 'board' ? 'board' : 'list';
  const add = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>
      {t('new')}
    </Button>
  );
  return (
    <>
      <RecordList
        list={opportunityList}
        actions={
          <>
            <SegmentedControl
              aria-label={t('show_as')}
              value={shown}
              onChange={(wanted) => navigate(wanted === 'board' ? '/opportunities?as=board' : '/opportunities', { replace: true })}
              data={[
                { value: 'list', label: t('list') },
                { value: 'board', label: t('board') },
              ]}
            />
            {add}
          </>
        }
        emptyAction={add}
        renderInstead={shown === 'board' ? ({ where }) => <StageBoard where={where} /> : undefined}
      />
      <Dialog opened={adding} onClose={() => setAdding(false)} title={t('new')}>
        {adding && <NewOpportunity onDone={(id) => navigate(`/opportunities/${id}`)} />}
      </Dialog>
    </>
  );
}
