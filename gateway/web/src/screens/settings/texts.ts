import { texts } from '../../i18n/texts';

export const settingsTexts = texts('settings', {
  title: ['Impostazioni', 'Settings'],
  note: ['Valgono su questo dispositivo.', 'They hold on this device.'],
  language: ['Lingua', 'Language'],
  scheme: ['Colori', 'Colours'],
  scheme_auto: ['Come il sistema', 'As the system'],
  scheme_light: ['Chiari', 'Light'],
  scheme_dark: ['Scuri', 'Dark'],
  density: ['Densità', 'Density'],
  density_hint: ['Altezza delle righe negli elenchi', 'Height of rows in lists'],
  density_compact: ['Compatta', 'Compact'],
  density_normal: ['Normale', 'Normal'],
  density_roomy: ['Ampia', 'Roomy'],
});
