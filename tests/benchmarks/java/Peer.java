import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** What the driver asks of an engine. Each call is one act of a client, durable when it returns. */
public interface Peer {
    /** Make the processes of a BPMN file known. */
    void deploy(Path model) throws Exception;

    /** Start an instance; return its id, or null if it ended at once. */
    String start(String process, Map<String, Object> variables);

    /** Return the ids of the open tasks of an instance. */
    List<String> openTasks(String instance);

    /** Complete a task. */
    void complete(String task, Map<String, Object> variables);
}
