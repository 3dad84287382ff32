import { UnstyledButton } from '@mantine/core';
import { IconArrowDownLeft, IconArrowUpRight, IconPaperclip } from '@tabler/icons-react';
import { useState } from 'react';
import { useFormat } from '../../i18n/format';
import { useTexts } from '../../i18n/texts';
import { useRecords, type RecordOf } from '../../replica';
import { Quiet } from '../../ui/Section';
import styles from './Customer.module.css';
import { customerTexts } from './texts';

type Message = RecordOf<'mail.message'>;

/** Mail with a customer: filed under it, or linked to it; the newest first. Its text opens where it stands. */
export function MailTab({ id }: { readonly id: string }) {
  const t = useTexts(customerTexts);
  const { rows: links } = useRecords('mail.link', { where: { party_id: id }, limit: 1000 });
  const linked = links.map((link) => link.message_id).toSorted();
  const { ready, rows } = useRecords('mail.message', { where: { any: [{ party_id: id }, { id: { in: linked } }] }, order: [['dated_at', 'desc']], limit: 100 });
  if (!ready) return null;
  if (rows.length === 0) return <Quiet>{t('no_mail')}</Quiet>;
  return (
    <ul className={styles.list}>
      {rows.map((message) => (
        <MessageRow key={message.id} message={message} />
      ))}
    </ul>
  );
}

function MessageRow({ message }: { readonly message: Message }) {
  const t = useTexts(customerTexts);
  const format = useFormat();
  const [open, setOpen] = useState(false);
  const isOurs = message.direction === 'outgoing';
  const Picture = isOurs ? IconArrowUpRight : IconArrowDownLeft;
  const who = isOurs ? message.to_addresses.join(', ') : message.from_name || message.from_address;
  return (
    <li className={styles.row}>
      <Picture size={17} stroke={1.7} aria-label={t(isOurs ? 'mail_sent' : 'mail_received')} />
      <UnstyledButton className={styles.main} aria-expanded={open} onClick={() => setOpen(!open)}>
        <strong>{message.subject || t('mail_no_subject')}</strong>
        {message.attachment_count > 0 && <IconPaperclip className={styles.clip} size={14} stroke={1.7} aria-label={t('mail_attachments', { count: message.attachment_count })} />}
        <div className={styles.note}>{[who, format.moment(message.sent_at ?? message.dated_at ?? message.received_at ?? '')].filter(Boolean).join(' · ')}</div>
      </UnstyledButton>
      {open && <p className={styles.mail}>{message.text}</p>}
    </li>
  );
}
