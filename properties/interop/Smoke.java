// Apache Kafka's own Java client against one bootstrap address: one line a check, `ok <name>` or `failed <name>: <why>`.
// Run as a single source file; only `java.ts` beside it does. Kept to what clients 3.9 and 4.x have alike.

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.*;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.*;

public class Smoke {
    interface Check { void run() throws Exception; }

    static final String TOPIC = "java-smoke";
    static final String GROUP = "java-group";
    /** Of each way to produce. */
    static final int RECORDS = 500;
    static final List<String> ACKS = List.of("0", "1", "all");
    static final List<String> CODECS = List.of("none", "gzip", "snappy", "lz4", "zstd");
    static final int ALL_RECORDS = RECORDS * ACKS.size() * CODECS.size();
    static final long START_MS = 1_767_225_600_000L;
    static String bootstrap;

    static void check(String name, Check check) {
        try {
            check.run();
            System.out.println("ok " + name);
        } catch (Throwable error) {
            System.out.println("failed " + name + ": " + (error instanceof ExecutionException ? error.getCause() : error));
        }
    }

    static void expect(Object actual, Object expected) {
        if (!actual.equals(expected)) throw new AssertionError("expected " + expected + ", got " + actual);
    }

    static Properties with(String... pairs) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", bootstrap);
        properties.put("request.timeout.ms", "8000");
        for (int at = 0; at < pairs.length; at += 2) properties.put(pairs[at], pairs[at + 1]);
        return properties;
    }

    public static void main(String[] arguments) {
        bootstrap = arguments[0];
        try (Admin admin = Admin.create(with("default.api.timeout.ms", "10000"))) {
            check("topics", () -> topics(admin));
            check("configs", () -> configs(admin));
            check("quorum", () -> expect(admin.describeMetadataQuorum().quorumInfo().get().leaderId(), 1000));
            check("reassignment", () -> reassignment(admin));
            for (String acks : ACKS) for (String codec : CODECS) check("produce-" + acks + "-" + codec, () -> produce(acks, codec));
            check("offsets", () -> offsets(admin));
            for (String isolation : List.of("read_uncommitted", "read_committed")) check("consume-" + isolation, () -> consume(isolation));
            check("out-of-range", Smoke::outOfRange);
            check("group", Smoke::group);
            check("group-admin", () -> groupAdmin(admin));
            check("delete", () -> admin.deleteTopics(List.of(TOPIC)).all().get());
        }
    }

    static void topics(Admin admin) throws Exception {
        expect(admin.describeCluster().nodes().get().size(), 3);
        admin.createTopics(List.of(new NewTopic(TOPIC, 3, (short) 3).configs(Map.of("min.insync.replicas", "2")))).all().get();
        try {
            admin.createTopics(List.of(new NewTopic(TOPIC, 3, (short) 3))).all().get();
            throw new AssertionError("a topic was created twice");
        } catch (ExecutionException error) {
            expect(error.getCause().getClass(), TopicExistsException.class);
        }
        admin.createPartitions(Map.of(TOPIC, NewPartitions.increaseTo(4))).all().get();
        Thread.sleep(500);
        TopicDescription described = admin.describeTopics(List.of(TOPIC)).allTopicNames().get().get(TOPIC);
        expect(described.partitions().size(), 4);
        TopicCollection ids = TopicCollection.ofTopicIds(List.of(described.topicId()));
        expect(admin.describeTopics(ids).allTopicIds().get().get(described.topicId()).name(), TOPIC);
    }

    static void configs(Admin admin) throws Exception {
        ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, TOPIC);
        AlterConfigOp larger = new AlterConfigOp(new ConfigEntry("max.message.bytes", "2000000"), AlterConfigOp.OpType.SET);
        admin.incrementalAlterConfigs(Map.of(topic, List.of(larger))).all().get();
        Thread.sleep(300);
        Config config = admin.describeConfigs(List.of(topic)).all().get().get(topic);
        expect(config.get("max.message.bytes").value(), "2000000");
        expect(config.get("min.insync.replicas").source(), ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG);
    }

    static void reassignment(Admin admin) throws Exception {
        TopicPartition partition = new TopicPartition(TOPIC, 0);
        admin.alterPartitionReassignments(Map.of(partition, Optional.of(new NewPartitionReassignment(List.of(1, 2))))).all().get();
        for (int tries = 0; tries < 100 && !admin.listPartitionReassignments().reassignments().get().isEmpty(); tries++) Thread.sleep(50);
        Thread.sleep(500);
        expect(admin.describeTopics(List.of(TOPIC)).allTopicNames().get().get(TOPIC).partitions().get(0).replicas().size(), 2);
    }

    static void produce(String acks, String codec) throws Exception {
        Properties config = with("acks", acks, "compression.type", codec, "linger.ms", "5", "delivery.timeout.ms", "15000");
        // Idempotence is the default and needs acks=all.
        if (!acks.equals("all")) config.put("enable.idempotence", "false");
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (int at = 0; at < RECORDS; at++) {
                ProducerRecord<String, String> record = new ProducerRecord<>(TOPIC, at % 4, START_MS + at, "k" + at, acks + codec + at);
                record.headers().add("at", Integer.toString(at).getBytes());
                sent.add(producer.send(record));
            }
            producer.flush();
            for (Future<RecordMetadata> each : sent) each.get();
        }
    }

    static void offsets(Admin admin) throws Exception {
        TopicPartition partition = new TopicPartition(TOPIC, 1);
        long each = RECORDS / 4;
        Map<OffsetSpec, Long> expected = new HashMap<>();
        expected.put(OffsetSpec.earliest(), 0L);
        expected.put(OffsetSpec.latest(), ALL_RECORDS / 4L);
        expected.put(OffsetSpec.maxTimestamp(), each - 1);
        expected.put(OffsetSpec.forTimestamp(START_MS + 2), 1L);
        expected.put(OffsetSpec.forTimestamp(START_MS + 1_000_000), -1L);
        for (Map.Entry<OffsetSpec, Long> spec : expected.entrySet()) {
            expect(admin.listOffsets(Map.of(partition, spec.getKey())).partitionResult(partition).get().offset(), spec.getValue());
        }
    }

    static KafkaConsumer<String, String> consumer(String... pairs) {
        Properties config = with(pairs);
        config.put("enable.auto.commit", "false");
        return new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer());
    }

    static void consume(String isolation) {
        try (KafkaConsumer<String, String> consumer = consumer("isolation.level", isolation)) {
            List<TopicPartition> partitions = new ArrayList<>();
            for (int at = 0; at < 4; at++) partitions.add(new TopicPartition(TOPIC, at));
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<String, Integer> seen = new HashMap<>();
            long endMs = System.currentTimeMillis() + 15_000;
            int read = 0;
            while (read < ALL_RECORDS && System.currentTimeMillis() < endMs) {
                for (var record : consumer.poll(Duration.ofMillis(200))) {
                    read++;
                    seen.merge(record.value(), 1, Integer::sum);
                    expect("k" + new String(record.headers().lastHeader("at").value()), record.key());
                }
            }
            expect(List.of(read, seen.size()), List.of(ALL_RECORDS, ALL_RECORDS));
            expect(consumer.offsetsForTimes(Map.of(partitions.get(0), START_MS + 4)).get(partitions.get(0)).offset(), 1L);
        }
    }

    static void outOfRange() {
        try (KafkaConsumer<String, String> consumer = consumer("auto.offset.reset", "none")) {
            TopicPartition partition = new TopicPartition(TOPIC, 0);
            consumer.assign(List.of(partition));
            consumer.seek(partition, 1_000_000);
            for (int tries = 0; tries < 20; tries++) consumer.poll(Duration.ofMillis(200));
            throw new AssertionError("an offset beyond the end was read");
        } catch (OffsetOutOfRangeException expected) {
            // What the broker answered.
        }
    }

    static KafkaConsumer<String, String> member() {
        KafkaConsumer<String, String> member = consumer(
            "group.id", GROUP, "auto.offset.reset", "earliest", "session.timeout.ms", "6000", "heartbeat.interval.ms", "500",
            "partition.assignment.strategy", "org.apache.kafka.clients.consumer.CooperativeStickyAssignor");
        member.subscribe(List.of(TOPIC));
        return member;
    }

    /** In the middle of a rebalance a commit is to be tried again after the next poll. */
    static void commit(KafkaConsumer<String, String> consumer) {
        try {
            consumer.commitSync();
        } catch (RebalanceInProgressException later) {
            // The next round commits.
        }
    }

    /** Two members share the topic; one leaves, and the other reads and owns all. */
    static void group() {
        int read = 0;
        try (KafkaConsumer<String, String> stays = member()) {
            try (KafkaConsumer<String, String> leaves = member()) {
                long endMs = System.currentTimeMillis() + 40_000;
                while ((stays.assignment().size() != 2 || leaves.assignment().size() != 2) && System.currentTimeMillis() < endMs) {
                    for (KafkaConsumer<String, String> each : List.of(stays, leaves)) {
                        read += each.poll(Duration.ofMillis(100)).count();
                        commit(each);
                    }
                }
                expect(List.of(stays.assignment().size(), leaves.assignment().size()), List.of(2, 2));
            }
            long endMs = System.currentTimeMillis() + 40_000;
            while ((stays.assignment().size() != 4 || read < ALL_RECORDS) && System.currentTimeMillis() < endMs) {
                read += stays.poll(Duration.ofMillis(100)).count();
                commit(stays);
            }
            expect(List.of(stays.assignment().size(), read >= ALL_RECORDS), List.of(4, true));
        }
    }

    static void groupAdmin(Admin admin) throws Exception {
        TopicPartition partition = new TopicPartition(TOPIC, 1);
        expect(admin.describeConsumerGroups(List.of(GROUP)).all().get().get(GROUP).members().size(), 0);
        Map<TopicPartition, OffsetAndMetadata> committed = admin.listConsumerGroupOffsets(GROUP).partitionsToOffsetAndMetadata().get();
        expect(committed.get(partition).offset(), ALL_RECORDS / 4L);
        admin.alterConsumerGroupOffsets(GROUP, Map.of(partition, new OffsetAndMetadata(3))).all().get();
        expect(admin.listConsumerGroupOffsets(GROUP).partitionsToOffsetAndMetadata().get().get(partition).offset(), 3L);
        admin.deleteConsumerGroupOffsets(GROUP, java.util.Set.of(partition)).all().get();
        expect(admin.listConsumerGroupOffsets(GROUP).partitionsToOffsetAndMetadata().get().containsKey(partition), false);
        admin.deleteConsumerGroups(List.of(GROUP)).all().get();
        expect(admin.listConsumerGroups().all().get().stream().anyMatch(each -> each.groupId().equals(GROUP)), false);
    }
}
