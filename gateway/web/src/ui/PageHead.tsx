import { Group, Text, Title } from '@mantine/core';
import { useEffect, type ReactNode } from 'react';

/** The head of a screen: its name (in the browser's title too), a line about it, its actions. */
export function PageHead({
  title,
  note,
  children,
}: {
  readonly title: string;
  readonly note?: ReactNode;
  readonly children?: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · Project Sales`;
  }, [title]);
  return (
    <Group justify="space-between" align="flex-end" mb="lg" gap="md" mih={36}>
      <div>
        <Title order={1} fz={20} lh={1.3}>
          {title}
        </Title>
        {note !== undefined && (
          <Text c="dimmed" size="sm">
            {note}
          </Text>
        )}
      </div>
      <Group gap="sm">{children}</Group>
    </Group>
  );
}
