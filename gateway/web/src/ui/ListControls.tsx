/** What stands above a list: filters and columns; `Views` has its views. */
import { ActionIcon, Button, Checkbox, Popover, Stack, UnstyledButton } from '@mantine/core';
import { IconChevronDown, IconColumns3 } from '@tabler/icons-react';
import { useLanguage, useTexts } from '../i18n/texts';
import type { EntityName } from '../replica';
import type { Filter, ListDefinition } from './listDefinition';
import { listTexts } from './listTexts';
import styles from './RecordList.module.css';

export function FilterChip<E extends EntityName>({
  filter,
  chosen,
  onChoose,
}: {
  readonly filter: Filter<E>;
  readonly chosen: readonly string[];
  readonly onChoose: (values: readonly string[]) => void;
}) {
  const at = useLanguage() === 'it' ? 0 : 1;
  const t = useTexts(listTexts);
  const labels = filter.options.filter((option) => chosen.includes(option.value)).map((option) => option.label[at]);
  return (
    <Popover position="bottom-start" trapFocus returnFocus shadow="sm">
      <Popover.Target>
        <UnstyledButton className={styles.chip} data-active={chosen.length > 0 || undefined}>
          <span>{labels.length > 0 ? `${filter.title[at]}: ${labels.join(', ')}` : filter.title[at]}</span>
          <IconChevronDown size={14} aria-hidden />
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown aria-label={filter.title[at]}>
        <Stack gap="sm">
          {filter.options.map((option) => (
            <Checkbox
              key={option.value}
              size="sm"
              label={option.label[at]}
              checked={chosen.includes(option.value)}
              onChange={(event) =>
                onChoose(
                  event.currentTarget.checked ? [...chosen, option.value] : chosen.filter((each) => each !== option.value),
                )
              }
            />
          ))}
          {chosen.length > 0 && (
            <Button variant="subtle" size="compact-sm" color="gray" onClick={() => onChoose([])}>
              {t('clear')}
            </Button>
          )}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

export function Columns<E extends EntityName>({
  list,
  shown,
  onShow,
}: {
  readonly list: ListDefinition<E>;
  readonly shown: readonly string[];
  readonly onShow: (keys: readonly string[]) => void;
}) {
  const t = useTexts(listTexts);
  const at = useLanguage() === 'it' ? 0 : 1;
  const all = list.columns.map((column) => column.key);
  return (
    <Popover position="bottom-end" trapFocus returnFocus shadow="sm">
      <Popover.Target>
        <ActionIcon variant="default" size={34} aria-label={t('columns')} title={t('columns')}>
          <IconColumns3 size={17} stroke={1.7} />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('columns')}>
        <Stack gap="sm">
          {list.columns.map((column, place) => (
            <Checkbox
              key={column.key}
              size="sm"
              label={column.title[at]}
              checked={shown.includes(column.key)}
              disabled={place === 0}
              onChange={(event) => {
                const wanted = new Set(shown);
                if (event.currentTarget.checked) wanted.add(column.key);
                else wanted.delete(column.key);
                onShow(all.filter((key) => wanted.has(key)));
              }}
            />
          ))}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
