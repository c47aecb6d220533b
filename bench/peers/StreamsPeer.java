import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/** BOOTSTRAP TOPIC OUT GROUP DIRECTORY: counts per key in RocksDB and writes each record on with its number. */
public class StreamsPeer {
  static class Counter implements Processor<String, byte[], String, byte[]> {
    private final ObjectMapper mapper = new ObjectMapper();
    private ProcessorContext<String, byte[]> context;
    private KeyValueStore<String, Long> counts;

    public void init(ProcessorContext<String, byte[]> given) {
      context = given;
      counts = given.getStateStore("counts");
    }

    public void process(Record<String, byte[]> record) {
      try {
        ObjectNode value = (ObjectNode) mapper.readTree(record.value());
        Long before = counts.get(record.key());
        long now = (before == null ? 0 : before) + 1;
        counts.put(record.key(), now);
        value.put("sequence", now);
        context.forward(record.withValue(mapper.writeValueAsBytes(value)));
      } catch (java.io.IOException broken) {
        throw new RuntimeException(broken);
      }
    }
  }

  public static void main(String[] given) {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", given[0]);
    settings.put("application.id", given[3]);
    settings.put("state.dir", given[4]);
    settings.put("processing.guarantee", "exactly_once_v2");
    settings.put("auto.offset.reset", "earliest");
    settings.put("num.stream.threads", "1");
    settings.put("commit.interval.ms", "100");
    settings.put("producer.linger.ms", "20");
    StreamsBuilder builder = new StreamsBuilder();
    builder.addStateStore(
        Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore("counts"), Serdes.String(), Serdes.Long()));
    builder
        .stream(given[1], Consumed.with(Serdes.String(), Serdes.ByteArray()))
        .process(Counter::new, "counts")
        .to(given[2], Produced.with(Serdes.String(), Serdes.ByteArray()));
    new KafkaStreams(builder.build(), settings).start();
  }
}
