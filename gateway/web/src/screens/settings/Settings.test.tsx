import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import { violations } from '../../../tests/layout';
import { mount } from '../../../tests/render';
import { ReplicaError } from '../../replica';
import type { Ask } from '../../replica/fixture';
import Settings from './Settings';

const FEED = '01900000-0000-7000-8000-000000000050';
const seed = { 'crm.calendar_feed': [{ id: FEED, name: 'Telefono', active: true, rotated_at: '2026-11-01T09:00:00Z' }] };

const away = () => Promise.reject(new ReplicaError('server_away', 'SERVER_AWAY'));

describe('the addresses of the calendar', () => {
  it('are told when asked for, and renewed', async () => {
    const ask = vi.fn<Ask>((method, path) =>
      Promise.resolve(method === 'GET' ? { path: '/v1/crm/calendars/secret.ics' } : { asked: path }),
    );
    await mount(<Settings />, { seed, ask });
    expect(await violations()).toEqual([]);
    await userEvent.click(screen.getByRole('button', { name: 'Mostra l’indirizzo: Telefono' }));
    expect(await screen.findByDisplayValue(/\/v1\/crm\/calendars\/secret\.ics$/)).toBeDefined();
    await userEvent.click(screen.getByRole('button', { name: 'Rinnova l’indirizzo: Telefono' }));
    expect(await screen.findByText(/Nuovo indirizzo: Telefono/)).toBeDefined();
    expect(ask).toHaveBeenCalledWith('POST', `/v1/crm/calendar-feeds/${FEED}:rotate`, {});
  });

  it('cannot be made without a server, and it is said why', async () => {
    await mount(<Settings />, { ask: away });
    const part = within(screen.getByRole('region', { name: 'Calendario in altri programmi' }));
    await userEvent.type(part.getByLabelText('Programma'), 'Tablet');
    await userEvent.click(part.getByRole('button', { name: 'Crea indirizzo' }));
    expect(await screen.findByText('Il server non è raggiungibile')).toBeDefined();
    expect(part.getByDisplayValue('Tablet')).toBeDefined();
  });
});

const drawing = (text: string) => new File([text], 'logo.svg', { type: 'image/svg+xml' });

describe('the letterhead', () => {
  const COMPANY = '01900000-0000-7000-8000-0000000000c0';
  const company = { 'offers.company': [{ id: COMPANY, name: 'Macchine S.p.A.', logo: '<svg xmlns="http://www.w3.org/2000/svg"/>' }] };

  it('takes a drawing as logo, shows it, and takes it away', async () => {
    const ask = vi.fn<Ask>(() => Promise.resolve({}));
    await mount(<Settings />, { seed: company, ask });
    expect(screen.getByRole('img', { name: 'Logo di Macchine S.p.A.' }).getAttribute('src')).toMatch(/^data:image\/svg\+xml,%3Csvg/);
    await userEvent.upload(screen.getByLabelText('File del logo di Macchine S.p.A.'), drawing('<svg><path d="M0 0"/></svg>'));
    await screen.findByText('Logo di Macchine S.p.A. aggiornato');
    expect(ask).toHaveBeenCalledWith('PATCH', `/v1/offers/companies/${COMPANY}`, { logo: '<svg><path d="M0 0"/></svg>' });
    await userEvent.click(within(screen.getByRole('region', { name: 'Carta intestata' })).getByRole('button', { name: 'Togli' }));
    await screen.findByText('Logo di Macchine S.p.A. tolto');
    expect(ask).toHaveBeenLastCalledWith('PATCH', `/v1/offers/companies/${COMPANY}`, { logo: '' });
    expect(await violations()).toEqual([]);
  });

  it.each(['nothing that is drawn', `<svg>${'x'.repeat(100_000)}</svg>`])('refuses what is no drawing or too long, and says what to do', async (text) => {
    const ask = vi.fn<Ask>(() => Promise.resolve({}));
    await mount(<Settings />, { seed: company, ask });
    await userEvent.upload(screen.getByLabelText('File del logo di Macchine S.p.A.'), drawing(text));
    await screen.findByText(/Serve un disegno SVG/);
    expect(ask).not.toHaveBeenCalled();
  });
});
