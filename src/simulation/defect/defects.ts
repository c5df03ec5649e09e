/** All known-bad decisions of Kafka's history that this cluster can have, by their ids. */
import { controllerDefects } from './controller.ts';
import type { Defect } from './defect.ts';
import { groupDefects } from './groups.ts';
import { logDefects } from './log.ts';
import { replicationDefects } from './replication.ts';
import { transactionDefects } from './transactions.ts';

export const defects: readonly Defect[] = [...replicationDefects, ...controllerDefects, ...logDefects, ...transactionDefects, ...groupDefects];

export const defectNamed = (id: string): Defect | undefined => defects.find((defect) => defect.id === id);
