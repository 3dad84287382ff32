// @vitest-environment node
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { detachedId, halvesOf, occurrences, type Timed } from './occurrences';
import { instantOf, wallOf } from './zones';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const HOUR = 3_600_000;

interface Case {
  readonly values: Timed;
  readonly since: string;
  readonly until: string;
  readonly expected: readonly (readonly [number, number, string])[];
  readonly detached: string;
}

function cases(count: number, seed: number): readonly Case[] {
  const python = process.env['SALES_PYTHON_BIN'] ?? `${root}.venv/bin/python`;
  const written = execFileSync(python, ['-m', 'tests.web.series', String(count), String(seed)], {
    cwd: root,
    env: { ...process.env, PYTHONPATH: `${root}:${root}protos/gen/py` },
    maxBuffer: 1 << 26,
  });
  return written.toString().trim().split('\n').map((line) => JSON.parse(line) as Case);
}

describe('occurrences', () => {
  it('are those that the service expands, in any zone and over changes of the clock', async () => {
    const runs = Number(process.env['SALES_WEB_RUNS'] ?? 1);
    for (const each of cases(120 * runs, 11)) {
      const found = occurrences(each.values, { since: Date.parse(each.since), until: Date.parse(each.until), company: 'Europe/Rome' });
      expect(found.map(({ begins, ends, recurrenceId }) => [begins, ends, recurrenceId]), JSON.stringify(each)).toEqual(each.expected);
      const [first] = found;
      const own = first === undefined ? '' : await detachedId('01900000-0000-7000-8000-0000000000aa', first.recurrenceId);
      expect(own).toBe(each.detached);
    }
  });

  it('of a series are cut in two as the service does it', () => {
    const counted: Timed = { starts_at: '2026-03-23T08:00:00Z', ends_at: '2026-03-23T09:00:00Z', starts_on: '', ends_on: '', time_zone: 'Europe/Rome', recurrence: 'FREQ=WEEKLY;COUNT=10', excluded: ['2026-03-30T07:00:00Z', '2026-04-20T07:00:00Z'] };
    expect(halvesOf(counted, '2026-04-13T07:00:00Z', 'UTC')).toEqual({
      before: { recurrence: 'FREQ=WEEKLY;UNTIL=20260406T070000Z', excluded: ['2026-03-30T07:00:00Z'] },
      after: { recurrence: 'FREQ=WEEKLY;COUNT=7', excluded: ['2026-04-20T07:00:00Z'] },
    });
    expect(halvesOf(counted, '2026-03-23T08:00:00Z', 'UTC'), 'nothing comes before').toBeNull();
    const days: Timed = { starts_on: '2026-03-23', ends_on: '', time_zone: 'Europe/Rome', recurrence: 'FREQ=DAILY;UNTIL=20260401', excluded: [] };
    expect(halvesOf(days, '2026-03-25', 'UTC')).toEqual({ before: { recurrence: 'FREQ=DAILY;UNTIL=20260324', excluded: [] }, after: { recurrence: 'FREQ=DAILY;UNTIL=20260401', excluded: [] } });
    expect(halvesOf({ ...days, recurrence: '' }, '2026-03-25', 'UTC')).toBeNull();
  });

  it('leave out what became a record of its own', () => {
    const weekly: Timed = { starts_at: '2026-03-23T08:00:00Z', ends_at: '2026-03-23T09:00:00Z', starts_on: '', ends_on: '', time_zone: 'Europe/Rome', recurrence: 'FREQ=WEEKLY', excluded: ['2026-04-06T09:00:00+02:00'] };
    const asked = { since: Date.parse('2026-03-01T00:00:00Z'), until: Date.parse('2026-04-20T00:00:00Z'), company: 'UTC' };
    expect(occurrences(weekly, { ...asked, overridden: ['2026-03-30T07:00:00Z'] }).map((each) => each.recurrenceId)).toEqual([
      '2026-03-23T08:00:00Z',
      // 9:00 on the clock before and after the change.
      '2026-04-13T07:00:00Z',
    ]);
  });
});

describe('wall times', () => {
  it('that spring skips are moved on, those that autumn repeats are the first', () => {
    expect(instantOf(Date.UTC(2026, 2, 29, 2, 30), 'Europe/Rome')).toBe(Date.UTC(2026, 2, 29, 1, 30));
    expect(instantOf(Date.UTC(2026, 9, 25, 2, 30), 'Europe/Rome')).toBe(Date.UTC(2026, 9, 25, 0, 30));
    expect(wallOf(Date.UTC(2026, 9, 25, 1, 30), 'Europe/Rome')).toBe(Date.UTC(2026, 9, 25, 2, 30));
    expect(wallOf(instantOf(Date.UTC(2026, 6, 1, 12), 'Asia/Kolkata'), 'Asia/Kolkata') % (24 * HOUR)).toBe(12 * HOUR);
  });
});
