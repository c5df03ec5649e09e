// Apache Kafka's own producer, idempotent, with every codec: one line a record that was acknowledged,
// `written <partition> <offset> <key> <value>`. Run as a single source file; only `kafka-written.ts` beside it does.

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.StringSerializer;

public class Written {
    static final int RECORDS = 400;

    public static void main(String[] arguments) throws Exception {
        String topic = "written";
        Properties properties = new Properties();
        properties.put("bootstrap.servers", arguments[0]);
        try (Admin admin = Admin.create(properties)) {
            Map<String, String> small = Map.of("internal.segment.bytes", "4000", "index.interval.bytes", "500");
            admin.createTopics(List.of(new NewTopic(topic, 2, (short) 1).configs(small))).all().get();
        }
        properties.put("acks", "all");
        properties.put("enable.idempotence", "true");
        properties.put("batch.size", "1500");
        properties.put("linger.ms", "5");
        for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
            properties.put("compression.type", codec);
            try (KafkaProducer<String, String> producer = new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
                List<ProducerRecord<String, String>> sent = new ArrayList<>();
                List<Future<RecordMetadata>> answers = new ArrayList<>();
                for (int at = 0; at < RECORDS; at++) {
                    ProducerRecord<String, String> record = new ProducerRecord<>(topic, at % 2, "k" + at % 7, codec + "-" + at + "-" + "x".repeat(at % 50));
                    sent.add(record);
                    answers.add(producer.send(record));
                }
                for (int at = 0; at < RECORDS; at++) {
                    RecordMetadata told = answers.get(at).get();
                    System.out.println("written " + told.partition() + " " + told.offset() + " " + sent.get(at).key() + " " + sent.get(at).value());
                }
            }
        }
    }
}
