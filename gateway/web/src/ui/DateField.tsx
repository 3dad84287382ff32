/**
 * A day, or a day and a time, typed and shown in the user's language: the browser's own date field speaks the browser's.
 * Its calendar is one button (or Alt+ArrowDown) away.
 */
import { ActionIcon, TextInput, type TextInputProps } from '@mantine/core';
import { IconCalendar } from '@tabler/icons-react';
import { useRef, useState, type KeyboardEvent } from 'react';
import { useFormat } from '../i18n/format';
import { useTexts } from '../i18n/texts';
import styles from './DateField.module.css';
import { dateTexts } from './dateTexts';
import { useToday } from './day';
import { parseDay, parseMoment } from './days';

const ISO = /^\d{4}-\d\d-\d\d/;

export interface DateFieldProps extends Omit<TextInputProps, 'value' | 'onChange' | 'type' | 'rightSection'> {
  /** "2026-12-31", with a time "2026-12-31T14:30"; '' for none. */
  readonly value: string;
  /** Told at each key: '' for an empty field, null while what was typed is none; with what was typed. */
  readonly onChange: (value: string | null, typed: string) => void;
  readonly withTime?: boolean;
  /** In place: Enter or leaving keeps what makes sense, Esc leaves. */
  readonly inline?: { readonly onKeep: (value: string) => void; readonly onLeave: () => void } | undefined;
}

export function DateField({ value, onChange, withTime = false, inline, error, onBlur, onKeyDown, ...given }: DateFieldProps) {
  const t = useTexts(dateTexts);
  const format = useFormat();
  const today = useToday();
  const native = useRef<HTMLInputElement>(null);
  /** What stands in the field while it is not what `value` says. */
  const [typed, setTyped] = useState<string | null>(null);
  const [isJudged, setIsJudged] = useState(false);
  const shown = (of: string) => (!ISO.test(of) ? of : withTime ? format.moment(of) : format.date(of));
  const read = (text: string) => (text.trim() === '' ? '' : (withTime ? parseMoment : parseDay)(text, today));
  const text = typed ?? shown(value);
  const found = typed === null ? value : read(typed);
  const change = (wanted: string) => {
    setTyped(wanted);
    setIsJudged(false);
    onChange(read(wanted), wanted);
  };
  const open = () => native.current?.showPicker();
  const pressed = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'ArrowDown' && event.altKey) {
      // On the screen of a record the same keys go to the next one.
      event.preventDefault();
      event.stopPropagation();
      open();
    } else if (event.key === 'Enter' && found === null) {
      event.preventDefault();
      setIsJudged(true);
    } else if (event.key === 'Enter' && inline !== undefined && found !== null) {
      event.preventDefault();
      inline.onKeep(found);
    } else if (event.key === 'Escape' && inline !== undefined) {
      event.stopPropagation();
      inline.onLeave();
    }
    onKeyDown?.(event);
  };
  const example = withTime ? format.moment(`${today}T14:30`) : format.date(today);
  const wrong = isJudged && found === null ? t(withTime ? 'wrong_time' : 'wrong', { example }) : error;
  return (
    <TextInput
      placeholder={t(withTime ? 'pattern_time' : 'pattern')}
      autoComplete="off"
      {...given}
      error={wrong}
      value={text}
      aria-keyshortcuts="Alt+ArrowDown"
      onChange={(event) => change(event.currentTarget.value)}
      onKeyDown={pressed}
      onBlur={(event) => {
        if (found === null) setIsJudged(true);
        else {
          setTyped(null);
          inline?.onKeep(found);
        }
        onBlur?.(event);
      }}
      rightSection={
        <>
          <input
            ref={native}
            className={styles.native}
            type={withTime ? 'datetime-local' : 'date'}
            tabIndex={-1}
            aria-hidden
            value={found ?? ''}
            onChange={(event) => {
              setTyped(null);
              setIsJudged(false);
              onChange(event.currentTarget.value, event.currentTarget.value);
            }}
          />
          <ActionIcon
            variant="subtle"
            color="gray"
            size={26}
            tabIndex={-1}
            aria-label={t('open')}
            disabled={given.disabled === true || given.readOnly === true}
            // The field keeps the focus: to leave it is to be done.
            onMouseDown={(event) => event.preventDefault()}
            onClick={open}
          >
            <IconCalendar size={16} stroke={1.7} aria-hidden />
          </ActionIcon>
        </>
      }
    />
  );
}
