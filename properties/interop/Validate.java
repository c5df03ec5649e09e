import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.utils.BufferSupplier;
import org.apache.kafka.common.utils.PrimitiveRef;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.storage.internals.log.AppendOrigin;
import org.apache.kafka.storage.internals.log.LogValidator;
import org.apache.kafka.storage.internals.log.RecordValidationException;

/**
 * Reads cases from standard input, a line each: what a topic says, a produced batch, and the batch that we would store of it or "-". Prints two
 * lines for each: what Kafka's own leader makes of the batch, and what our stored bytes hold as Kafka reads them. See validator.ts.
 */
public class Validate {
    private static final LogValidator.MetricsRecorder NO_METRICS = new LogValidator.MetricsRecorder() {
        public void recordInvalidMagic() {}
        public void recordInvalidOffset() {}
        public void recordInvalidSequence() {}
        public void recordInvalidChecksums() {}
        public void recordNoKeyCompactedTopic() {}
    };

    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        StringBuilder out = new StringBuilder();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] fields = line.split(" ");
            out.append(judge(fields)).append('\n');
            out.append(fields[9].equals("-") ? "-" : describe(records(fields[9]))).append('\n');
        }
        System.out.print(out);
    }

    private static MemoryRecords records(String base64) {
        return MemoryRecords.readableRecords(ByteBuffer.wrap(Base64.getDecoder().decode(base64)));
    }

    private static String judge(String[] fields) {
        MemoryRecords records = records(fields[8]);
        try {
            return describe(validated(fields, records));
        } catch (RecordValidationException invalid) {
            String indexes = invalid.recordErrors().stream().map(each -> String.valueOf(each.batchIndex)).collect(Collectors.joining(","));
            return "error " + Errors.forException(invalid.invalidException()).code() + " " + indexes;
        } catch (Throwable error) {
            return "error " + Errors.forException(error).code() + " ";
        }
    }

    /** As KafkaApis, UnifiedLog.analyzeAndValidateRecords and UnifiedLog.append do it one after the other. */
    private static MemoryRecords validated(String[] fields, MemoryRecords records) throws Exception {
        ProduceRequest.validateRecords(Short.parseShort(fields[0]), records);
        int maxMessageBytes = Integer.parseInt(fields[1]);
        MutableRecordBatch batch = records.batches().iterator().next();
        if (batch.baseOffset() != 0) throw Errors.INVALID_RECORD.exception();
        if (batch.sizeInBytes() > maxMessageBytes) throw Errors.MESSAGE_TOO_LARGE.exception();
        if (!batch.isValid()) throw Errors.CORRUPT_MESSAGE.exception();
        CompressionType source = batch.compressionType();
        CompressionType wanted = fields[2].equals("producer") ? source : CompressionType.forName(fields[2].equals("uncompressed") ? "none" : fields[2]);
        long now = Long.parseLong(fields[7]);
        Time time = (Time) Proxy.newProxyInstance(Validate.class.getClassLoader(), new Class<?>[] {Time.class}, (proxy, method, none) -> now);
        LogValidator validator = new LogValidator(records, new TopicPartition("topic", 0), time, source, Compression.of(wanted).build(),
            fields[3].equals("true"), (byte) 2, TimestampType.forName(fields[4]), Long.parseLong(fields[5]), Long.parseLong(fields[6]), 0, AppendOrigin.CLIENT);
        LogValidator.ValidationResult result = validator.validateMessagesAndAssignOffsets(PrimitiveRef.ofLong(0), NO_METRICS, BufferSupplier.create());
        if (result.messageSizeMaybeChanged())
            for (MutableRecordBatch each : result.validatedRecords().batches())
                if (each.sizeInBytes() > maxMessageBytes) throw Errors.MESSAGE_TOO_LARGE.exception();
        return result.validatedRecords();
    }

    private static String describe(MemoryRecords records) {
        StringBuilder text = new StringBuilder();
        for (MutableRecordBatch batch : records.batches()) {
            batch.ensureValid();
            text.append(batch.compressionType()).append(' ').append(batch.timestampType()).append(' ').append(batch.maxTimestamp()).append(' ')
                .append(batch.baseOffset()).append('-').append(batch.lastOffset()).append(' ').append(batch.producerId()).append('/')
                .append(batch.producerEpoch()).append('/').append(batch.baseSequence()).append(' ').append(batch.isTransactional());
            for (Record record : batch) {
                text.append(" [").append(record.offset()).append(' ').append(record.timestamp()).append(' ').append(text(record.key())).append(' ').append(text(record.value()));
                for (Header header : record.headers()) text.append(' ').append(header.key()).append('=').append(header.value() == null ? "null" : text(ByteBuffer.wrap(header.value())));
                text.append(']');
            }
        }
        return text.toString().replace("\n", "\\n").replace("\r", "\\r");
    }

    private static String text(ByteBuffer bytes) {
        if (bytes == null) return "null";
        byte[] copy = new byte[bytes.remaining()];
        bytes.duplicate().get(copy);
        return Base64.getEncoder().encodeToString(copy);
    }
}
