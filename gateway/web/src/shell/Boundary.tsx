import { Button } from '@mantine/core';
import { IconBug } from '@tabler/icons-react';
import { Component, type ReactNode } from 'react';
import { useTexts } from '../i18n/texts';
import { EmptyState } from '../ui/EmptyState';
import { shellTexts } from './texts';

/** Keeps a broken screen from taking the others with it. */
export class Boundary extends Component<{ readonly children: ReactNode }, { readonly broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError(): { broken: boolean } {
    return { broken: true };
  }

  override render(): ReactNode {
    if (!this.state.broken) return this.props.children;
    return <Broken onRetry={() => this.setState({ broken: false })} />;
  }
}

function Broken({ onRetry }: { readonly onRetry: () => void }) {
  const t = useTexts(shellTexts);
  return (
    <EmptyState
      isPage
      icon={IconBug}
      title={t('broken')}
      hint={t('broken_hint')}
      action={
        <Button variant="default" onClick={onRetry}>
          {t('retry')}
        </Button>
      }
    />
  );
}
