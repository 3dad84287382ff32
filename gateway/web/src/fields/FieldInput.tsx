/** The input of a custom field, by its kind; what is typed is a text that `parseValue` reads. */
import { MultiSelect, Select, Textarea, TextInput } from '@mantine/core';
import { useState, type KeyboardEvent } from 'react';
import { useLanguage, useTexts } from '../i18n/texts';
import { entity, useRecord, useRecords, type EntityName } from '../replica';
import { DateField } from '../ui/DateField';
import { entityOf, nameOf } from './names';
import type { FieldDefinition } from './definitions';
import { fieldTexts } from './texts';
import { labelOf } from './values';

export interface FieldInputProps {
  readonly definition: FieldDefinition;
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly error?: string | undefined;
  readonly isRequired?: boolean;
  /** In place: without a label of its own, begun at once; Enter or leaving keeps, Esc leaves. */
  readonly inline?: { readonly onKeep: (value: string) => void; readonly onLeave: () => void } | undefined;
}

const LONG = 300;
/** The user asked to edit it. */
const begun = { autoFocus: true } as const;

export function FieldInput(props: FieldInputProps) {
  const { definition, value, onChange, inline } = props;
  const t = useTexts(fieldTexts);
  const language = useLanguage();
  const common = useCommon(props);
  // A choice is kept as it is made.
  const chosen = (wanted: string) => {
    onChange(wanted);
    inline?.onKeep(wanted);
  };
  const offered = definition.choices.filter((choice) => choice.retired !== true || value.split(',').includes(choice.key ?? ''));
  const choices = offered.map(({ key = '', labels = {} }) => ({ value: key, label: labelOf(labels, language, key) }));
  switch (definition.kind) {
    case 'link':
      return <LinkInput {...props} onChange={chosen} />;
    case 'boolean':
    case 'choice': {
      const answers = [
        { value: 'true', label: t('yes') },
        { value: 'false', label: t('no') },
      ];
      return (
        <Select
          {...common}
          data={definition.kind === 'boolean' ? answers : choices}
          value={value === '' ? null : value}
          onChange={(wanted) => chosen(wanted ?? '')}
          searchable={choices.length > 8}
          clearable={props.isRequired !== true}
          defaultDropdownOpened={inline !== undefined}
          comboboxProps={{ shadow: 'sm' }}
        />
      );
    }
    case 'multiple_choice':
      return <MultiSelect {...common} data={choices} value={value.split(',').filter(Boolean)} onChange={(wanted) => onChange(wanted.join(','))} searchable comboboxProps={{ shadow: 'sm' }} />;
    case 'text': {
      const isLong = Number(definition.maximum || '0') > LONG;
      const text = { ...common, value, maxLength: Number(definition.maximum || '10000'), onChange: (event: { readonly currentTarget: { readonly value: string } }) => onChange(event.currentTarget.value) };
      return isLong ? <Textarea {...text} rows={3} /> : <TextInput {...text} />;
    }
    case 'date':
    case 'time': {
      // What is no date goes on as it was typed: who takes it says so.
      const date = { value, withTime: definition.kind === 'time', onChange: (found: string | null, typed: string) => onChange(found ?? typed), inline };
      return inline === undefined ? <DateField {...common} {...date} /> : <DateField aria-label={props.label} error={props.error} size="xs" {...begun} {...date} />;
    }
    default:
      return <TextInput {...common} inputMode={definition.kind === 'number' ? 'decimal' : 'text'} value={value} onChange={(event) => onChange(event.currentTarget.value)} />;
  }
}

/** What every input is given. */
function useCommon({ definition, label, value, error, isRequired = false, inline }: FieldInputProps) {
  const language = useLanguage();
  const help = labelOf(definition.help, language, '');
  if (inline === undefined) return { label, error, required: isRequired, description: help || undefined };
  const pressed = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      event.stopPropagation();
      inline.onLeave();
    }
    if (event.key === 'Enter' && definition.kind !== 'choice' && definition.kind !== 'boolean' && definition.kind !== 'link') {
      event.preventDefault();
      inline.onKeep(value);
    }
  };
  const isPicked = definition.kind === 'choice' || definition.kind === 'boolean' || definition.kind === 'link';
  return { 'aria-label': label, error, size: 'xs', autoFocus: true, onKeyDown: pressed, onBlur: () => (isPicked ? inline.onLeave() : inline.onKeep(value)) } as const;
}

/** Another record, found by a few letters. */
function LinkInput(props: FieldInputProps) {
  const { definition, value, onChange } = props;
  const linked = entityOf(definition.links_to);
  if (linked === null) return <Unknown {...props} />;
  return <Linked {...props} key={linked} linked={linked} value={value} onChange={onChange} />;
}

/** A record of an entity that this program does not know: it is kept as it is. */
function Unknown(props: FieldInputProps) {
  return <TextInput {...useCommon(props)} value={props.value} readOnly />;
}

function Linked(props: FieldInputProps & { readonly linked: EntityName }) {
  const { linked, value, onChange, inline } = props;
  const t = useTexts(fieldTexts);
  const [typed, setTyped] = useState('');
  const { record: chosen } = useRecord(linked, value);
  const text = chosen !== null && typed === nameOf(chosen) ? '' : typed;
  const isSearched = Object.values(entity(linked).fields).some((field) => field.searched);
  const { rows } = useRecords(linked, { ...(isSearched && { where: { text } }), limit: 10 });
  const shown = chosen !== null && !rows.some((row) => row.id === chosen.id) ? [chosen, ...rows] : rows;
  return (
    <Select
      {...useCommon(props)}
      data={shown.map((row) => ({ value: row.id, label: nameOf(row) }))}
      value={value === '' ? null : value}
      onChange={(wanted) => onChange(wanted ?? '')}
      searchable
      searchValue={typed}
      onSearchChange={setTyped}
      filter={({ options }) => options}
      nothingFoundMessage={t('links_nothing')}
      clearable={props.isRequired !== true}
      defaultDropdownOpened={inline !== undefined}
      comboboxProps={{ shadow: 'sm' }}
    />
  );
}
