import { Button, Card, SegmentedControl, Stack, Text, useMantineColorScheme } from '@mantine/core';
import { useId, type ReactNode } from 'react';
import { Link } from 'wouter';
import { setLanguage, useLanguage, useTexts } from '../../i18n/texts';
import { setPreference, usePreference } from '../../shell/preferences';
import { PageHead } from '../../ui/PageHead';
import { Feeds } from './Feeds';
import { Letterhead } from './Letterhead';
import { settingsTexts } from './texts';

/** Language, colours, density: kept on this device, valid at once. */
export default function Settings() {
  const t = useTexts(settingsTexts);
  const language = useLanguage();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const density = usePreference('density');
  return (
    <>
      <PageHead title={t('title')} note={t('note')} />
      <Card withBorder maw={640} p={0}>
        <Setting label={t('language')}>
          {(id) => (
            <SegmentedControl
              aria-labelledby={id}
              value={language}
              onChange={(chosen) => {
                setLanguage(chosen);
                setPreference('language', chosen);
              }}
              data={[
                { value: 'it', label: 'Italiano' },
                { value: 'en', label: 'English' },
              ]}
            />
          )}
        </Setting>
        <Setting label={t('scheme')}>
          {(id) => (
            <SegmentedControl
              aria-labelledby={id}
              value={colorScheme}
              onChange={(chosen) => setColorScheme(chosen)}
              data={[
                { value: 'auto', label: t('scheme_auto') },
                { value: 'light', label: t('scheme_light') },
                { value: 'dark', label: t('scheme_dark') },
              ]}
            />
          )}
        </Setting>
        <Setting label={t('density')} hint={t('density_hint')}>
          {(id) => (
            <SegmentedControl
              aria-labelledby={id}
              value={density}
              onChange={(chosen) => setPreference('density', chosen)}
              data={[
                { value: 'compact', label: t('density_compact') },
                { value: 'normal', label: t('density_normal') },
                { value: 'roomy', label: t('density_roomy') },
              ]}
            />
          )}
        </Setting>
      </Card>
      <Feeds />
      <Letterhead />
      <Card withBorder maw={640} padding="lg" mt="lg" component="section" aria-label={t('administration')}>
        <Text component="h2" fw={600} fz={16} mb="sm">
          {t('administration')}
        </Text>
        <Button component={Link} href="/shapes" variant="default" w="fit-content">
          {t('shapes')}
        </Button>
      </Card>
    </>
  );
}

function Setting({
  label,
  hint,
  children,
}: {
  readonly label: string;
  readonly hint?: string;
  readonly children: (labelId: string) => ReactNode;
}) {
  const id = useId();
  return (
    <Stack
      gap="sm"
      p="lg"
      style={{ flexFlow: 'row wrap', alignItems: 'center', justifyContent: 'space-between' }}
    >
      <div>
        <Text id={id} fw={500}>
          {label}
        </Text>
        {hint !== undefined && (
          <Text size="sm" c="dimmed">
            {hint}
          </Text>
        )}
      </div>
      {children(id)}
    </Stack>
  );
}
