import { Button, Card, FileButton, Group, Stack, Text } from '@mantine/core';
import { useTexts } from '../../i18n/texts';
import { useRecords, useReplica, type RecordOf } from '../../replica';
import { useToasts } from '../../ui/toast';
import { settingsTexts } from './texts';

/** As the contract has it, in characters. */
const LONGEST = 100_000;

/** The logo that heads every print, for each company. Administrators set it; the server checks that it can be printed. */
export function Letterhead() {
  const t = useTexts(settingsTexts);
  const { rows: companies } = useRecords('offers.company', { order: [['name', 'asc']] });
  if (companies.length === 0) return null;
  return (
    <Card withBorder maw={640} padding="lg" mt="lg" component="section" aria-label={t('letterhead')}>
      <Text component="h2" fw={600} fz={16}>
        {t('letterhead')}
      </Text>
      <Text size="sm" c="dimmed" mb="sm">
        {t('letterhead_hint')}
      </Text>
      <Stack gap="md">
        {companies.map((company) => (
          <Logo key={company.id} company={company} />
        ))}
      </Stack>
    </Card>
  );
}

function Logo({ company }: { readonly company: RecordOf<'offers.company'> }) {
  const t = useTexts(settingsTexts);
  const { online, sync } = useReplica();
  const toasts = useToasts();
  const { name } = company;
  const write = async (logo: string, said: string) => {
    await online.patch(`/v1/offers/companies/${company.id}`, { logo });
    toasts.done(said);
    await sync.now();
  };
  const take = async (file: File | null) => {
    if (file === null) return;
    const drawing = file.size > 4 * LONGEST ? '' : await file.text();
    if (drawing.length > LONGEST || !/<svg[\s>]/.test(drawing)) toasts.done(t('logo_unfit', { count: LONGEST }));
    else await write(drawing, t('logo_kept', { name }));
  };
  return (
    <Group justify="space-between" gap="sm">
      <Group gap="md" wrap="nowrap">
        {company.logo !== '' && <img src={`data:image/svg+xml,${encodeURIComponent(company.logo)}`} alt={t('logo_of', { name })} style={{ maxHeight: 40, maxWidth: 160, background: '#ffffff' }} />}
        <Text fw={500}>{name}</Text>
      </Group>
      <Group gap="xs">
        <FileButton accept="image/svg+xml" onChange={(file) => void take(file).catch(toasts.failed)} inputProps={{ 'aria-label': t('logo_file', { name }) }}>
          {(props) => (
            <Button {...props} variant="default" size="compact-sm">
              {t('logo_choose')}
            </Button>
          )}
        </FileButton>
        {company.logo !== '' && (
          <Button variant="subtle" color="red" size="compact-sm" onClick={() => void write('', t('logo_removed', { name })).catch(toasts.failed)}>
            {t('logo_remove')}
          </Button>
        )}
      </Group>
    </Group>
  );
}
