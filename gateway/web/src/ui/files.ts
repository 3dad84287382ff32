/** Files that the server makes, given to the user. */
import { useTexts } from '../i18n/texts';
import { useReplica, type Values } from '../replica';
import { download } from './csv';
import { fileTexts } from './fileTexts';
import { useToasts } from './toast';

/** Return a function that fetches a file and hands it over; `otherwise` is its name where the server gave it none. */
export function useFiles(): (path: string, otherwise: string, body?: Values) => void {
  const t = useTexts(fileTexts);
  const { online } = useReplica();
  const toasts = useToasts();
  return (path, otherwise, body) => {
    const fetched = async () => {
      const { name, type, content } = await online.file(path, body);
      download(name || otherwise, content, type);
      toasts.done(t('made', { name: name || otherwise }));
    };
    void fetched().catch(toasts.failed);
  };
}
