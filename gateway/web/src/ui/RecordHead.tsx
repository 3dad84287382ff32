/** The head of a record: the way back, its name, what is said of it, next and previous, what may be done. */
import { ActionIcon, Group, Text, Title, Tooltip } from '@mantine/core';
import { IconArrowLeft, IconChevronDown, IconChevronUp, type Icon } from '@tabler/icons-react';
import { useEffect, type ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { useTexts } from '../i18n/texts';
import type { EntityName, Query } from '../replica';
import { useKeys } from './keys';
import styles from './RecordHead.module.css';
import { SheetButton } from './SheetButton';
import { recordTexts } from './recordTexts';
import { useNeighbours } from './sequence';

interface RecordHeadProps<E extends EntityName> {
  readonly entity: E;
  readonly id: string;
  readonly title: string;
  /** Address of the list, and of a record below it. */
  readonly list: string;
  /** Order in which records follow each other where the user comes from no list. */
  readonly otherwise: Query<E>;
  /** State and facts beside the name. */
  readonly children: ReactNode;
  readonly actions?: ReactNode;
}

export function RecordHead<E extends EntityName>({ entity, id, title, list, otherwise, children, actions }: RecordHeadProps<E>) {
  const t = useTexts(recordTexts);
  const [, navigate] = useLocation();
  const { previous, next, position, total } = useNeighbours(entity, id, otherwise);
  const go = (other: string | null) => (other === null ? undefined : () => navigate(`${list}/${other}`));
  useKeys({
    j: go(next),
    'alt+arrowdown': go(next),
    k: go(previous),
    'alt+arrowup': go(previous),
    e: () => document.querySelector<HTMLElement>('[data-first]')?.click(),
    escape: () => navigate(list),
  });
  useEffect(() => {
    document.title = `${title} · Project Sales`;
  }, [title]);
  return (
    <div className={styles.head}>
      <Tooltip label={t('to_list')}>
        <ActionIcon component={Link} href={list} variant="subtle" color="gray" size={34} aria-label={t('to_list')}>
          <IconArrowLeft size={19} stroke={1.7} />
        </ActionIcon>
      </Tooltip>
      <div className={styles.name}>
        <Title order={1} fz={20} lh={1.3}>
          {title}
        </Title>
        <Group gap="0 12px" fz="sm">
          {children}
        </Group>
      </div>
      <Group gap="sm" className={styles.actions}>
        {position > 0 && (
          <Text size="sm" c="dimmed" visibleFrom="md">
            {t('position', { position, total })}
          </Text>
        )}
        <ActionIcon.Group>
          <Step icon={IconChevronUp} label={t('previous')} onClick={go(previous)} />
          <Step icon={IconChevronDown} label={t('next')} onClick={go(next)} />
        </ActionIcon.Group>
        <SheetButton of={entity} id={id} />
        {actions}
      </Group>
    </div>
  );
}

interface StepProps {
  readonly icon: Icon;
  readonly label: string;
  readonly onClick: (() => void) | undefined;
}

/** To the record before or after. */
export function Step({ icon: Picture, label, onClick }: StepProps) {
  return (
    <ActionIcon variant="default" size={34} aria-label={label} title={label} disabled={onClick === undefined} onClick={onClick}>
      <Picture size={17} stroke={1.7} />
    </ActionIcon>
  );
}
