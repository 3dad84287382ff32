/** The page that lists all keys. */
import { Kbd, SimpleGrid, Table, Text } from '@mantine/core';
import { useLanguage, useTexts } from '../i18n/texts';
import { screens } from '../screens';
import { Dialog } from '../ui/Dialog';
import { helpTexts } from './helpTexts';

export default function Help({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  const t = useTexts(helpTexts);
  const language = useLanguage();
  const places = screens.flatMap(({ nav, title }) =>
    nav?.key === undefined ? [] : [[['g', nav.key], title[language === 'it' ? 0 : 1]] as const],
  );
  return (
    <Dialog opened={opened} onClose={onClose} title={t('help')} size={720}>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="xl">
        <div>
          <KeyTable
            title={t('general')}
            rows={[
              [['Ctrl', 'K'], t('key_search')],
              [['/'], t('search')],
              [['?'], t('key_help')],
              [['Esc'], t('key_back')],
              [['n'], t('key_new')],
            ]}
          />
          {places.length > 0 && <KeyTable title={t('go')} rows={places} />}
        </div>
        <div>
          <KeyTable
            title={t('record')}
            rows={[
              [['e'], t('key_edit')],
              [['Ctrl', 'S'], t('key_save')],
              [['Ctrl', 'Enter'], t('key_confirm')],
              [['j', 'k'], t('key_next')],
            ]}
          />
          <KeyTable
            title={t('calendar')}
            rows={[
              [['1', '2', '3'], t('key_views')],
              [['j', 'k', '0'], t('key_periods')],
              [['Shift', '↑', '↓', '←', '→'], t('key_nudge')],
              [['Ctrl', 'Shift', '↑', '↓'], t('key_stretch')],
            ]}
          />
          <KeyTable
            title={t('grid')}
            rows={[
              [['↑', '↓', '←', '→', 'Tab'], t('key_move')],
              [['F2'], t('key_type')],
              [['Shift', '↓'], t('key_range')],
              [['Ctrl', 'C', 'X', 'V'], t('key_copy')],
              [['Ctrl', 'D'], t('key_fill')],
              [['Ctrl', 'Z', 'Y'], t('key_undo')],
            ]}
          />
        </div>
      </SimpleGrid>
    </Dialog>
  );
}

function KeyTable({
  title,
  rows,
}: {
  readonly title: string;
  readonly rows: readonly (readonly [readonly string[], string])[];
}) {
  return (
    <>
      <Text component="h3" fw={600} fz={13} mt="sm" mb={4}>
        {title}
      </Text>
      <Table verticalSpacing={4} withRowBorders={false}>
        <Table.Tbody>
          {rows.map(([keys, what]) => (
            <Table.Tr key={what}>
              <Table.Td w={150}>
                {keys.map((key) => (
                  <Kbd key={key} size="xs" mr={4}>
                    {key}
                  </Kbd>
                ))}
              </Table.Td>
              <Table.Td>{what}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </>
  );
}
