import { ActionIcon, Tooltip } from '@mantine/core';
import { IconPrinter } from '@tabler/icons-react';
import { useLanguage, useTexts } from '../i18n/texts';
import { entity, type EntityName } from '../replica';
import { useFiles } from './files';
import { fileTexts } from './fileTexts';

/** A record as a sheet of paper, which the server makes. */
export function SheetButton({ of, id }: { readonly of: EntityName; readonly id: string }) {
  const t = useTexts(fileTexts);
  const language = useLanguage();
  const fetched = useFiles();
  const { service, collection } = entity(of);
  return (
    <Tooltip label={t('print')}>
      <ActionIcon variant="default" size={34} aria-label={t('print')} onClick={() => fetched(`/v1/${service}/${collection}/${id}:sheet?language=${language}`, `${collection}.pdf`)}>
        <IconPrinter size={17} stroke={1.7} />
      </ActionIcon>
    </Tooltip>
  );
}
