import { Button, SegmentedControl } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useEffect } from 'react';
import { useLocation, useSearch } from 'wouter';
import { useTexts } from '../../i18n/texts';
import { useKernel } from '../../kernel';
import { RecordList } from '../../ui/RecordList';
import { openQuickAdd } from '../quick-add/opening';
import { Board } from './Board';
import { offerList } from './list';
import { offersTexts } from './texts';

/** Offers as a list or as a board; which of both stands in the address. */
export default function Offers() {
  const t = useTexts(offersTexts);
  const kernel = useKernel();
  // Whoever looks at offers will open one: what it is priced with starts meanwhile (some seconds of a processor).
  useEffect(() => kernel.warm(), [kernel]);
  const [, navigate] = useLocation();
  const shown = new URLSearchParams(useSearch()).get('as') === 'board' ? 'board' : 'list';
  const add = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => openQuickAdd({ kind: 'offer' })}>
      {t('new')}
    </Button>
  );
  return (
    <RecordList
      list={offerList}
      actions={
        <>
          <SegmentedControl
            aria-label={t('show_as')}
            value={shown}
            onChange={(wanted) => navigate(wanted === 'board' ? '/offers?as=board' : '/offers', { replace: true })}
            data={[
              { value: 'list', label: t('list') },
              { value: 'board', label: t('board') },
            ]}
          />
          {add}
        </>
      }
      emptyAction={add}
      renderInstead={shown === 'board' ? ({ where }) => <Board where={where} /> : undefined}
    />
  );
}
