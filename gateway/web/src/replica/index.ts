/**
 * The replica, as screens use it. They read and write nothing else.
 *
 *     const { record } = useRecord('crm.party', id);
 *     const { rows, total } = useRecords('crm.activity', {
 *       where: { party_id: id, state: { in: ['planned', 'done'] } }, order: [['due_at', 'desc']], limit: 50,
 *     });
 *     const author = useAuthor();
 *     const { undo } = await author.edit('crm.party', id, { website: 'https://rossi.example' });
 *     const group = author.group();
 *     const offer = group.create('offers.offer', { party_id: id, title });
 *     group.create('offers.revision', { offer_id: offer });
 *     await group.save();
 *     await author.command('offers.offer:accept', offer, {}, { [`offers.offer/${offer}`]: { state: 'accepted' } });
 */
export type { Author, FieldsOf, Group, Online, Replica, SessionControl, SyncControl, Written } from './client';
export { entity, enumValues, findField, type CommandName, type EntityName, type Field, type RecordOf, type Values } from './contracts';
export { isKind, ReplicaError } from './errors';
export type { BucketFacts, Question, QueueEntry, Session, SyncFacts } from './facts';
export {
  askRecords,
  ReplicaProvider,
  useAuthor,
  useBuckets,
  useCounts,
  useQuestions,
  useQueue,
  useReadOnly,
  useRecord,
  useRecords,
  useReplica,
  useMe, useSyncFact, useSyncFacts,
  type ManyRecords,
  type OneRecord,
} from './hooks';
export type { ServerFile } from './server';
export type { Choice, ItemState, Outcome } from './items';
export { folded, isEmpty, type Condition, type Order, type Query, type Where } from './query';
