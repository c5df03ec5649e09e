// Apache Kafka's own readers of the small files of a data directory: one line a file, `ok <file> <entries>` or `failed <file>: <why>`.
// Run as a single source file; only `dumped.ts` beside it does.

import java.io.File;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.metadata.properties.MetaProperties;
import org.apache.kafka.storage.internals.checkpoint.LeaderEpochCheckpointFile;
import org.apache.kafka.storage.internals.checkpoint.OffsetCheckpointFile;
import org.apache.kafka.storage.internals.checkpoint.PartitionMetadataFile;
import org.apache.kafka.storage.internals.log.LogDirFailureChannel;

public class Checkpoints {
    static int entries(File file, LogDirFailureChannel failures) throws Exception {
        switch (file.getName()) {
            case "leader-epoch-checkpoint":
                return new LeaderEpochCheckpointFile(file, failures).read().size();
            case "partition.metadata":
                return new PartitionMetadataFile(file, failures).read().topicId().toString().isEmpty() ? 0 : 1;
            case "meta.properties":
                MetaProperties properties = new MetaProperties.Builder(Utils.loadProps(file.getPath())).build();
                return properties.nodeId().isPresent() && properties.clusterId().isPresent() && properties.directoryId().isPresent() ? 3 : 0;
            default:
                return new OffsetCheckpointFile(file, failures).read().size();
        }
    }

    public static void main(String[] files) {
        for (String name : files) {
            try {
                System.out.println("ok " + name + " " + entries(new File(name), new LogDirFailureChannel(8)));
            } catch (Throwable error) {
                System.out.println("failed " + name + ": " + error);
            }
        }
    }
}
