import { Select } from '@mantine/core';
import { useState } from 'react';
import { useRecord, useRecords } from '../replica';

/** A customer, found by a few letters of the name among those on this device. */
export function PartyPicker({
  label,
  placeholder,
  nothing,
  value,
  onChange,
  focused = false,
  optional = false,
}: {
  readonly label: string;
  readonly placeholder: string;
  readonly nothing: string;
  readonly value: string;
  readonly onChange: (partyId: string) => void;
  readonly focused?: boolean;
  /** Nobody is an answer too. */
  readonly optional?: boolean;
}) {
  const [typed, setTyped] = useState('');
  const { record: chosen } = useRecord('crm.party', value);
  const text = typed === chosen?.name ? '' : typed;
  const { rows } = useRecords('crm.party', {
    where: { text, state: { in: ['prospect', 'qualified', 'customer', 'inactive', 'unspecified'] } },
    order: [['name', 'asc']],
    limit: 8,
  });
  const shown = chosen !== null && !rows.some((row) => row.id === chosen.id) ? [chosen, ...rows] : rows;
  return (
    <Select
      label={label}
      placeholder={placeholder}
      nothingFoundMessage={nothing}
      required={!optional}
      clearable={optional}
      searchable
      selectFirstOptionOnChange
      data-autofocus={focused || undefined}
      data={shown.map((row) => ({ value: row.id, label: row.name }))}
      filter={({ options }) => options}
      value={value === '' ? null : value}
      onChange={(id) => onChange(id ?? '')}
      searchValue={typed}
      onSearchChange={setTyped}
      comboboxProps={{ shadow: 'sm' }}
    />
  );
}
