/** Views of a list: those that come with it, own ones, and those that others share. */
import { ActionIcon, Button, Group, Menu, NativeSelect, Stack, TextInput } from '@mantine/core';
import { IconBookmark, IconPencil, IconPlus, IconTrash } from '@tabler/icons-react';
import { useState, type FormEvent } from 'react';
import { useLanguage, useTexts } from '../i18n/texts';
import type { EntityName, Written } from '../replica';
import { Dialog } from './Dialog';
import type { ListDefinition } from './listDefinition';
import type { ListState } from './lists';
import { listTexts } from './listTexts';
import { LONGEST_NAME, type ListView, type ListViews, type Visibility } from './listViews';
import { useToasts } from './toast';

interface ViewsProps<E extends EntityName> {
  readonly list: ListDefinition<E>;
  readonly views: ListViews;
  /** What the list shows: that is what is kept. */
  readonly state: ListState;
  /** Without its word: a phone. */
  readonly narrow: boolean;
  readonly onChoose: (view: ListView) => void;
  /** One that comes with the list; null: everything. */
  readonly onChooseOwn: (filters: ListState['filters'] | null) => void;
}

/** Of which a form is open: a view, or one that is yet to be made. */
type Asked = ListView | 'new' | null;

export function Views<E extends EntityName>({ list, views, state, narrow, onChoose, onChooseOwn }: ViewsProps<E>) {
  const t = useTexts(listTexts);
  const toasts = useToasts();
  const at = useLanguage() === 'it' ? 0 : 1;
  const [asked, setAsked] = useState<Asked>(null);
  const tell = (text: string, written: Promise<Written>) => void written.then((made) => toasts.done(text, made)).catch(toasts.failed);
  const keep = (name: string, visibility: Visibility) => {
    setAsked(null);
    if (asked === 'new') tell(t('view_saved', { name }), views.save(name, visibility, state));
    else if (asked !== null && (name !== asked.name || visibility !== asked.visibility)) tell(t('view_changed', { name }), views.change(asked, name, visibility));
  };
  return (
    <>
      <Menu position="bottom-end" width={280} shadow="sm" withinPortal={false} withInitialFocusPlaceholder={false}>
        <Menu.Target>
          {narrow ? (
            <ActionIcon variant="default" size={34} aria-label={t('views')}>
              <IconBookmark size={17} stroke={1.7} />
            </ActionIcon>
          ) : (
            <Button variant="default" leftSection={<IconBookmark size={16} aria-hidden />} px="sm">
              {t('views')}
            </Button>
          )}
        </Menu.Target>
        <Menu.Dropdown mah="70vh" style={{ overflowY: 'auto' }}>
          <Menu.Item onClick={() => onChooseOwn(null)}>{t('view_all')}</Menu.Item>
          {list.views.map((view) => (
            <Menu.Item key={view.name[1]} onClick={() => onChooseOwn(view.filters)}>
              {view.name[at]}
            </Menu.Item>
          ))}
          {views.own.length > 0 && <Menu.Label>{t('views_own')}</Menu.Label>}
          {views.own.map((view) => (
            <Group key={view.id} gap={0} wrap="nowrap" role="none">
              <Menu.Item onClick={() => onChoose(view)}>{view.name}</Menu.Item>
              <Menu.Item w="auto" aria-label={t('view_change', { name: view.name })} onClick={() => setAsked(view)}>
                <IconPencil size={15} display="block" aria-hidden />
              </Menu.Item>
              <Menu.Item w="auto" aria-label={t('view_forget', { name: view.name })} onClick={() => tell(t('view_forgotten', { name: view.name }), views.remove(view))}>
                <IconTrash size={15} display="block" aria-hidden />
              </Menu.Item>
            </Group>
          ))}
          {views.shared.length > 0 && <Menu.Label>{t('views_shared')}</Menu.Label>}
          {views.shared.map((view) => (
            <Menu.Item key={view.id} onClick={() => onChoose(view)}>
              {view.name}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item leftSection={<IconPlus size={15} aria-hidden />} onClick={() => setAsked('new')}>
            {t('view_keep')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Dialog opened={asked !== null} onClose={() => setAsked(null)} title={t(asked === 'new' ? 'view_new' : 'view_title')}>
        {asked !== null && <ViewForm view={asked === 'new' ? null : asked} views={views} onDone={keep} />}
      </Dialog>
    </>
  );
}

interface ViewFormProps {
  /** null: one that is yet to be made. */
  readonly view: ListView | null;
  readonly views: ListViews;
  readonly onDone: (name: string, visibility: Visibility) => void;
}

/** What a view is called, and who sees it. */
function ViewForm({ view, views, onDone }: ViewFormProps) {
  const t = useTexts(listTexts);
  const [name, setName] = useState(view?.name ?? '');
  const stored = view?.visibility ?? 'mine';
  const [visibility, setVisibility] = useState<Visibility>(stored === 'unspecified' ? 'mine' : stored);
  const wanted = name.trim();
  const isKnown = views.own.some((each) => each.id !== view?.id && each.name === wanted);
  // Kept again under its name it shows something else; renamed to it there would be two.
  const isTaken = isKnown && view !== null;
  const visible = (['mine', 'roles', 'everybody'] as const).filter((each) => each !== 'roles' || views.roles.length > 0 || stored === 'roles');
  return (
    <form
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        if (wanted !== '' && !isTaken) onDone(wanted, visibility);
      }}
    >
      <Stack gap="md">
        <TextInput
          label={t('view_name')}
          description={isKnown && !isTaken && t('view_again')}
          error={isTaken && t('view_taken')}
          required
          data-autofocus
          maxLength={LONGEST_NAME}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <NativeSelect label={t('visible_to')} value={visibility} onChange={(event) => setVisibility(visible.find((each) => each === event.currentTarget.value) ?? 'mine')} data={visible.map((value) => ({ value, label: t(`visible_${value}`) }))} />
        <Group justify="flex-end">
          <Button type="submit" disabled={wanted === '' || isTaken}>
            {t('view_save')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
