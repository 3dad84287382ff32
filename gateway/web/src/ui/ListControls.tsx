/** What stands above a list: filters, views, columns. */
import { ActionIcon, Button, Checkbox, Group, Menu, Popover, Stack, TextInput, UnstyledButton } from '@mantine/core';
import { IconBookmark, IconChevronDown, IconColumns3, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useLanguage, useTexts } from '../i18n/texts';
import type { EntityName } from '../replica';
import type { Filter, ListDefinition } from './listDefinition';
import type { ListState, SavedView } from './lists';
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

export function Views<E extends EntityName>({
  list,
  saved,
  onChoose,
  onSave,
  onForget,
}: {
  readonly list: ListDefinition<E>;
  readonly saved: readonly SavedView[];
  readonly onChoose: (state: Partial<ListState>) => void;
  readonly onSave: (name: string) => void;
  readonly onForget: (name: string) => void;
}) {
  const t = useTexts(listTexts);
  const at = useLanguage() === 'it' ? 0 : 1;
  const [name, setName] = useState('');
  const [opened, setOpened] = useState(false);
  const save = () => {
    if (name.trim() === '') return;
    onSave(name.trim());
    setName('');
    setOpened(false);
  };
  return (
    <Menu position="bottom-end" width={250} shadow="sm" opened={opened} onChange={setOpened}>
      <Menu.Target>
        <Button variant="default" leftSection={<IconBookmark size={16} aria-hidden />} px="sm">
          {t('views')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => onChoose({})}>{t('view_all')}</Menu.Item>
        {list.views.map((view) => (
          <Menu.Item key={view.name[1]} onClick={() => onChoose({ filters: view.filters })}>
            {view.name[at]}
          </Menu.Item>
        ))}
        {saved.length > 0 && <Menu.Label>{t('views_own')}</Menu.Label>}
        {saved.map((view) => (
          <Group key={view.name} gap={0} wrap="nowrap" role="none">
            <Menu.Item onClick={() => onChoose(view.state)}>{view.name}</Menu.Item>
            <Menu.Item w="auto" aria-label={t('view_forget', { name: view.name })} onClick={() => onForget(view.name)}>
              <IconTrash size={15} aria-hidden />
            </Menu.Item>
          </Group>
        ))}
        <Menu.Divider />
        <Group gap="sm" p="sm" wrap="nowrap" role="none">
          <TextInput
            flex={1}
            aria-label={t('view_name')}
            placeholder={t('view_name')}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            onKeyDown={(event) => {
              event.stopPropagation();
              if (event.key === 'Enter') save();
              if (event.key === 'Escape') setOpened(false);
            }}
          />
          <Button variant="light" px="sm" disabled={name.trim() === ''} onClick={save}>
            {t('view_save')}
          </Button>
        </Group>
      </Menu.Dropdown>
    </Menu>
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
        <ActionIcon variant="default" size={34} aria-label={t('columns')} title={t('columns')} visibleFrom="sm">
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
