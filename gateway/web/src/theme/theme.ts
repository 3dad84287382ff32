/** Mantine's theme: sizes of web.md and the colours of `tokens.css`. */
import { createTheme, type MantineColorsTuple } from '@mantine/core';

// Ten steps around #2f6fdb; Mantine wants a scale, the tokens decide what is seen.
const brand: MantineColorsTuple = [
  '#edf3fd', '#d7e4fa', '#aec8f4', '#80acee', '#5b93e9', '#4381e3', '#2f6fdb', '#2862c6', '#1f4b99', '#173972',
];

export const theme = createTheme({
  primaryColor: 'brand',
  primaryShade: { light: 6, dark: 4 },
  autoContrast: true,
  colors: { brand },
  fontFamily: "'Inter Variable', system-ui, -apple-system, 'Segoe UI', sans-serif",
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '20px' },
  lineHeights: { xs: '1.35', sm: '1.4', md: '1.45', lg: '1.5', xl: '1.3' },
  spacing: { xs: '4px', sm: '8px', md: '12px', lg: '16px', xl: '24px' },
  radius: { xs: '4px', sm: '6px', md: '8px', lg: '12px', xl: '16px' },
  defaultRadius: 'sm',
  headings: {
    fontFamily: "'Inter Variable', system-ui, sans-serif",
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '24px', lineHeight: '1.25' },
      h2: { fontSize: '20px', lineHeight: '1.3' },
      h3: { fontSize: '16px', lineHeight: '1.4' },
      h4: { fontSize: '14px', lineHeight: '1.4' },
    },
  },
  focusRing: 'auto',
  cursorType: 'pointer',
  components: {
    Button: { defaultProps: { size: 'sm' } },
    TextInput: { defaultProps: { size: 'sm' } },
    Select: { defaultProps: { size: 'sm' } },
    Badge: { defaultProps: { radius: 'sm', tt: 'none' } },
    Tooltip: { defaultProps: { openDelay: 400, withArrow: true } },
    Paper: { defaultProps: { withBorder: true, radius: 'md', shadow: undefined } },
    // Its head is a <header>, which inside a dialog would be a second banner of the page.
    Modal: {
      defaultProps: { radius: 'md', centered: true, attributes: { header: { role: 'presentation' } } },
      styles: {
        content: { background: 'var(--s-surface)' },
        header: { background: 'var(--s-surface)' },
        title: { fontSize: 16, fontWeight: 600 },
        // The ring of a field that stands first would disappear beneath the head.
        body: { paddingTop: 2 },
      },
    },
  },
});

