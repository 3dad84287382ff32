import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { expect, it } from 'vitest';
import { violations } from '../../tests/layout';
import { mount } from '../../tests/render';
import { Dialog } from './Dialog';

function Asking({ onBuild, leaves = false }: { readonly onBuild?: () => void; readonly leaves?: boolean }) {
  const [opened, setOpened] = useState(false);
  return (
    <main>
      <h1>Prova</h1>
      <button type="button" onClick={() => setOpened(true)}>
        Chiedi
      </button>
      {(opened || !leaves) && (
        <Dialog opened={opened} onClose={() => setOpened(false)} title="Sei sicuro?">
          <Question onBuild={onBuild} />
        </Dialog>
      )}
    </main>
  );
}

function Question({ onBuild }: { readonly onBuild: (() => void) | undefined }) {
  onBuild?.();
  return <input aria-label="Perché" data-autofocus />;
}

it('is not there before it is opened, and has its close button in words', async () => {
  let built = 0;
  await mount(<Asking onBuild={() => (built += 1)} />);
  expect(built).toBe(0);
  expect(document.querySelector('[role="dialog"], .mantine-Modal-root')).toBeNull();

  await userEvent.click(screen.getByRole('button', { name: 'Chiedi' }));
  expect(await screen.findByRole('dialog', { name: 'Sei sicuro?' })).toBeTruthy();
  await waitFor(() => expect(document.activeElement).toBe(screen.getByRole('textbox', { name: 'Perché' })));
  expect(await violations()).toEqual([]);
  await userEvent.click(screen.getByRole('button', { name: 'Chiudi' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
});

it.each([
  ['stays in its screen', false],
  ['goes with its answer', true],
])('gives the focus back, each time it is opened, when it %s', async (_, leaves) => {
  await mount(<Asking leaves={leaves} />);
  const ask = screen.getByRole('button', { name: 'Chiedi' });
  for (let turn = 0; turn < 2; turn += 1) {
    await userEvent.click(ask);
    await waitFor(() => expect(document.activeElement).toBe(screen.getByRole('textbox', { name: 'Perché' })));
    await userEvent.keyboard('{Escape}');
    await waitFor(() => expect(document.activeElement).toBe(ask));
  }
});
