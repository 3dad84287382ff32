import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { mount } from '../../tests/render';
import { Keys } from './Keys';

describe('the keys that hold everywhere', () => {
  it('Ctrl+K finds a page by its name, and Enter goes there', async () => {
    const { history, settled } = await mount(<Keys />, { language: 'it' });
    await userEvent.keyboard('{Control>}k{/Control}');
    await userEvent.type(await screen.findByRole('combobox'), 'impost');
    expect(screen.getByRole('dialog', { name: 'Cerca' })).toBeDefined();
    await settled();
    expect(screen.getByRole('option', { name: /Impostazioni/ }).getAttribute('aria-selected')).toBe('true');
    await userEvent.keyboard('{Enter}');
    expect(history.at(-1)).toBe('/settings');
  });

  it('? lists the keys', async () => {
    await mount(<Keys />, { language: 'en' });
    await userEvent.keyboard('?');
    expect(await screen.findByText('Next and previous')).toBeDefined();
  });
});
