import ca.uhn.hl7v2.DefaultHapiContext;
import ca.uhn.hl7v2.app.Connection;
import ca.uhn.hl7v2.model.Message;
import ca.uhn.hl7v2.model.v25.message.ACK;
import ca.uhn.hl7v2.parser.PipeParser;
import java.nio.file.Files;
import java.nio.file.Path;

/** PORT FILE…: sends each file on one connection; prints MSA-1, MSA-2 and ERR-7 of what HAPI makes of each answer. */
public class HapiClient {
  public static void main(String[] given) throws Exception {
    try (DefaultHapiContext context = new DefaultHapiContext()) {
      PipeParser parser = context.getPipeParser();
      Connection connection = context.newClient("127.0.0.1", Integer.parseInt(given[0]), false);
      for (int number = 1; number < given.length; number++) {
        Message message = parser.parse(Files.readString(Path.of(given[number])));
        ACK answer = (ACK) connection.getInitiator().sendAndReceive(message);
        String code = answer.getMSA().getAcknowledgmentCode().getValue();
        String control = answer.getMSA().getMessageControlID().getValue();
        String why = answer.getERRReps() == 0 ? "" : answer.getERR(0).getDiagnosticInformation().getValue();
        System.out.println(code + " " + control + " " + why);
      }
      connection.close();
    }
  }
}
