import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { mount } from '../../tests/render';
import { ReplicaError } from '../replica';
import { useToasts } from './toast';

function Told({ undo }: { readonly undo: () => Promise<boolean> }) {
  const toasts = useToasts();
  return (
    <>
      <button onClick={() => toasts.failed(new ReplicaError('server_away', 'SERVER_AWAY'))}>fail</button>
      <button onClick={() => toasts.done('Attività eliminata', { undo })}>do</button>
    </>
  );
}
const press = (name: string) => userEvent.click(screen.getByRole('button', { name }));
const errors = () => screen.queryAllByText('Il server non è raggiungibile');

describe('a toast', () => {
  it('that takes a change back appears at once, however many errors stand open; these come back', async () => {
    const taken: string[] = [];
    await mount(
      <Told
        undo={() => {
          taken.push('it');
          return Promise.resolve(true);
        }}
      />,
    );
    for (let each = 0; each < 3; each += 1) await press('fail');
    expect(errors()).toHaveLength(3);
    await press('do');
    expect(await screen.findByText('Attività eliminata')).toBeDefined();
    await waitFor(() => expect(errors()).toHaveLength(2));
    await press('Annulla');
    await waitFor(() => expect(screen.getByText('Annullato')).toBeDefined());
    expect(taken).toEqual(['it']);
    await userEvent.click(screen.getByText('Annullato').closest('[role=alert]')?.querySelector('button') ?? document.body);
    await waitFor(() => expect(errors()).toHaveLength(3));
  });
});
