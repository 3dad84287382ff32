import { Button } from '@mantine/core';
import { IconFileOff } from '@tabler/icons-react';
import { Link } from 'wouter';
import { useTexts } from '../i18n/texts';
import { EmptyState } from './EmptyState';
import { recordTexts } from './recordTexts';

/** A record that is not here, or no longer. */
export function Missing({ list }: { readonly list: string }) {
  const t = useTexts(recordTexts);
  return (
    <EmptyState
      isPage
      icon={IconFileOff}
      title={t('missing')}
      hint={t('missing_hint')}
      action={
        <Button component={Link} href={list} variant="default">
          {t('to_list')}
        </Button>
      }
    />
  );
}
