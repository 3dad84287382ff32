import { Button } from '@mantine/core';
import { IconMapQuestion } from '@tabler/icons-react';
import { Link } from 'wouter';
import { useTexts } from '../i18n/texts';
import { HOME } from '../screens';
import { EmptyState } from '../ui/EmptyState';
import { shellTexts } from './texts';

export function NotFound() {
  const t = useTexts(shellTexts);
  return (
    <EmptyState
      isPage
      icon={IconMapQuestion}
      title={t('not_found')}
      hint={t('not_found_hint')}
      action={
        <Button component={Link} href={HOME} variant="default">
          {t('go_home')}
        </Button>
      }
    />
  );
}
