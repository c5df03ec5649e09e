/** One member of a group, kafkajs in a process of its own, so that it can be killed. `kafkajs-member.ts <bootstrap> <group> <topic>`; prints JSON lines. */
import { Kafka, logLevel } from 'kafkajs';

const [bootstrap = '', group = '', topic = ''] = process.argv.slice(2);
const tell = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const kafka = new Kafka({ clientId: `member-${process.pid}`, brokers: bootstrap.split(','), logLevel: logLevel.NOTHING });
const consumer = kafka.consumer({ groupId: group, sessionTimeout: 6000, heartbeatInterval: 500, rebalanceTimeout: 10_000 });
consumer.on('consumer.group_join', ({ payload }) => tell({ owns: payload.memberAssignment[topic] ?? [] }));
await consumer.connect();
await consumer.subscribe({ topics: [topic], fromBeginning: true });
await consumer.run({
  autoCommitInterval: 200,
  eachMessage: async ({ partition, message }) => tell({ partition, offset: message.offset, value: String(message.value) }),
});
process.once('SIGTERM', () => void consumer.disconnect().then(() => process.exit(0)));
