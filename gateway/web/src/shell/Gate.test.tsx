import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { violations } from '../../tests/layout';
import { mount } from '../../tests/render';
import { ReplicaError } from '../replica';
import { Gate } from './Gate';

const server = () => Promise.resolve({});

describe('a closed copy', () => {
  it('shows nothing but how to open it, and opens by a code', async () => {
    const { engine } = await mount(<Gate>Dentro</Gate>, { facts: { lease_over: true, waiting: 0, device: 'D-1' }, ask: server });
    const codes: string[] = [];
    Object.assign(engine.synchroniser ?? {}, {
      unlock: (code: string) => {
        codes.push(code);
        if (codes.length === 1) return Promise.reject(new ReplicaError('unusable', 'CODE_WRONG'));
        engine.setFacts({ lease_over: false });
        return Promise.resolve();
      },
    });
    expect(screen.queryByText('Dentro')).toBeNull();
    expect(screen.getByText(/Dispositivo: D-1/)).toBeDefined();
    expect(await violations()).toEqual([]);
    await userEvent.type(screen.getByLabelText('Codice di sblocco'), 'xxxx');
    await userEvent.click(screen.getByRole('button', { name: 'Apri la copia' }));
    expect(await screen.findByText('Questo codice non apre questa copia')).toBeDefined();
    await userEvent.type(screen.getByLabelText('Codice di sblocco'), '-9MTZ{Enter}');
    expect(await screen.findByText('Dentro')).toBeDefined();
    expect(codes).toEqual(['xxxx', 'xxxx-9MTZ']);
  });
});
