/** Inputs for the custom fields of a form. */
import { Button } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { useState } from 'react';
import { useLanguage, useTexts } from '../i18n/texts';
import { useUnfit } from './CustomFields';
import { FieldInput } from './FieldInput';
import type { FormFields } from './formFields';
import { fieldTexts } from './texts';
import { labelOf } from './values';

/** `brief`: what has to be filled in; the rest when it is asked for. */
export function FormInputs({ fields, brief = false }: { readonly fields: FormFields | null; readonly brief?: boolean }) {
  const t = useTexts(fieldTexts);
  const language = useLanguage();
  const unfitText = useUnfit();
  const [isWhole, setWhole] = useState(!brief);
  if (fields === null) return null;
  const shown = isWhole ? fields.shown : fields.shown.filter((field) => field.isRequired);
  const left = fields.shown.length - shown.length;
  return (
    <>
      {shown.map(({ definition, labels, isRequired }) => {
        const value = fields.parsed(definition);
        return (
          <FieldInput
            key={definition.key}
            definition={definition}
            label={labelOf(labels, language, definition.key)}
            value={fields.typed(definition)}
            onChange={(text) => fields.set(definition, text)}
            isRequired={isRequired}
            error={value !== undefined && 'unfit' in value ? unfitText(value.unfit) : undefined}
          />
        );
      })}
      {left > 0 && (
        <Button variant="subtle" size="compact-sm" leftSection={<IconChevronDown size={15} aria-hidden />} style={{ alignSelf: 'flex-start' }} onClick={() => setWhole(true)}>
          {t('more_fields', { count: left })}
        </Button>
      )}
    </>
  );
}
