import { Stack, Text, ThemeIcon } from '@mantine/core';
import type { Icon } from '@tabler/icons-react';
import type { ReactNode } from 'react';

/** Nothing here: what it means, and the one thing to do about it. */
export function EmptyState({
  icon: Picture,
  title,
  hint,
  action,
  isPage = false,
}: {
  readonly icon: Icon;
  readonly title: string;
  readonly hint?: string;
  readonly action?: ReactNode;
  /** Whether it is all that the screen shows: its title is then the page's heading. */
  readonly isPage?: boolean;
}) {
  return (
    <Stack align="center" gap="sm" py={48} px="lg">
      <ThemeIcon variant="light" size={44} radius="xl" aria-hidden>
        <Picture size={22} stroke={1.6} />
      </ThemeIcon>
      <Text component={isPage ? 'h1' : 'p'} fw={600} m={0}>
        {title}
      </Text>
      {hint !== undefined && (
        <Text c="dimmed" size="sm" ta="center" maw={420}>
          {hint}
        </Text>
      )}
      {action}
    </Stack>
  );
}
