import { Select, Textarea, TextInput, UnstyledButton } from '@mantine/core';
import { useId, useState, type KeyboardEvent, type ReactNode } from 'react';
import { useTexts } from '../i18n/texts';
import { useReadOnly } from '../replica';
import { DateField } from './DateField';
import styles from './InlineField.module.css';
import { inlineTexts } from './inlineTexts';

interface InlineFieldProps {
  readonly label: string;
  readonly value: string;
  /** How the value is shown; absent: as it is. */
  readonly shown?: ReactNode;
  /** Absent: nobody may change it here; nor where the record can only be looked at. */
  readonly onSave?: ((value: string) => void) | undefined;
  readonly options?: readonly { readonly value: string; readonly label: string }[];
  readonly multiline?: boolean;
  readonly type?: 'text' | 'date' | 'email' | 'tel' | 'url';
  readonly maxLength?: number;
  /** The first field of a record: the key e begins here. */
  readonly first?: boolean;
}

/** A fact of a record that is changed where it stands: Enter keeps, Esc leaves it as it was. */
export function InlineField(props: InlineFieldProps) {
  const { label, value, shown = value, first } = props;
  const onSave = useReadOnly() ? undefined : props.onSave;
  const t = useTexts(inlineTexts);
  const id = useId();
  const [editing, setEditing] = useState(false);
  if (editing && onSave !== undefined) {
    return (
      <div className={styles.field}>
        <span className={styles.label} aria-hidden>
          {label}
        </span>
        <Editor {...props} onSave={onSave} onLeave={() => setEditing(false)} />
      </div>
    );
  }
  const empty = value === '' && (shown === '' || shown === value);
  return (
    <div className={styles.field}>
      <span id={`${id}-label`} className={styles.label}>
        {label}
      </span>
      {onSave === undefined ? (
        <span className={styles.fixed}>{empty ? '—' : shown}</span>
      ) : (
        <UnstyledButton
          id={id}
          className={styles.value}
          data-empty={empty || undefined}
          data-first={first || undefined}
          aria-labelledby={`${id}-label ${id}`}
          title={t('edit')}
          onClick={() => setEditing(true)}
        >
          {empty ? t('add') : shown}
        </UnstyledButton>
      )}
    </div>
  );
}

function Editor({
  label,
  value,
  onSave,
  onLeave,
  options,
  multiline = false,
  type = 'text',
  maxLength = 200,
}: InlineFieldProps & { readonly onSave: (value: string) => void; readonly onLeave: () => void }) {
  const [typed, setTyped] = useState(value);
  const keep = (wanted: string) => {
    if (wanted !== value) onSave(wanted);
    onLeave();
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      event.stopPropagation();
      onLeave();
    }
    if (event.key === 'Enter' && (!multiline || event.ctrlKey)) {
      event.preventDefault();
      keep(typed.trim());
    }
  };
  if (options !== undefined) {
    return (
      <Select
        aria-label={label}
        size="xs"
        data={[...options]}
        value={value}
        searchable={options.length > 8}
        defaultDropdownOpened
        // oxlint-disable-next-line jsx-a11y/no-autofocus -- the user asked to edit it
        autoFocus
        onChange={(chosen) => keep(chosen ?? value)}
        onBlur={onLeave}
        onKeyDown={(event) => event.key === 'Escape' && pressed(event)}
        comboboxProps={{ shadow: 'sm' }}
      />
    );
  }
  const shared = { 'aria-label': label, size: 'xs', autoFocus: true } as const;
  const common = { ...shared, value: typed, maxLength, onBlur: () => keep(typed.trim()), onKeyDown: pressed } as const;
  if (multiline) return <Textarea {...common} maxLength={10_000} autosize minRows={3} onChange={(event) => setTyped(event.currentTarget.value)} />;
  if (type === 'date') {
    return <DateField {...shared} value={typed} onChange={(day, text) => setTyped(day ?? text)} inline={{ onKeep: keep, onLeave }} />;
  }
  return <TextInput {...common} type={type} onChange={(event) => setTyped(event.currentTarget.value)} />;
}
